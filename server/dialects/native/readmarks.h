// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "server/core/rooms.h"

#include <QHash>
#include <QJsonValue>
#include <QStringList>

#include <functional>

namespace rookery::ws {

/// The socket, as its read markers see it.
class ReadMarksOwner
{
public:
    virtual ~ReadMarksOwner() = default;
    virtual void deliver(const QByteArray &utf8) = 0;
    /// Finds the room and marks it.
    virtual void markRead(
        const QString &room, qint64 seq, std::function<void(const Result<store::MarkedRead> &)> done) = 0;
    /// Calls ReadMarks::write() after a pause.
    virtual void writeMarksLater() = 0;
};

/// The `read` requests of one socket. The first is written at once. Those that come while others are being
/// written, and for a pause after that, wait; of one room they become one write, of the greatest seq. So a client
/// that scrolls writes a few times a second, whatever it sends. Lives on the reactor's thread.
class ReadMarks
{
public:
    explicit ReadMarks(ReadMarksOwner *owner)
        : m_owner(owner)
    { }

    /// `room` as the client wrote it. An error where too many wait.
    std::optional<Error> add(const QJsonValue &ref, const QString &room, qint64 seq);
    /// The pause is over.
    void write();
    /// Whether nothing is waiting, being written, or paused.
    bool isIdle() const { return m_waiting.isEmpty() && m_writing == 0 && !m_isPausing; }

private:
    struct Asked
    {
        qint64 seq = 0;
        QList<QJsonValue> refs = {};
    };

    void writeNext();
    void written(const QString &room, const Asked &asked, const Result<store::MarkedRead> &marked);

    ReadMarksOwner *m_owner;
    QHash<QString, Asked> m_waiting; ///< by room
    QStringList m_order; ///< of `m_waiting`
    int m_writing = 0;
    bool m_isPausing = false;
};

} // namespace rookery::ws
