// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connection.h"

#include "server/metrics/counters.h"
#include "server/net/http/canonicalrequest.h"
#include "server/net/stream/tlstransport.h"

#include <QWebSocket>

#include <algorithm>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// How much a client is listened to after the last answer, so that closing does not destroy the answer on its
/// way (a reset does).
constexpr qint64 lingerBytes = 4 * 1024 * 1024;
/// An answer may wait for its reader in memory up to here; what is larger is none of ours.
constexpr qint64 answerBytes = 64 * 1024 * 1024;
/// The same of an answer by its size: most are made after the request was given, and all are sent after that.
constexpr std::chrono::nanoseconds perKiBOfAnswer = 20us;
/// Reads in a row before others get their turn.
constexpr int readsAtOnce = 4;

std::unique_ptr<Transport> makeTransport(
    int descriptor, const std::shared_ptr<TlsContext> &tls, Transport::Watcher *watcher)
{
    if (tls)
        return std::make_unique<TlsTransport>(descriptor, tls, watcher);
    return std::make_unique<Transport>(descriptor, watcher);
}

} // namespace

Connection::Connection(Host &host, int descriptor, const Peer &peer, const std::shared_ptr<TlsContext> &tls)
    : m_host(host)
    , m_peer(peer)
    , m_client(peer)
    , m_transport(makeTransport(descriptor, tls, this))
    , m_since(Clock::now())
    , m_place(TurnShares::placeOf(peer.address))
    , m_phase(tls ? Phase::Tls : Phase::Head)
{
    metrics::ofThisThread().connectionsOpened.add();
}

Connection::~Connection()
{
    metrics::ofThisThread().connectionsEnded.add();
    m_host.turnShares().cancel(this);
    if (m_guard) {
        m_guard->setMuted(m_handshaken != nullptr);
        delete m_handshaken;
        m_guard->orphan();
    }
    if (m_webSocket)
        m_webSocket->detach();
}

void Connection::refuseAtOnce(Refusal refusal)
{
    if (m_phase == Phase::Tls)
        m_refusal = std::make_unique<Refusal>(std::move(refusal));
    else
        refuse(refusal);
}

void Connection::enter(Phase phase)
{
    m_host.turnShares().cancel(this);
    m_phase = phase;
    m_held = false;
    m_since = Clock::now();
    m_transport->setReading(isReading());
}

bool Connection::isReading() const
{
    return !m_held && m_phase != Phase::Deciding && m_phase != Phase::Handling && m_phase != Phase::Upgrading
        && m_phase != Phase::Over;
}

void Connection::scheduleTurn()
{
    if (m_phase != Phase::Over)
        m_host.reactor().schedule(this);
}

// --- Bytes in ----------------------------------------------------------------------------------------------

