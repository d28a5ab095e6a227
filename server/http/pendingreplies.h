// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "server/net/responder.h"

#include <QBasicTimer>
#include <QObject>

#include <chrono>
#include <unordered_map>

namespace rookery::net {
class Server;
struct HttpResponse;
} // namespace rookery::net

namespace rookery::http {

/// The requests that have not been answered yet. It owns every responder, so that Qt's part of an answer is
/// only ever touched on the reactor's thread, however far the Reply that stands for it travels. When it goes,
/// whatever is still open is answered with 503. Lives on the reactor's thread and goes before the
/// net::Server.
///
/// While a request is open its connection reads nothing and has no other deadline, so a service that never
/// answers must not keep it: after `patience`, or up to a quarter more, the client gets 503 and what comes
/// later is dropped. What it asked for may have been done all the same.
class PendingReplies : public QObject
{
    Q_OBJECT
public:
    static constexpr std::chrono::seconds usualPatience{60};

    explicit PendingReplies(std::chrono::milliseconds patience = usualPatience, QObject *parent = nullptr);
    ~PendingReplies() override;

    /// Whose requests they are; once, before the first.
    void attach(net::Server *server) { m_server = server; }

    quint64 open(net::Responder responder);
    /// Writes the answer, whose body is in memory, and forgets the request; does nothing where it has been
    /// answered.
    void answer(quint64 id, const net::HttpResponse &response);

    int count() const { return int(m_open.size()); }

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Open
    {
        net::Responder responder;
        quint64 since; ///< m_ticks then
    };
    void refuse(quint64 id, const Error &error);

    net::Server *m_server = nullptr;
    std::chrono::milliseconds m_patience;
    std::unordered_map<quint64, Open> m_open;
    quint64 m_next = 1;
    QBasicTimer m_ticker; ///< runs while something has been open of late
    quint64 m_ticks = 0;
};

} // namespace rookery::http
