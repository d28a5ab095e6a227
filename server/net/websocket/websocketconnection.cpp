// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/websocketconnection.h"

#include "server/metrics/counters.h"
#include "server/net/stream/transport.h"
#include "server/net/websocket/framewriter.h"

#include <utility>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// How long a peer has to answer a close frame.
constexpr auto closeTime = 3s;
/// How long a slow reader has to read again and answer its close frame.
constexpr auto slowCloseTime = 8s;
/// A burst is passed to the kernel in pieces of this size instead of at the end of the turn.
constexpr qint64 flushAt = 64 * 1024;
/// In multiples of outboundBytes: how much large messages together may raise the bound, unless a single one
/// is larger.
constexpr qint64 largestAllowance = 16;

/// Up to this much does not count as a backlog, so that a broadcast costs no accounting.
constexpr qint64 smallBacklog = 4 * 1024;
/// How much is read from a peer while its close frame is awaited. Past it, reading stops until that wait
/// ends.
constexpr qint64 readWhileClosing = 64 * 1024 * 1024;

QByteArray wholeFrame(QByteArrayView header, const QByteArray &payload)
{
    QByteArray frame;
    frame.reserve(header.size() + payload.size());
    frame.append(header).append(payload);
    return frame;
}

} // namespace

QByteArray messageFrame(const QByteArray &utf8)
{
    return wholeFrame(frames::textHeader(utf8.size()), utf8);
}

QByteArray binaryMessageFrame(const QByteArray &bytes)
{
    return wholeFrame(frames::binaryHeader(bytes.size()), bytes);
}

WebSocketConnection::WebSocketConnection(Carrier *carrier, const Limits &limits)
    : m_carrier(carrier)
    , m_limits(limits)
    , m_heard(Clock::now())
    , m_since(m_heard)
{ }

qint64 WebSocketConnection::queuedBytes() const
{
    return m_carrier ? m_carrier->transport().queued() : 0;
}

void WebSocketConnection::sendText(const QByteArray &utf8)
{
    if (m_state != State::Open)
        return;
    metrics::ofThisThread().messagesSent.add();
    allow(utf8.size());
    Transport &transport = m_carrier->transport();
    transport.writeCopy(frames::textHeader(utf8.size()));
    transport.write(utf8, true);
    queued();
}

void WebSocketConnection::sendFrame(const QByteArray &frame)
{
    if (m_state != State::Open)
        return;
    metrics::ofThisThread().messagesSent.add();
    allow(frame.size());
    m_carrier->transport().write(frame);
    queued();
}

void WebSocketConnection::ping(const QByteArray &payload)
{
    if (m_state != State::Open)
        return;
    m_carrier->transport().write(frames::ping(payload));
    queued();
}

void WebSocketConnection::allow(qint64 messageBytes)
{
    const qint64 most = std::max(largestAllowance * m_limits.outboundBytes, m_limits.websocketMessageBytes);
    if (messageBytes > m_limits.outboundBytes / 2)
        m_allowance = std::min(m_allowance + messageBytes, most);
}

void WebSocketConnection::queued()
{
    Transport &transport = m_carrier->transport();
    if (transport.queued() > flushAt)
        transport.flush();
    if (overfull())
        closeSlowReader();
    else
        m_full = m_full || transport.queued() > m_limits.outboundBytes / 4;
    m_carrier->scheduleTurn();
    countBacklog();
}

void WebSocketConnection::countBacklog()
{
    const qint64 bytes = queuedBytes();
    const qint64 change = (bytes > smallBacklog ? bytes : 0) - m_backlog;
    if (change == 0)
        return;
    m_backlog += change;
    m_carrier->backlogChanged(change);
}

void WebSocketConnection::giveUp()
{
    if (m_state == State::Open)
        closeSlowReader();
    countBacklog();
}

bool WebSocketConnection::overfull()
{
    return m_carrier->transport().queued() - m_allowance > m_limits.outboundBytes;
}

void WebSocketConnection::close(CloseCode code, const QString &reason)
{
    if (m_state != State::Open)
        return;
    sendClose(quint16(code), reason);
    m_state = State::Closing;
}

void WebSocketConnection::sendClose(quint16 code, const QString &reason)
{
    m_code = code;
    m_since = Clock::now();
    m_carrier->transport().write(frames::close(code, reason));
    m_carrier->scheduleTurn();
}

void WebSocketConnection::closeSlowReader()
{
    metrics::ofThisThread().slowReaders.add();
    m_carrier->transport().dropQueued();
    sendClose(quint16(CloseCode::SlowReader), QStringLiteral("The client does not read fast enough."));
    m_closeQueued = true;
    m_state = State::Closing;
}

void WebSocketConnection::fail(quint16 code, const QString &reason)
{
    if (m_state == State::Open)
        sendClose(code, reason);
    m_state = State::Finished;
}

void WebSocketConnection::setReading(bool on)
{
    if (std::exchange(m_reading, on) == on || !on)
        return;
    m_heard = Clock::now();
    if (m_carrier)
        m_carrier->scheduleTurn();
}

void WebSocketConnection::pauseReading(std::chrono::milliseconds time)
{
    const auto until = Clock::now() + time;
    if (!m_carrier || m_state != State::Open || (m_paused && until <= m_pausedUntil))
        return;
    m_paused = true;
    m_pausedUntil = until;
    m_carrier->scheduleTurnAt(until);
}

