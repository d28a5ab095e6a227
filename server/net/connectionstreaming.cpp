// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connection.h"

#include "server/metrics/counters.h"

#include <type_traits>
#include <utility>

/// How a connection serves requests whose body or answer streams (exchange.h).
namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// In one turn of the event loop: 256 KiB.
constexpr int pullsAtOnce = 4;

} // namespace

void Connection::decide()
{
    HttpDecision decision;
    {
        const TurnShares::Use use(m_host.turnShares(), m_place, Clock::now());
        if (HttpHandler *const handler = m_host.httpHandler()) // which may have gone since
            decision = handler->decide({m_head->head(), m_client});
    }
    if (auto *stream = std::get_if<StreamBody>(&decision))
        startExchange(std::move(*stream), stream->bodyBytes);
    else if (auto *response = std::get_if<HttpResponse>(&decision))
        startExchange(std::move(*response), 0);
    else if (auto *refusal = std::get_if<Refusal>(&decision))
        refuse(std::move(*refusal));
    else
        readBody(std::get<BufferBody>(decision).bodyBytes.value_or(m_host.limits().bodyBytes));
}

template <typename How>
void Connection::startExchange(How how, qint64 bodyBytes)
{
    const RequestHead head = m_head->takeHead();
    m_head.reset();
    BodyReader body(head, m_host.limits(), bodyBytes);
    if constexpr (std::is_same_v<How, StreamBody>) {
        if (body.state() == BodyReader::State::Refused) {
            refuse(body.refusal());
            return;
        }
    }
    metrics::ofThisThread().requests.add();
    m_host.turnShares().charge(m_place, callsPerRequest);
    m_continueDue = head.expectContinue && body.state() == BodyReader::State::Reading;
    enter(Phase::Streaming);
    m_exchange.reset(new ConnectionExchange(this, m_host.limits(), std::move(body)));
    m_exchange->begin(std::move(how));
    if (m_exchange->wantsBytes())
        readOn();
    else
        holdBytes();
    scheduleTurn();
}

// --- The body ----------------------------------------------------------------------------------------------

/// The sink takes bytes: the client is told to send them, and its time counts.
void Connection::readOn()
{
    if (std::exchange(m_continueDue, false)) {
        m_transport->write(QByteArrayLiteral("HTTP/1.1 100 Continue\r\n\r\n"));
        scheduleTurn();
    }
    m_exchange->setReading(true);
}

void Connection::readStreamed(int reads)
{
    for (int i = 0; i < reads; ++i) {
        if (m_phase != Phase::Streaming || m_held)
            return;
        const auto now = Clock::now();
        if (!mayGoOn(now)) {
            holdBytes();
            return;
        }
        char *const buffer = m_host.reactor().readBuffer();
        qsizetype count = 0;
        Transport::Read result;
        {
            const TurnShares::Use use(m_host.turnShares(), m_place, now);
            result = m_transport->read(buffer, Reactor::readBufferBytes, count);
        }
        switch (result) {
        case Transport::Read::Bytes:
            consume({buffer, count});
            if (count < Reactor::readBufferBytes && !m_peer.secure)
                return;
            break;
        case Transport::Read::Nothing:
            return;
        case Transport::Read::End:
            inputEnded();
            return;
        case Transport::Read::Failed:
            die();
            return;
        }
    }
    if (m_peer.secure) { // a descriptor says by itself that there is more, but not what is decrypted already
        m_readMore = true;
        scheduleTurn();
    }
}

void Connection::consumeStreamed(QByteArrayView &bytes)
{
    const auto now = Clock::now();
    if (m_exchange->wantsBytes() && mayGoOn(now)) {
        const TurnShares::Use use(m_host.turnShares(), m_place, now);
        bytes = m_exchange->consume(bytes);
    } else {
        m_pending.append(bytes); // at most what one read brought
        bytes = {};
    }
    if (const Refusal *fault = m_exchange->fault()) {
        refuse(*fault);
    } else if (waitsForShare() || !m_exchange->wantsBytes()) {
        m_pending.append(bytes);
        bytes = {};
        holdBytes();
    }
}

// --- The answer --------------------------------------------------------------------------------------------

void Connection::turnStreaming()
{
    if (auto refusal = m_exchange->takeRefusal()) {
        refuse(std::move(*refusal));
        return;
    }
    if (m_exchange->hasResponse() && !beginAnswer())
        return;
    if (m_exchange->isAnswering())
        pumpAnswer();
    else if (m_held && m_exchange->wantsBytes())
        takeMore();
    if (m_phase != Phase::Streaming)
        return;
    const qint64 queued = m_transport->queued();
    m_host.answersKept(queued - std::exchange(m_kept, queued)); // may cut this one off
    if (m_phase == Phase::Streaming && m_exchange->isComplete() && m_transport->queued() == 0)
        requestDone();
}

/// Reads at once: once this call is over the share that has come is too, and the next may be others'.
void Connection::takeMore()
{
    if (!mayGoOn(Clock::now()))
        return;
    readOn();
    releaseBytes();
    readStreamed(1);
}

bool Connection::beginAnswer()
{
    if (!m_exchange->prepareResponse(m_bodyless, m_oldHttp)) {
        refuse({500, {ErrorCode::Internal, QStringLiteral("The server could not answer this request.")}});
        return false;
    }
    if (!m_held)
        holdBytes();
    if (!m_exchange->hasWholeBody() || m_exchange->framing() == BodyFraming::UntilClose)
        m_close = true;
    const QByteArray field = connectionField();
    m_close = m_close || field == "close";
    m_exchange->writeHead(
        *m_transport, (field.isEmpty() ? field : "Connection: " + field + "\r\n") + furtherFields());
    scheduleTurn();
    return true;
}

/// Asks the source for more only once the kernel has taken what it gave before.
void Connection::pumpAnswer()
{
    for (int i = 0; i < pullsAtOnce; ++i) {
        if (m_exchange->isComplete() || m_exchange->waitsForSource() || m_transport->queued() > 0)
            return;
        const auto now = Clock::now();
        if (!mayGoOn(now))
            return;
        const TurnShares::Use use(m_host.turnShares(), m_place, now);
        if (m_exchange->pump(*m_transport) == ConnectionExchange::Pumped::Failed) {
            abort();
            return;
        }
        if (!m_transport->flush()) {
            die();
            return;
        }
    }
    scheduleTurn();
}

void Connection::tickStreaming(Clock::time_point now)
{
    const bool answering = m_exchange->isAnswering();
    const bool stuck = answering && m_transport->queued() > 0 && m_transport->isFull();
    if (m_exchange->isHandlerLate(now) && answering)
        abort();
    else if (m_exchange->isHandlerLate(now))
        refuse({503,
            {ErrorCode::Overloaded, QStringLiteral("The server did not get to this in time."), {}, 5s}});
    else if (!m_held && m_exchange->sendsTooSlowly(now))
        refuse(
            {408, {ErrorCode::InvalidRequest, QStringLiteral("The body of the request came too slowly.")}});
    else if (answering && m_exchange->takesTooSlowly(m_transport->sent() - m_transport->unsent(), stuck, now))
        abort();
}

} // namespace rookery::net
