// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/client/session/sessionwire.h"

#include <QHash>
#include <QQueue>
#include <QRandomGenerator>
#include <QSet>

namespace rookery::client {

/// A server in miniature behind a SessionWire: numbers messages, stores each client id once, replays from
/// resume points. It does one thing per step(), so that a schedule can cut the connection between any two.
class FakeServer
{
public:
    FakeServer(SessionWire *wire, QStringList rooms, quint32 seed);

    /// Reads one frame of the client, sends one, or answers one page; false if there was nothing to do.
    bool step();
    /// Cuts the connection: frames that were sent and not received are lost, in both directions.
    void cut();
    /// Stores a message of another user.
    void somebodySends(const QString &room);
    /// Every message of a room, in order.
    QStringList log(const QString &room) const;
    qint64 size(const QString &room) const { return m_logs.value(room).size(); }
    int duplicates() const { return m_duplicates; }

private:
    struct Stored
    {
        QString sender;
        QString clientId;
        QString text;
    };
    void read(const QJsonObject &frame);
    void subscribe(const QJsonObject &ref, const QString &room, qint64 from);
    void store(const QJsonObject &frame);
    QJsonObject eventFrame(const QString &room, qint64 seq) const;
    void answerPage();
    QString roomJson(const QString &room) const;

    SessionWire *m_wire;
    QStringList m_rooms;
    QRandomGenerator m_random;
    QHash<QString, QList<Stored>> m_logs;
    QSet<QString> m_subscribed;
    QQueue<QJsonObject> m_out;
    QPointer<FakeTransport> m_transport;
    int m_duplicates = 0;
    int m_others = 0;
};

} // namespace rookery::client
