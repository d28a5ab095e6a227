// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace rookery::client {

/// A stretch of a room's history that is known without a gap: from `first` to `last`, both included.
struct Span
{
    qint64 first = 1;
    qint64 last = 0;

    bool isEmpty() const { return last < first; }
    /// Whether the two together are one stretch.
    bool touches(Span other) const
    {
        return !isEmpty() && !other.isEmpty() && other.first <= last + 1 && other.last >= first - 1;
    }
    bool operator==(const Span &) const = default;
};

} // namespace rookery::client
