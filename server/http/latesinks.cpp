// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/latesinks.h"

#include <utility>

namespace rookery::http {

LateAnswer::LateAnswer(net::HttpResponse answer, std::chrono::milliseconds after)
    : m_answer(std::move(answer))
    , m_after(after)
{ }

net::BodySink::Flow LateAnswer::begin(net::Exchange &exchange)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.callOnTimeout(&m_timer, [this, &exchange] { exchange.respond(std::move(m_answer)); });
    m_timer.start(m_after);
    return Flow::Pause;
}

net::BodySink::Flow LateAnswer::take(QByteArrayView /*bytes*/)
{
    return Flow::Pause;
}

void LateAnswer::end() { }

void LateAnswer::aborted()
{
    m_timer.stop();
}

LateDecision::LateDecision(qint64 announced, Decide decide)
    : m_announced(announced)
    , m_decide(std::move(decide))
{ }

net::BodySink::Flow LateDecision::begin(net::Exchange &exchange)
{
    m_exchange = &exchange;
    m_decide(&m_context, [this](net::HttpDecision decision) { settle(std::move(decision)); });
    return Flow::Pause; // settle() resumes, also from inside this
}

void LateDecision::settle(net::HttpDecision decision)
{
    if (auto *response = std::get_if<net::HttpResponse>(&decision)) {
        m_exchange->respond(std::move(*response));
        return;
    }
    auto *stream = std::get_if<net::StreamBody>(&decision);
    if (!stream) {
        auto *refusal = std::get_if<net::Refusal>(&decision);
        Q_ASSERT(refusal); // no sink hands a body on to QHttpServer
        m_exchange->refuse(std::move(*refusal));
        return;
    }
    m_most = stream->bodyBytes;
    if (isTooMuch(m_announced))
        return;
    m_sink = std::move(stream->sink);
    if (m_sink->begin(*m_exchange) == Flow::More)
        m_exchange->resume();
    if (m_complete)
        m_sink->end();
}

bool LateDecision::isTooMuch(qint64 bytes)
{
    if (bytes <= m_most)
        return false;
    m_exchange->refuse({413,
        {ErrorCode::PayloadTooLarge,
            QStringLiteral("The body of the request is larger than %1 bytes.").arg(m_most)}});
    return true;
}

net::BodySink::Flow LateDecision::take(QByteArrayView bytes)
{
    m_taken += bytes.size();
    if (!isTooMuch(m_taken))
        return m_sink->take(bytes);
    if (const auto sink = std::move(m_sink))
        sink->aborted();
    return Flow::Pause;
}

void LateDecision::end()
{
    if (m_sink)
        m_sink->end();
    else
        m_complete = true;
}

void LateDecision::aborted()
{
    if (m_sink)
        m_sink->aborted();
}

} // namespace rookery::http