qsizetype WebSocketConnection::consume(QByteArrayView bytes, Clock::time_point now)
{
    const qsizetype all = bytes.size();
    m_heard = now;
    if (m_state == State::Closing && (m_readClosing += all) > readWhileClosing) {
        m_reading = false;
        return all;
    }
    int messages = 0;
    int texts = 0;
    // Messages nearly always arrive whole, so a reader is kept only for the few that do not.
    using BinaryMessages = FrameReader::BinaryMessages;
    FrameReader fresh(
        m_limits.websocketMessageBytes, takesBinary() ? BinaryMessages::Taken : BinaryMessages::Refused);
    FrameReader &reader = m_reader ? *m_reader : fresh;
    while (!bytes.isEmpty() && m_state != State::Finished && m_carrier && wantsBytes()) {
        const FrameReader::Event event = reader.next(bytes);
        if (event.kind == FrameReader::Event::Nothing)
            continue;
        texts += event.kind == FrameReader::Event::Text ? 1 : 0;
        handle(event);
        ++messages;
        if (messages >= messagesPerTurn || (messages % 8 == 0 && Clock::now() - m_heard >= timePerTurn))
            m_turnSpent = true;
    }
    const int others = reader.takeFrameCount() - texts;
    if (others > 0 && m_state == State::Open && m_carrier && listener())
        listener()->otherFramesReceived(others);
    if (m_state == State::Finished || !m_carrier)
        bytes = {};
    if (reader.isAtRest() || m_state == State::Finished)
        m_reader.reset();
    else if (!m_reader)
        m_reader = std::make_unique<FrameReader>(std::move(fresh));
    if (m_carrier && m_state != State::Open)
        m_carrier->scheduleTurn();
    else if (m_carrier && m_turnSpent && !m_paused)
        m_carrier->scheduleTurnAt(m_heard); // by a timer: Qt handles events posted meanwhile in the same turn
    return all - bytes.size();
}

void WebSocketConnection::handle(const FrameReader::Event &event)
{
    using Event = FrameReader::Event;
    switch (event.kind) {
    case Event::Text:
        metrics::ofThisThread().messagesReceived.add();
        if (m_state == State::Open && listener())
            listener()->textReceived(event.payload);
        return;
    case Event::Binary:
        metrics::ofThisThread().messagesReceived.add();
        if (m_state == State::Open && listener())
            listener()->binaryReceived(event.payload);
        return;
    case Event::Ping:
        if (m_state != State::Open)
            return;
        m_carrier->transport().write(frames::pong(event.payload));
        if (overfull()) // a flood of pings from a peer that reads none of the pongs
            closeSlowReader();
        m_carrier->scheduleTurn();
        return;
    case Event::Close:
        if (m_state == State::Open) // RFC 6455 section 5.5.1: answered with the same code
            sendClose(event.code, {});
        m_state = State::Finished;
        return;
    case Event::Refused:
        fail(event.code, QString::fromLatin1(event.payload));
        return;
    case Event::Pong:
        // Our heartbeat pings are empty: for them, receiving any frame is enough.
        if (m_state == State::Open && listener() && !event.payload.isEmpty())
            listener()->pongReceived(event.payload);
        return;
    case Event::Nothing:
        return;
    }
}

void WebSocketConnection::turn()
{
    if (!m_carrier)
        return;
    m_turnSpent = false;
    countBacklog();
    if (m_state != State::Open)
        m_reading = m_readClosing <= readWhileClosing; // for the peer's close frame
    if (m_paused && (m_state != State::Open || Clock::now() >= m_pausedUntil)) {
        m_paused = false;
        m_heard = Clock::now();
    }
    if (m_closeQueued && queuedBytes() == 0) {
        m_closeQueued = false;
        m_since = Clock::now();
    }
    const bool low = queuedBytes() < m_limits.outboundBytes / 4;
    if (low)
        m_allowance = 0;
    if (m_full && low) {
        m_full = false;
        if (m_state == State::Open && listener())
            listener()->drained();
    }
    // A slow reader's session ends at once, however long its connection takes to close.
    if (m_state == State::Finished || (m_state == State::Closing && m_code == quint16(CloseCode::SlowReader)))
        over(m_code);
}

std::chrono::seconds WebSocketConnection::closeTimeLeft() const
{
    return m_closeQueued ? slowCloseTime : closeTime;
}

void WebSocketConnection::tick(Clock::time_point now)
{
    if (!m_carrier)
        return;
    if (m_state == State::Open) {
        if (!m_reading || m_paused)
            m_heard = now; // its pongs may be among the unread bytes
        if (now - m_heard >= m_limits.pongTimeout) {
            m_state = State::Finished;
            m_dead = true;
            m_carrier->scheduleTurn();
        } else if (now - m_since >= m_limits.pingInterval) {
            m_since = now;
            m_carrier->transport().write(frames::ping());
            m_carrier->scheduleTurn();
        }
    } else if (m_state == State::Closing && now - m_since >= closeTimeLeft()) {
        m_state = State::Finished;
        m_dead = true;
        m_carrier->scheduleTurn();
    }
}

void WebSocketConnection::over(quint16 code)
{
    if (Listener *const last = listener()) {
        setListener(nullptr);
        last->closed(code);
    }
}

void WebSocketConnection::detach()
{
    if (const qint64 bytes = std::exchange(m_backlog, 0); bytes > 0 && m_carrier)
        m_carrier->backlogChanged(-bytes);
    m_carrier = nullptr;
    m_state = State::Finished;
    over(m_code);
}

} // namespace rookery::net
