// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

namespace rookery::client {

/// A text that a message had, or has.
struct MessageVersion
{
    QString text;
    QDateTime at; ///< UTC
};

} // namespace rookery::client
