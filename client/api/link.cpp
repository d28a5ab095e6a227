// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/link.h"

#include "common/closecode.h"

#include <QLoggingCategory>

#include <algorithm>
#include <limits>
#include <utility>

namespace rookery::client {

namespace {

Q_LOGGING_CATEGORY(log, "rookery.link", QtInfoMsg)

/// Unreadable frames of a connection.
constexpr int mostLogged = 20;
/// Past so many bytes frames are worked off as they come, however long that takes: what is not read yet waits
/// at the server (THREATS.md 44).
constexpr qsizetype mostIncomingBytes = 16 * 1024 * 1024;

qsizetype bytesOf(const QString &text)
{
    return text.size() * qsizetype(sizeof(QChar)) + 64;
}

/// Requests without an answer. Nobody waits for so many of a server that answers.
constexpr qsizetype mostRequests = 4'096;

/// In bytes: what every server takes, whatever its operator has set.
constexpr qsizetype smallFrame = 1024;

} // namespace

Link::Link(TransportFactory transports, LinkTimings timings, ReconnectPolicy policy, QObject *parent)
    : QObject(parent)
    , m_transports(std::move(transports))
    , m_timings(timings)
    , m_policy(std::move(policy))
    , m_heartbeat(timings.heartbeat)
{
    m_clock.start();
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &Link::attempt);
    m_deadlineTimer.setSingleShot(true);
    connect(&m_deadlineTimer, &QTimer::timeout, this, &Link::checkDeadlines);
}

Link::~Link()
{
    m_requests.clear();
    dropTransport();
}

void Link::start(const QUrl &url, const QByteArray &token, Resume resume)
{
    m_url = url;
    m_token = token;
    m_resume = std::move(resume);
    m_resumeBytes = resumeBytes;
    m_mayRetry = true;
    m_policy.reset();
    attempt();
}

void Link::stop()
{
    m_retryTimer.stop();
    dropTransport();
    loseRequests();
    setState(State::Idle);
}

void Link::end(const Problem &problem, bool mayRetry)
{
    m_retryTimer.stop();
    m_problem = problem;
    m_mayRetry = mayRetry;
    dropTransport();
    loseRequests();
    setState(State::Ended);
}

void Link::reconnectNow()
{
    switch (m_state) {
    case State::Idle:
        return;
    case State::Connected:
        ask(m_timings.probe);
        return;
    case State::Connecting:
        // An attempt that has hung for a while was made over the network that is gone.
        if (m_clock.elapsed() - m_attemptStarted < m_timings.probe.count())
            return;
        break;
    case State::Ended:
        if (!m_mayRetry)
            return;
        break;
    case State::Waiting:
        break;
    }
    m_policy.reset();
    attempt();
}

void Link::networkChanged()
{
    if (m_state != State::Waiting) {
        reconnectNow();
        return;
    }
    m_policy.reset();
    const std::chrono::milliseconds asked(std::max<qint64>(0, m_awayUntil - m_clock.elapsed()));
    const auto soon = std::max(asked, m_policy.next());
    if (soon >= m_retryTimer.remainingTimeAsDuration())
        return;
    wait(soon);
    Q_EMIT stateChanged();
}

void Link::restart(const Problem &problem)
{
    if (m_state == State::Connected || m_state == State::Connecting)
        lose(problem);
}

void Link::attempt()
{
    m_retryTimer.stop();
    dropTransport();
    m_askedToWait = std::chrono::milliseconds(0);
    m_leaving = false;
    m_establishedAt = -1;
    m_deadAt = -1;
    m_unreadable = 0;
    m_heartbeat = m_timings.heartbeat;
    m_attemptStarted = m_heardAt = m_clock.elapsed();

    m_transport = m_transports();
    connect(m_transport.get(), &Transport::opened, this, &Link::onOpened);
    connect(m_transport.get(), &Transport::received, this, &Link::onText);
    connect(m_transport.get(), &Transport::closed, this, &Link::onClosed);
    setState(State::Connecting);
    armDeadline();
    // The state's watchers may have stopped the link.
    if (m_state == State::Connecting && m_transport)
        m_transport->open(m_url, m_token);
}

void Link::onOpened()
{
    QJsonObject hello = helloRequest(m_resume ? m_resume(m_resumeBytes) : QList<ResumePoint>());
    m_helloRef = QString::number(++m_lastRef);
    hello.insert(QStringLiteral("ref"), m_helloRef);
    const QByteArray text = toJson(hello);
    m_helloBytes = text.size();
    m_transport->send(QString::fromUtf8(text));
}

void Link::onText(const QString &text)
{
    m_heardAt = m_clock.elapsed();
    m_deadAt = -1;
    m_incoming.enqueue(text);
    m_incomingBytes += bytesOf(text);
    if (m_turnStarted < 0)
        startTurn();
    else
        processSome();
}

