// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QtGlobal>

namespace rookery {

/// A message was deleted: its text and all earlier versions are removed permanently.
struct Deleted
{
    static constexpr QLatin1String kind{"deleted"};
    static constexpr int number = 2;

    qint64 target = 0; ///< seq of the message

    bool operator==(const Deleted &) const = default;
};

} // namespace rookery
