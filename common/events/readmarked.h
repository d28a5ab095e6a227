// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

namespace rookery {

/// The user has read a room up to a seq. Of the self stream (SelfEvent): no other user sees it.
struct ReadMarked
{
    static constexpr QLatin1String kind{"read_marked"};
    static constexpr int number = 1;

    QString roomId;
    qint64 readSeq = 0;
    qint64 unread = 0; ///< messages of others after readSeq that are not deleted
    qint64 lastSeq = 0; ///< of the room when they were counted

    bool operator==(const ReadMarked &) const = default;
};

} // namespace rookery
