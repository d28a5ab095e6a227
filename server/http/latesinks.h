// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/exchange.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>

/// What stands for the sink of a streaming request that is not answered, or not decided on, at once.
namespace rookery::http {

/// Reads nothing, and answers after a while.
class LateAnswer : public net::BodySink
{
public:
    LateAnswer(net::HttpResponse answer, std::chrono::milliseconds after);

    Flow begin(net::Exchange &exchange) override;
    Flow take(QByteArrayView bytes) override;
    void end() override;
    void aborted() override;

private:
    net::HttpResponse m_answer;
    std::chrono::milliseconds m_after;
    QTimer m_timer;
};

/// Reads nothing until it is decided what becomes of the request, and is then what was decided.
class LateDecision : public net::BodySink
{
public:
    /// A StreamBody, or what the request is answered with. The patience of a StreamBody does not count.
    using Decided = std::function<void(net::HttpDecision)>;
    /// Calls back once, perhaps from inside the call, and not once the context is gone, which goes with the client.
    using Decide = std::function<void(QObject *context, Decided)>;

    /// `announced`: bytes that the body will have, 0 if that is not known.
    LateDecision(qint64 announced, Decide decide);

    Flow begin(net::Exchange &exchange) override;
    Flow take(QByteArrayView bytes) override;
    void end() override;
    void aborted() override;

private:
    void settle(net::HttpDecision decision);
    bool isTooMuch(qint64 bytes);

    qint64 m_announced;
    Decide m_decide;
    net::Exchange *m_exchange = nullptr;
    std::unique_ptr<net::BodySink> m_sink; ///< once it is decided that the body is read
    qint64 m_most = 0; ///< bytes of the body
    qint64 m_taken = 0;
    bool m_complete = false; ///< the body, before it was decided
    QObject m_context;
};

} // namespace rookery::http
