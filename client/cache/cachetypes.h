// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/span.h"
#include "client/problems/problem.h"
#include "common/messages.h"

#include <QDateTime>
#include <QHash>
#include <QList>
#include <QString>

namespace rookery::client {

/// A room as the cache remembers it.
struct CachedRoom
{
    Room room;
    qint64 readSeq = 0; ///< the user has seen everything up to here
    Span known = {}; ///< the newest stretch of history that is cached
    qint64 unread = -1; ///< messages past readSeq up to countedTo; -1: not counted
    qint64 countedTo = -1; ///< the last seq that `unread` is about; -1: the end of `known`
};

/// A message, or a change of one, that the server has not acknowledged.
struct OutboxItem
{
    enum class Kind { Message, Edit, Deletion };

    QString clientId;
    QString roomId;
    QString text;
    bool failed = false;
    SendFailure failure = {}; ///< where failed
    QDateTime created; ///< UTC
    Kind kind = Kind::Message;
    qint64 target = 0; ///< of a change: the message's seq; 0: it has none yet
    QString targetClientId = {}; ///< which message it is then

    bool operator==(const OutboxItem &) const = default;
};

/// The data that exists only on this computer.
struct Unsent
{
    QList<OutboxItem> outbox = {};
    QHash<QString, QString> drafts = {}; ///< by room
};

/// Events and the stretch of history that they cover. There may be fewer events than the stretch is long:
/// what could not be read at all is covered too, and never asked for again.
struct Stretch
{
    QString roomId;
    QList<RoomEvent> events; ///< ascending seq
    Span span;
};

} // namespace rookery::client
