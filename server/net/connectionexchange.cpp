// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connectionexchange.h"

#include "server/net/stream/transport.h"

#include <algorithm>
#include <utility>

namespace rookery::net {

ConnectionExchange::ConnectionExchange(Carrier *carrier, const Limits &limits, BodyReader body)
    : m_carrier(carrier)
    , m_body(std::move(body))
    , m_waitsSince(Clock::now())
    , m_bodyPace(limits, m_waitsSince)
    , m_answerPace(limits, m_waitsSince)
{ }

void ConnectionExchange::begin(StreamBody stream)
{
    m_patience = stream.patience;
    m_sink = std::move(stream.sink);
    m_resumed = false;
    setFlow(m_sink->begin(*this));
    endIfComplete();
}

void ConnectionExchange::begin(HttpResponse response)
{
    respond(std::move(response));
}

void ConnectionExchange::abandon()
{
    const auto sink = std::move(m_sink);
    const auto source = std::move(m_source);
    if (sink && !hasAnswer())
        sink->aborted();
    m_response.reset();
}

void ConnectionExchange::resume()
{
    m_resumed = true;
    m_paused = false;
    m_starved = false;
    m_carrier->scheduleTurn();
}

void ConnectionExchange::respond(HttpResponse response)
{
    if (std::exchange(m_answered, true))
        return;
    m_response.emplace(std::move(response));
    m_carrier->scheduleTurn();
}

void ConnectionExchange::refuse(Refusal refusal)
{
    if (std::exchange(m_answered, true))
        return;
    m_refusal.emplace(std::move(refusal));
    m_carrier->scheduleTurn();
}

// --- The body ----------------------------------------------------------------------------------------------

bool ConnectionExchange::wantsBytes() const
{
    return readsBody() && !m_paused;
}

QByteArrayView ConnectionExchange::consume(QByteArrayView bytes)
{
    const qint64 before = m_body.received();
    while (wantsBytes() && !bytes.isEmpty()) {
        const QByteArrayView data = m_body.next(bytes);
        if (data.isEmpty())
            continue;
        m_resumed = false;
        setFlow(m_sink->take(data));
    }
    m_bodyPace.note(m_body.received() - before, Clock::now());
    endIfComplete();
    return bytes;
}

void ConnectionExchange::setFlow(BodySink::Flow flow)
{
    m_paused = flow == BodySink::Flow::Pause && !m_resumed; // it may have thought better of it at once
    if (m_paused)
        m_waitsSince = Clock::now();
}

void ConnectionExchange::endIfComplete()
{
    if (!m_sink || hasAnswer() || !hasWholeBody() || std::exchange(m_ended, true))
        return;
    m_waitsSince = Clock::now();
    m_sink->end();
}

void ConnectionExchange::setReading(bool on)
{
    m_bodyPace.setRunning(on, Clock::now());
}

// --- The answer --------------------------------------------------------------------------------------------

bool ConnectionExchange::prepareResponse(bool toHead, bool oldHttp)
{
    m_sink.reset();
    HttpResponse &response = *m_response;
    if (response.status < 200 || response.status > 599 || !areResponseFields(response.headers)) {
        qCritical("An answer with status %d is withheld: it has a field that may not stand in its head.",
            response.status);
        m_response.reset();
        return false;
    }
    m_answering = true;
    m_patience = response.patience;
    m_source = std::move(response.source);
    const std::optional<qint64> length =
        m_source ? m_source->length() : std::optional<qint64>(response.body.size());
    const bool hasBody = response.status != 204 && response.status != 304;
    m_bodyless = toHead || !hasBody;
    m_remaining = std::max<qint64>(length.value_or(0), 0);
    if (!hasBody)
        m_framing = BodyFraming::None;
    else if (length)
        m_framing = BodyFraming::Length;
    else
        m_framing = oldHttp ? BodyFraming::UntilClose : BodyFraming::Chunked;
    return true;
}

void ConnectionExchange::writeHead(Transport &transport, const QByteArray &lines)
{
    const HttpResponse response = std::move(*std::exchange(m_response, std::nullopt));
    transport.write(responseHead(response.status, response.headers, m_framing, m_remaining, lines));
    if (m_source && !m_bodyless && (m_framing != BodyFraming::Length || m_remaining > 0)) {
        m_source->begin(*this);
        return;
    }
    if (!m_source && !m_bodyless)
        transport.write(response.body);
    m_source.reset();
    m_complete = true;
}

ConnectionExchange::Pumped ConnectionExchange::pump(Transport &transport)
{
    const bool counted = m_framing == BodyFraming::Length;
    const qsizetype most =
        counted ? qsizetype(std::min<qint64>(BodySource::mostBytes, m_remaining)) : BodySource::mostBytes;
    QByteArray bytes;
    m_resumed = false;
    switch (m_source->pull(most, bytes)) {
    case BodySource::Pulled::Bytes:
        break;
    case BodySource::Pulled::Later:
        m_starved = !m_resumed;
        m_waitsSince = Clock::now();
        return m_starved ? Pumped::Waits : Pumped::Wrote;
    case BodySource::Pulled::End:
        return counted ? Pumped::Failed : finish(transport);
    case BodySource::Pulled::Failed:
        return Pumped::Failed;
    }
    if (bytes.isEmpty() || bytes.size() > most) {
        qCritical("The source of an answer gives %lld bytes where 1 to %lld are asked for.",
            static_cast<long long>(bytes.size()), static_cast<long long>(most));
        return Pumped::Failed;
    }
    if (m_framing == BodyFraming::Chunked)
        transport.writeCopy(chunkHead(bytes.size()));
    transport.write(bytes);
    if (m_framing == BodyFraming::Chunked)
        transport.writeCopy("\r\n");
    if (counted && (m_remaining -= bytes.size()) == 0)
        return finish(transport);
    return Pumped::Wrote;
}

ConnectionExchange::Pumped ConnectionExchange::finish(Transport &transport)
{
    if (m_framing == BodyFraming::Chunked)
        transport.writeCopy(lastChunk);
    m_source.reset();
    m_complete = true;
    return Pumped::Complete;
}

bool ConnectionExchange::takesTooSlowly(qint64 taken, bool stuck, Clock::time_point now)
{
    m_answerPace.setRunning(stuck, now);
    if (m_taken >= 0)
        m_answerPace.note(taken - m_taken, now);
    m_taken = std::max(m_taken, taken);
    return stuck && m_answerPace.isTooSlow(now);
}

bool ConnectionExchange::isHandlerLate(Clock::time_point now) const
{
    const bool waits = m_sink ? !hasAnswer() && (m_paused || m_ended) : m_starved;
    return waits && now - m_waitsSince >= m_patience;
}

} // namespace rookery::net
