// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/events/readmarked.h"
#include "common/events/unknown.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <optional>
#include <variant>

namespace rookery {

/// The content of an event of the self stream. A new kind is a header in common/events, a reader and a writer
/// in selfjson.cpp, and its name in this list. `kind` and `number` are never reused for another kind.
using SelfContent = std::variant<ReadMarked, Unknown>;

/// One event of an account's own sequence. `seq` grows, but not by 1 for those who read the log: only the
/// newest event of a subject is kept.
struct SelfEvent
{
    qint64 seq = 0;
    QDateTime timestamp; ///< UTC, milliseconds
    SelfContent content = {};

    /// The content if it is of this kind; otherwise null.
    template <typename Kind>
    const Kind *as() const
    {
        return std::get_if<Kind>(&content);
    }
    bool operator==(const SelfEvent &) const = default;
};

/// A part of the self stream in ascending seq.
struct SelfPage
{
    QString epoch; ///< of the database, as Room::epoch
    QList<SelfEvent> events;
    qint64 upTo = 0; ///< the page has everything up to here
    qint64 lastSeq = 0; ///< of the stream when the page was read; 0: empty
    bool hasMore = false;
};

/// How far a user has read a room, and how much is left.
struct ReadMark
{
    qint64 readSeq = 0;
    qint64 unread = 0; ///< messages of others after readSeq that are not deleted

    bool operator==(const ReadMark &) const = default;
};

} // namespace rookery
