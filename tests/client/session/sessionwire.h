// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/session.h"
#include "tests/client/session/fakerest.h"
#include "tests/support/faketransport.h"

#include <QTemporaryDir>

namespace rookery::client {

// Ids of rooms.
inline const QString r1 = QStringLiteral("r1");
inline const QString r2 = QStringLiteral("r2");

/// A session of the user `ada` whose server is the test, on a real cache. Can be ended and started again on
/// the same cache.
class SessionWire
{
public:
    SessionWire();
    ~SessionWire();

    /// How long the session processes frames in one turn of the event loop, from the next start() on. By default
    /// long enough that what the test sends is processed at once, on a slow machine, too.
    void setSlice(std::chrono::milliseconds slice) { m_slice = slice; }
    void start(const Account &as = account());
    /// Ends the session, in order.
    void stop();
    /// Accepts the connection and answers hello with these rooms, in JSON. Returns the client's hello.
    QJsonObject greet(const QString &rooms, const QString &further = {});
    /// Answers the oldest `subscribe` and returns it; lastSeq is that of the room in the answer.
    QJsonObject subscribed(qint64 lastSeq);
    /// Says that the room of a hello's resume point is subscribed.
    void resumed(const QString &room, qint64 lastSeq, const QString &epoch = QStringLiteral("e1"));
    void event(
        const QString &room, qint64 seq, const QString &sender, const QString &clientId, const QString &text);
    void other(const QString &room, qint64 seq);
    void ack(const QJsonObject &send, qint64 seq);
    void refuse(const QJsonObject &send, const QString &code, int retryAfterMs = 0);
    void say(const QString &json) { transport()->say(frame(json)); }
    /// The oldest `send` that the test has not taken yet.
    QJsonObject sent() { return transport()->takeSent(QStringLiteral("send")); }

    FakeTransport *transport() const { return m_wire->current(); }
    int attempts() const { return m_wire->attempts(); }
    FakeRest *rest() const { return m_rest; }
    Session &core() { return *m_core; }
    QString cacheDirectory() const { return m_directory.path(); }

    /// `1 2 pTEXT fTEXT`: the seq of what is stored, the text of what is pending or failed.
    QString rows(const QString &room = QStringLiteral("r1"));
    /// The texts of a timeline, one per row.
    QStringList texts(const QString &room = QStringLiteral("r1"));
    QStringList titles();
    int unread(const QString &title);

    static QString roomJson(const QString &id, qint64 lastSeq, const QString &epoch = QStringLiteral("e1"));
    static QString directJson(const QString &id, qint64 lastSeq);
    static QJsonObject page(const QString &room, qint64 first, qint64 last, qint64 lastSeq,
        const QString &epoch = QStringLiteral("e1"));
    static const Account &account();

private:
    QTemporaryDir m_directory;
    std::chrono::milliseconds m_slice = std::chrono::hours(1);
    std::unique_ptr<FakeWire> m_wire;
    FakeRest *m_rest = nullptr;
    std::unique_ptr<Session> m_core;
};

} // namespace rookery::client
