// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/link.h"
#include "client/session/roombook.h"

#include <QObject>
#include <QSet>
#include <QTimer>

namespace rookery::client {

/// Tells the server how far the user has read each room. What is told is the marker of the RoomBook, which the
/// cache keeps: so the newest of each room waits there while there is no connection, and nothing older.
class ReadMarkers : public QObject
{
    Q_OBJECT
public:
    /// `book` and `link` are not owned.
    ReadMarkers(RoomBook *book, Link *link);

    /// A connection begins; `supported`: whether this server keeps markers.
    void begin(bool supported);
    /// The marker of this room may have moved. Tells at once, but no more than once in `pause`.
    void changed(const QString &roomId);
    /// All rooms have been listed: tells what was read without a connection.
    void listed();

    static constexpr std::chrono::milliseconds pause{1'000};

Q_SIGNALS:
    /// The server has answered with the marker of a room.
    void answered(const QString &roomId, const rookery::ReadMark &mark, qint64 lastSeq);

private:
    void tell();
    void tellSoon();
    void tell(RoomState &state);
    void refused(const QString &roomId, qint64 seq, const Error &error);

    RoomBook *m_book;
    Link *m_link;
    QTimer m_pause;
    QSet<QString> m_changed; ///< rooms to look at
    QSet<QString> m_asked; ///< rooms whose request has not been answered
    bool m_isSupported = false;
    quint64 m_connection = 0;
};

} // namespace rookery::client
