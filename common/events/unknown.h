// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace rookery {

/// An event of a kind that this version does not know. Kept as received, so that a later version can read it.
struct Unknown
{
    QString kind;
    QByteArray raw; ///< the whole event as compact JSON

    bool operator==(const Unknown &) const = default;
};

} // namespace rookery