QString Link::takeIncoming()
{
    QString text = m_incoming.dequeue();
    m_incomingBytes -= bytesOf(text);
    return text;
}

void Link::startTurn()
{
    m_turnStarted = -1;
    if (m_incoming.isEmpty())
        return;
    // A socket hands over everything that it has read in one go: only what is done in all of this turn
    // counts.
    m_turnStarted = m_clock.elapsed();
    QMetaObject::invokeMethod(this, &Link::startTurn, Qt::QueuedConnection);
    processSome();
}

void Link::processSome()
{
    if (m_processing)
        return;
    m_processing = true;
    while (!m_incoming.isEmpty()
        && (m_incomingBytes > mostIncomingBytes
            || m_clock.elapsed() < m_turnStarted + m_timings.slice.count()))
        process(takeIncoming());
    m_processing = false;
}

void Link::process(const QString &text)
{
    const auto decoded = decodeFrame(text.toUtf8());
    if (!decoded) {
        // One bad frame must not stop the others (THREATS.md 17); a request it answered will time out.
        if (++m_unreadable <= mostLogged)
            qCWarning(
                log, "A frame of the server cannot be read: %ls", qUtf16Printable(decoded.error().detail));
        return;
    }
    const ServerFrame &frame = *decoded;
    const QString ref = refOf(frame);

    if (m_state == State::Connecting) {
        if (const auto *hello = std::get_if<HelloFrame>(&frame))
            processHello(*hello);
        else if (const auto *error = std::get_if<ErrorFrame>(&frame);
                 error && error->roomId.isEmpty() && (ref.isEmpty() || ref == m_helloRef))
            processRefusedHello(error->error);
        else
            Q_EMIT received(frame);
        return;
    }
    if (m_state != State::Connected)
        return;
    if (const auto *leaving = std::get_if<GoingAwayFrame>(&frame)) {
        m_leaving = true;
        m_askedToWait = std::clamp(leaving->retryAfter, std::chrono::milliseconds(0), m_timings.longestWait);
    }

    const auto waiting = ref.isEmpty() ? m_requests.end() : m_requests.find(ref);
    if (waiting == m_requests.end()) {
        // A refusal that comes after its request was given up must not be taken for one of the room's
        // subscription.
        const bool isLate = std::holds_alternative<ErrorFrame>(frame) && !ref.isEmpty() && ref != m_helloRef;
        if (!isLate)
            Q_EMIT received(frame);
        return;
    }
    const Waiting request = std::move(*waiting);
    m_requests.erase(waiting);
    if (!request.context)
        return;
    if (const auto *error = std::get_if<ErrorFrame>(&frame))
        request.outcome(error->error);
    else
        request.outcome(frame);
}

