// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/transport.h"

#include <QJsonObject>
#include <QPointer>
#include <QStringList>

namespace rookery::client {

/// A connection whose other end is the test: records what the client sends, and delivers the frames of the
/// test as the server's.
class FakeTransport : public Transport
{
    Q_OBJECT
public:
    using Transport::Transport;

    void open(const QUrl &url, const QByteArray &token) override;
    void send(const QString &text) override;
    void close() override { m_closed = true; }

    // The server's side.
    void accept() { Q_EMIT opened(); }
    void say(const QJsonObject &frame);
    void sayText(const QString &text) { Q_EMIT received(text); }
    void drop(quint16 code = 1006, const QString &sentence = QStringLiteral("The connection was lost."));

    bool isOpened() const { return !m_url.isEmpty(); }
    bool isClosed() const { return m_closed; }
    QUrl url() const { return m_url; }
    QByteArray token() const { return m_token; }
    /// Takes the oldest frame sent by the client; empty if there is none.
    QJsonObject takeSent();
    /// The same for the oldest frame of this type; others stay.
    QJsonObject takeSent(const QString &type);
    bool hasSent(const QString &type) const;
    int sentCount() const { return int(m_sent.size()); }

Q_SIGNALS:
    void sent();

private:
    QUrl m_url;
    QByteArray m_token;
    QList<QJsonObject> m_sent;
    bool m_closed = false;
};

/// Makes the connections of a Link and keeps a pointer to the newest.
class FakeWire
{
public:
    TransportFactory factory();
    /// The newest connection; nullptr once it is gone.
    FakeTransport *current() const { return m_current; }
    int attempts() const { return m_attempts; }

private:
    QPointer<FakeTransport> m_current;
    int m_attempts = 0;
};

/// JSON as text, for transcripts that read like the wire. Aborts if it is not an object.
QJsonObject frame(const char *json);
QJsonObject frame(const QString &json);

} // namespace rookery::client