void Connection::transportReadable()
{
    if (m_phase == Phase::Tls) {
        establish();
        if (m_phase == Phase::Tls)
            return;
    }
    char *const buffer = m_host.reactor().readBuffer();
    for (int i = 0; i < readsAtOnce; ++i) {
        if (!isReading())
            return;
        if (m_phase == Phase::Streaming) {
            readStreamed(readsAtOnce);
            return;
        }
        qsizetype count = 0;
        switch (m_transport->read(buffer, Reactor::readBufferBytes, count)) {
        case Transport::Read::Bytes:
            consume({buffer, count});
            if (count < Reactor::readBufferBytes && !m_peer.secure)
                return; // the descriptor will say when there is more
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
    // TLS may hold decrypted bytes that the descriptor knows nothing of.
    m_readMore = true;
    scheduleTurn();
}

void Connection::establish()
{
    if (m_transport->establish()) {
        enter(Phase::Head);
        if (m_refusal)
            refuse(*m_refusal);
    } else if (m_transport->failed()) {
        die();
    }
}

void Connection::consume(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        switch (m_phase) {
        case Phase::Head:
            consumeHead(bytes);
            break;
        case Phase::Body:
            consumeBody(bytes);
            break;
        case Phase::Streaming:
            consumeStreamed(bytes);
            break;
        case Phase::WebSocket:
            consumeFrames(bytes);
            return;
        case Phase::Lingering:
            m_lingered += bytes.size();
            if (m_lingered > lingerBytes)
                holdBytes(); // a reset would come before the answer
            return;
        case Phase::Deciding:
        case Phase::Handling:
        case Phase::Upgrading: // at most what one read brought: reading is off
            m_pending.append(bytes);
            return;
        case Phase::Tls:
        case Phase::Over:
            return;
        }
    }
}

void Connection::consumeHead(QByteArrayView &bytes)
{
    if (!m_head)
        m_head = std::make_unique<HttpHeadParser>(m_host.limits());
    const bool started = m_head->started();
    bytes = bytes.sliced(m_head->feed(bytes));
    if (!started && m_head->started())
        m_since = Clock::now();
    if (m_head->state() == HttpHeadParser::State::Complete)
        headComplete();
    else if (m_head->state() == HttpHeadParser::State::Refused)
        refuse(m_head->refusal());
}

void Connection::headComplete()
{
    const RequestHead &head = m_head->head();
    m_bodyless = head.method == "HEAD";
    m_oldHttp = head.minorVersion == 0;
    m_close = !head.keepAlive;
    m_client = m_host.trustedProxies().clientOf(m_peer, head);
    m_place = TurnShares::placeOf(m_client.address);
    if (const auto refusal = m_host.hostRules().check(head, [this] { return m_transport->ownAddress(); })) {
        m_host.hostRefused(head.host);
        refuse(*refusal);
        return;
    }
    if (wantsWebSocket(head)) {
        enter(Phase::Upgrading);
        if (mayGoOn(m_since))
            upgrade();
        return;
    }
    if (m_host.httpHandler()) {
        enter(Phase::Deciding);
        if (mayGoOn(m_since))
            decide();
    } else {
        readBody(m_host.limits().bodyBytes);
    }
}

void Connection::readBody(qint64 most)
{
    const RequestHead &head = m_head->head();
    m_body = std::make_unique<BodyReader>(head, m_host.limits(), most);
    switch (m_body->state()) {
    case BodyReader::State::Complete:
        requestComplete({});
        return;
    case BodyReader::State::Refused:
        refuse(m_body->refusal());
        return;
    case BodyReader::State::Reading:
        break;
    }
    enter(Phase::Body);
    if (head.expectContinue) {
        m_transport->write(QByteArrayLiteral("HTTP/1.1 100 Continue\r\n\r\n"));
        scheduleTurn();
    }
}

void Connection::consumeBody(QByteArrayView &bytes)
{
    bytes = bytes.sliced(m_body->feed(bytes));
    if (m_body->state() == BodyReader::State::Complete)
        requestComplete(m_body->take());
    else if (m_body->state() == BodyReader::State::Refused)
        refuse(m_body->refusal());
}

void Connection::inputEnded()
{
    m_inputEnded = true;
    switch (m_phase) {
    case Phase::Head:
    case Phase::Body:
        if (m_head && m_head->started())
            refuse(malformed(QStringLiteral("The request ends before it is complete.")));
        else
            die();
        break;
    case Phase::Streaming:
        if (m_exchange->readsBody())
            refuse(malformed(QStringLiteral("The request ends before it is complete.")));
        break;
    case Phase::Lingering:
        scheduleTurn();
        break;
    case Phase::Tls:
    case Phase::WebSocket:
        die();
        break;
    case Phase::Deciding:
    case Phase::Handling:
    case Phase::Upgrading:
    case Phase::Over:
        break;
    }
    m_transport->setReading(false); // an end stays readable for ever
}

// --- Requests and their answers ----------------------------------------------------------------------------

void Connection::requestComplete(const QByteArray &body)
{
    m_wholeBody = body;
    m_body.reset();
    m_answerBegun = false;
    m_answered = false;
    enter(Phase::Handling);
    if (mayGoOn(m_since))
        giveRequest();
}

void Connection::giveRequest()
{
    const TurnShares::Use use(m_host.turnShares(), m_place, Clock::now(), callsPerRequest);
    metrics::ofThisThread().requests.add();
    const RequestHead head = m_head->takeHead();
    m_head.reset();
    m_guard = m_host.guards().take();
    m_guard->begin(this, m_client, canonicalRequest(head, std::exchange(m_wholeBody, {})), m_bodyless);
    m_host.giveToHttp(m_guard, {head, m_client});
}

void Connection::shareCame()
{
    if (m_phase == Phase::Handling && m_refusal)
        sayRefusal();
    else if (m_phase == Phase::Handling)
        giveRequest();
    else if (m_phase == Phase::Upgrading)
        upgrade();
    else if (m_phase == Phase::Streaming)
        turnStreaming();
    else if (m_phase == Phase::WebSocket && m_held && m_webSocket->wantsBytes())
        releaseBytes();
    else if (m_phase == Phase::Deciding) {
        decide();
        takePending();
    }
}

QByteArray Connection::connectionField() const
{
    if (m_close || m_host.stopping())
        return QByteArrayLiteral("close");
    return m_oldHttp ? QByteArrayLiteral("keep-alive") : QByteArray();
}

QByteArray Connection::furtherFields() const
{
    return m_client.secure ? m_host.securityField() : QByteArray();
}

void Connection::answerWritten(const QByteArray &bytes, bool shared)
{
    m_answerBegun = true;
    m_transport->write(bytes);
    if (m_transport->queued() > answerBytes) {
        abort();
        return;
    }
    scheduleTurn();
    if (!shared) {
        m_kept += bytes.size();
        m_host.answersKept(bytes.size());
        m_host.turnShares().charge(m_place, perKiBOfAnswer * bytes.size() / 1024);
    }
}

void Connection::answerComplete(bool closes, bool broken)
{
    if (m_phase == Phase::Over)
        return;
    if (broken) {
        std::exchange(m_guard, nullptr)->orphan();
        if (m_answerBegun)
            abort();
        else
            refuse({500, {ErrorCode::Internal, QStringLiteral("The server could not answer this request.")}});
        return;
    }
    m_close = m_close || closes;
    m_answered = true;
    m_responderGone = m_host.responderGoes();
    if (m_phase == Phase::Upgrading)
        m_host.handshakeAnswered(this);
    scheduleTurn();
}

void Connection::guardGone()
{
    m_guard = nullptr;
    die();
}

void Connection::answered()
{
    letAnswerGo();
    GuardSocket *const guard = std::exchange(m_guard, nullptr);
    if (m_responderGone)
        m_host.guards().giveBack(guard);
    else
        guard->release();
    requestDone();
}

void Connection::requestDone()
{
    m_exchange.reset();
    if (m_close || m_host.stopping()) {
        linger();
        return;
    }
    m_bodyless = false;
    enter(Phase::Head);
    takePending();
}

void Connection::takePending()
{
    const QByteArray pending = std::exchange(m_pending, {});
    consume(pending);
    if (m_peer.secure && m_phase != Phase::Over) {
        m_readMore = true;
        scheduleTurn();
    }
}

void Connection::refuse(Refusal refusal)
{
    metrics::ofThisThread().refusals.add();
    m_refusal = std::make_unique<Refusal>(std::move(refusal));
    if (m_exchange)
        m_exchange->abandon();
    m_answered = false;
    enter(Phase::Handling);
    if (mayGoOn(m_since))
        sayRefusal();
}

void Connection::sayRefusal()
{
    const TurnShares::Use use(m_host.turnShares(), m_place, Clock::now(), callsPerRequest);
    const bool bodyless = m_bodyless || (m_head && m_head->head().method == "HEAD");
    const auto refusal = std::exchange(m_refusal, nullptr);
    refusal->headers += furtherFields();
    m_transport->write(
        finishRefusal(m_host.refusalAnswer(refusal->status, refusal->error), *refusal, bodyless));
    linger();
}

// --- Turns, deadlines, the end -----------------------------------------------------------------------------

void Connection::holdBytes()
{
    m_held = true;
    m_transport->setReading(false);
    if (m_exchange)
        m_exchange->setReading(false);
}

void Connection::releaseBytes()
{
    m_held = false;
    m_transport->setReading(true);
    takePending();
}

void Connection::scheduleTurnAt(Clock::time_point when)
{
    if (m_phase != Phase::Over)
        m_host.reactor().scheduleAt(this, when);
}

void Connection::transportWritten()
{
    if (m_phase == Phase::Tls)
        transportReadable(); // goes on with the handshake, behind which bytes may be waiting
    else
        scheduleTurn();
}

void Connection::turn()
{
    if (m_phase == Phase::Over || m_phase == Phase::Tls)
        return;
    if (!m_transport->flush()) {
        die();
        return;
    }
    switch (m_phase) {
    case Phase::Handling: // the next request waits until this answer has left
        if (m_answered && m_transport->queued() == 0)
            answered();
        break;
    case Phase::Streaming:
        turnStreaming();
        break;
    case Phase::Upgrading:
        if (m_handshaken) {
            openWebSocket();
        } else if (m_answered) { // QWebSocketServer did not like it
            m_host.handshakeAnswered(nullptr);
            m_close = true;
            answered();
        }
        break;
    case Phase::WebSocket:
        turnWebSocket();
        break;
    case Phase::Lingering:
        turnLingering();
        break;
    case Phase::Tls:
    case Phase::Head:
    case Phase::Deciding:
    case Phase::Body:
    case Phase::Over:
        break;
    }
    if (std::exchange(m_readMore, false))
        transportReadable();
}

void Connection::linger()
{
    m_head.reset();
    m_body.reset();
    m_exchange.reset();
    m_pending = {};
    if (m_webSocket)
        std::exchange(m_webSocket, nullptr)->detach();
    enter(Phase::Lingering);
    scheduleTurn();
}

void Connection::turnLingering()
{
    if (m_transport->queued() > 0)
        return;
    if (m_inputEnded) {
        die();
    } else if (!std::exchange(m_shutDown, true)) {
        m_transport->shutdownWrite();
        m_since = Clock::now();
    }
}

void Connection::stopIfIdle()
{
    const bool between =
        m_phase == Phase::Head && !(m_head && m_head->started()) && m_transport->queued() == 0;
    if (between || m_phase == Phase::Tls)
        die();
}

void Connection::abort()
{
    m_transport->setAbortive();
    die();
}

void Connection::die()
{
    if (m_phase == Phase::Over)
        return;
    enter(Phase::Over);
    letAnswerGo();
    if (m_exchange)
        m_exchange->abandon();
    if (m_webSocket)
        m_webSocket->detach(); // destroyed with this, since one of its calls may be on the stack
    m_host.over(this);
}

} // namespace rookery::net