void Link::processHello(const HelloFrame &hello)
{
    m_establishedAt = m_clock.elapsed();
    m_problem = {};
    m_nextAttempt = {};
    if (hello.heartbeat.count() > 0)
        m_heartbeat = std::clamp(hello.heartbeat,
            std::min(m_timings.heartbeat, std::chrono::milliseconds(1'000)), m_timings.heartbeat);
    // Requests may be sent from here on; what watches the state is told after the rooms are known.
    m_state = State::Connected;
    armDeadline();
    Q_EMIT established(hello);
    if (m_state == State::Connected)
        Q_EMIT stateChanged();
}

void Link::processRefusedHello(const Error &error)
{
    if (error.code == ErrorCode::Unauthorized) {
        end(Problem::closed(quint16(CloseCode::Unauthorized)));
        return;
    }
    // The same for everybody, so with a wait of one's own on top.
    if (error.retryAfter.count() > 0)
        m_askedToWait = std::min(error.retryAfter, m_timings.longestWait) + m_policy.next();
    lose(error);
}

void Link::onClosed(quint16 code, const Problem &problem)
{
    // What came before the close frame still counts: acknowledgements, and how long to stay away.
    QPointer<Transport> current = m_transport.get();
    while (!m_incoming.isEmpty() && !m_processing)
        process(takeIncoming());
    if (!m_transport || m_transport.get() != current)
        return;

    if (code == quint16(CloseCode::Unauthorized)) {
        end(problem);
    } else if (code == quint16(CloseCode::TooBig)) {
        onTooBig();
    } else if (mayReconnect(code)) {
        lose(m_leaving ? Problem::closed(quint16(CloseCode::ServiceRestart)) : problem);
    } else {
        giveUp(problem);
    }
}

void Link::onTooBig()
{
    // The same once more would be too big again.
    const Problem problem = Problem::closed(quint16(CloseCode::TooBig));
    if (m_state == State::Connecting && m_helloBytes > smallFrame) {
        m_resumeBytes = std::min(m_resumeBytes, m_helloBytes) / 4;
        lose(problem);
        return;
    }
    const auto largest = std::max_element(m_requests.begin(), m_requests.end(),
        [](const Waiting &one, const Waiting &other) { return one.size < other.size; });
    if (largest != m_requests.end() && largest->size > smallFrame) {
        const Waiting request = std::move(*largest);
        m_requests.erase(largest);
        lose(problem);
        if (request.context)
            request.outcome(Error{ErrorCode::MessageTooLong, {}});
        return;
    }
    // Not a frame of this client: the server has sent too much.
    giveUp(Problem(Problem::LargeFrame));
}

void Link::lose(const Problem &problem)
{
    const bool wasStable =
        m_establishedAt >= 0 && m_clock.elapsed() - m_establishedAt >= m_timings.stable.count();
    dropTransport();
    m_problem = problem;
    if (wasStable)
        m_policy.reset();
    const bool isAsked = m_askedToWait.count() > 0;
    const auto time = isAsked ? m_askedToWait : std::chrono::milliseconds(m_policy.next());
    m_awayUntil = isAsked ? m_clock.elapsed() + time.count() : 0;
    wait(time);
    qCInfo(
        log, "Lost: %ls. Next attempt in %lld ms.", qUtf16Printable(problem.name()), (long long)time.count());
    // The state first: what is lost must not be sent again into the void.
    m_state = State::Waiting;
    loseRequests();
    if (m_state == State::Waiting)
        Q_EMIT stateChanged();
}

void Link::wait(std::chrono::milliseconds time)
{
    m_nextAttempt = QDateTime::currentDateTimeUtc().addMSecs(time.count());
    m_retryTimer.start(time);
}

void Link::dropTransport()
{
    m_incoming.clear();
    m_incomingBytes = 0;
    m_deadlineTimer.stop();
    if (!m_transport)
        return;
    m_transport->disconnect(this);
    m_transport->close();
    // It may be in the middle of a signal.
    m_transport.release()->deleteLater();
}

void Link::loseRequests()
{
    const auto requests = std::exchange(m_requests, {});
    for (const Waiting &request : requests) {
        if (request.context)
            request.outcome(RequestLost());
    }
}

void Link::request(QJsonObject frame, QObject *context, std::function<void(const RequestOutcome &)> outcome,
    Patience patience)
{
    if (m_state != State::Connected || !m_transport || m_requests.size() >= mostRequests) {
        outcome(RequestLost());
        return;
    }
    const QString ref = QString::number(++m_lastRef);
    frame.insert(QStringLiteral("ref"), ref);
    const qint64 due = patience == Patience::Timed ? m_clock.elapsed() + m_timings.request.count()
                                                   : std::numeric_limits<qint64>::max();
    const QByteArray text = toJson(frame);
    m_requests.insert(ref, {context, std::move(outcome), due, text.size()});
    m_transport->send(QString::fromUtf8(text));
    armDeadline();
}

void Link::ask(std::chrono::milliseconds patience)
{
    if (m_deadAt >= 0 && m_deadAt <= m_clock.elapsed() + patience.count())
        return;
    m_deadAt = m_clock.elapsed() + patience.count();
    QJsonObject ping = pingRequest();
    ping.insert(QStringLiteral("ref"), QStringLiteral("ping"));
    m_transport->send(QString::fromUtf8(toJson(ping)));
    armDeadline();
}

void Link::armDeadline()
{
    if (!m_transport)
        return;
    qint64 due = 0;
    if (m_state == State::Connecting) {
        due = m_attemptStarted + m_timings.connecting.count();
    } else {
        due = m_deadAt >= 0 ? m_deadAt : m_heardAt + m_heartbeat.count();
        for (const Waiting &request : std::as_const(m_requests))
            due = std::min(due, request.due);
    }
    m_deadlineTimer.start(std::chrono::milliseconds(std::max<qint64>(0, due - m_clock.elapsed()) + 1));
}

void Link::checkDeadlines()
{
    const qint64 now = m_clock.elapsed();
    if (m_state == State::Connecting) {
        if (now < m_attemptStarted + m_timings.connecting.count())
            armDeadline();
        else
            lose(Problem(Problem::Silent));
        return;
    }
    if (m_state != State::Connected)
        return;
    if (m_deadAt >= 0 && now >= m_deadAt) {
        lose(Problem(Problem::WentSilent));
        return;
    }
    QList<Waiting> late;
    for (auto it = m_requests.begin(); it != m_requests.end();) {
        if (now >= it->due) {
            late.append(std::move(*it));
            it = m_requests.erase(it);
        } else {
            ++it;
        }
    }
    if (m_deadAt < 0 && now >= m_heardAt + m_heartbeat.count())
        ask(m_timings.pong);
    armDeadline();
    for (const Waiting &request : std::as_const(late)) {
        if (request.context)
            request.outcome(RequestLost());
    }
}

void Link::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace rookery::client
