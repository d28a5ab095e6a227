// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

namespace rookery::client {

/// A text that a message had, or has.
struct MessageVersion
{
    qint64 seq = 0; ///< of the event that gave the text
    QString text;
    QDateTime at; ///< UTC
};

/// Texts of a message in ascending seq.
struct VersionPage
{
    QList<MessageVersion> versions;
    qint64 next = 0; ///< `before` of the page of older texts; 0: there are none
};

} // namespace rookery::client
