// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/session.h"

#include "common/jsoncodec.h"
#include "server/core/accounts.h"
#include "server/core/budget.h"
#include "server/core/costs.h"
#include "server/core/names.h"
#include "server/core/securitylog.h"
#include "server/net/peer/addresses.h"
#include "server/ws/refusal.h"

#include <QRandomGenerator>
#include <QScopedValueRollback>
#include <QTimer>

#include <utility>

namespace rookery::ws {

namespace {

constexpr int retryAfterMsMin = 500;
constexpr int retryAfterMsMax = 5000;
/// How long a leaving session waits for answers; well within the ten seconds that the daemon has.
constexpr std::chrono::seconds answerTime{5};
/// The largest debt of a socket, in microseconds (core/costs.h): repaid within some seconds.
constexpr int mostDebt = 100'000;
/// In bytes: larger messages are charged by the clock as well.
constexpr qsizetype timedFrom = 1024;

int priceOf(const QByteArray &utf8)
{
    return core::costs::frame + int(utf8.size() / 1024) * core::costs::perKiB;
}

} // namespace

Session::Session(const SessionContext &context, net::WebSocket *socket, core::Principal principal)
    : m_context(context)
    , m_socket(socket)
    , m_principal(std::move(principal))
{
    m_socket->setListener(this);
    m_context.core.hub->addSession(this);
    if (m_principal.user.guest)
        m_context.core.accounts->guestArrived(m_principal.user);
}

Session::~Session()
{
    if (m_socket)
        m_socket->setListener(nullptr);
    m_context.core.hub->removeSession(this);
    if (m_principal.user.guest)
        m_context.core.accounts->guestLeft(m_principal.user);
}

void Session::start(Inbox early)
{
    if (!early.isEmpty())
        m_inbox = std::make_unique<Inbox>(std::move(early));
    spend(core::costs::subscription); // the room it opens, or the news of who is there
    open();
}

void Session::opened()
{
    m_open = true;
    handleKept();
}

void Session::textReceived(const QByteArray &utf8)
{
    if (isEnding())
        return;
    spend(priceOf(utf8));
    if (m_open && !m_inbox && !hasManySteps())
        handlePaid(utf8);
    else if (!keep(utf8))
        refuse(sentTooEarly(), CloseCode::PolicyViolation);
}

void Session::otherFramesReceived(int count)
{
    spend(count * core::costs::controlFrame);
}

void Session::handlePaid(const QByteArray &utf8)
{
    // A short text takes little time; how long a large one takes depends on its author.
    if (utf8.size() < timedFrom) {
        handle(utf8);
        return;
    }
    using namespace std::chrono;
    const auto began = steady_clock::now();
    handle(utf8);
    const auto took = duration_cast<microseconds>(steady_clock::now() - began).count();
    if (const auto beyond = took - priceOf(utf8); beyond > 0)
        spend(int(std::min<qint64>(beyond, mostDebt)));
}

bool Session::keep(const QByteArray &utf8)
{
    if (!m_inbox)
        m_inbox = std::make_unique<Inbox>();
    return m_inbox->push(utf8);
}

void Session::drained()
{
    if (!m_ended)
        resume();
}

void Session::closed(quint16 /*code*/)
{
    m_socket = nullptr;
    finish();
}

void Session::handleKept()
{
    if (m_handling)
        return;
    const QScopedValueRollback guard(m_handling, true);
    while (m_open && !isEnding() && m_inbox && !hasManySteps()) {
        const QByteArray utf8 = m_inbox->take();
        if (m_inbox->isEmpty())
            m_inbox.reset();
        handlePaid(utf8);
    }
}

void Session::send(const QByteArray &utf8)
{
    if (m_socket && !m_ended)
        m_socket->sendText(utf8);
}

void Session::sendFrame(const QByteArray &frame)
{
    if (m_socket && !m_ended && !frame.isEmpty())
        m_socket->sendFrame(frame);
}

void Session::sendError(const Error &error)
{
    send(toJson(json::fromError(error)));
}

void Session::refuse(const Error &error, CloseCode code)
{
    sendError(error);
    close(code, error.detail);
}

void Session::close(CloseCode code, const QString &reason)
{
    if (m_ended)
        return;
    if (m_socket)
        m_socket->close(code, reason);
    finish();
}

void Session::finish()
{
    if (m_ended)
        return;
    m_ended = true;
    if (m_socket)
        std::exchange(m_socket, nullptr)->setListener(nullptr);
    m_context.owner->sessionFinished(this);
}

void Session::end(CloseCode code, const QString &reason)
{
    close(code, reason);
}

void Session::leave()
{
    if (isEnding())
        return;
    m_leaving = true;
    m_retryAfterMs = QRandomGenerator::global()->bounded(retryAfterMsMin, retryAfterMsMax + 1);
    farewell(std::chrono::milliseconds(m_retryAfterMs));
    if (m_unanswered == 0)
        closeForRestart();
    else
        QTimer::singleShot(answerTime, callContext(), answered([this] { closeForRestart(); }));
}

void Session::closeForRestart()
{
    close(CloseCode::ServiceRestart,
        QString::fromUtf8(toJson({{QStringLiteral("retry_after_ms"), m_retryAfterMs}})));
}

std::chrono::milliseconds Session::spend(int microseconds)
{
    m_credit = std::max(m_credit - microseconds, -mostDebt);
    if (m_credit >= 0 || !m_context.core.budget)
        return {};
    const int drawn = core::Budget::share - m_credit;
    const auto wait = m_context.core.budget->takeAhead(m_principal, drawn);
    if (wait)
        m_credit += drawn; // else the debt stays, and the next frame asks again
    const std::chrono::milliseconds pause = wait.value_or(core::Budget::longestWait);
    pauseReading(pause);
    return pause;
}

bool Session::canTakeHistory() const
{
    return m_socket && !m_ended && m_socket->queuedBytes() <= m_context.limits.outboundBytes / 2;
}

QObject *Session::callContext()
{
    if (!m_callContext)
        m_callContext = std::make_unique<QObject>();
    return m_callContext.get();
}

void Session::callAnswered()
{
    if (--m_calls == 0)
        m_callContext.reset();
}

void Session::messageAnswered()
{
    --m_unanswered;
    if (m_leaving && m_unanswered == 0)
        closeForRestart();
}

bool Session::admit(const QString &line, core::Draft &draft, const SentHandler &done)
{
    if (m_gate) {
        if (const auto error =
                m_gate->check(line, draft.clientId, std::chrono::steady_clock::now(), m_received)) {
            done(*error);
            askWhatWasSeen();
            return false;
        }
        if (m_gate->isOpen())
            m_gate.reset();
    }
    if (const auto error = pace(draft)) {
        refused(line, draft.clientId, *error, false, done);
        return false;
    }
    if (!m_chain || (m_chain->broken && m_unanswered == 0))
        m_chain = std::make_shared<store::MessageChain>();
    draft.chain = m_chain;
    ++m_unanswered;
    return true;
}

void Session::answer(const QString &line, const SendGate::ClientId &clientId, const Result<core::Sent> &sent,
    const SentHandler &done)
{
    if (!sent && isRetryable(sent.error().code))
        refused(line, clientId, sent.error(), true, done);
    else
        done(sent);
    messageAnswered();
}

void Session::refused(const QString &line, const SendGate::ClientId &clientId, const Error &error,
    bool wasAccepted, const SentHandler &done)
{
    const auto now = std::chrono::steady_clock::now();
    if (!m_gate)
        m_gate = std::make_unique<SendGate>(now);
    done(m_gate->refused(line, clientId, error, wasAccepted, now));
    askWhatWasSeen();
}

void Session::refuseMessage(const core::Draft &draft, const Error &error, const SentHandler &done)
{
    if (isRetryable(error.code))
        refused(SendGate::allRooms(), draft.clientId, error, false, done);
    else
        done(error);
}

void Session::askWhatWasSeen()
{
    if (!m_gate || !m_socket)
        return;
    const QByteArray payload = m_gate->nextPing(std::chrono::steady_clock::now());
    if (!payload.isEmpty())
        m_socket->ping(payload);
}

void Session::pongReceived(const QByteArray &payload)
{
    if (!m_gate || m_ended)
        return;
    m_gate->pongReceived(payload);
    askWhatWasSeen();
}

void Session::submit(const QString &line, core::Draft draft, SentHandler done, const CoreCall &call)
{
    if (!admit(line, draft, done))
        return;
    const auto clientId = draft.clientId;
    call(std::move(draft),
        answered([this, line, clientId, done = std::move(done)](
                     const Result<core::Sent> &sent) { answer(line, clientId, sent, done); }));
}

void Session::sendToRoom(
    std::shared_ptr<const Room> room, core::Draft draft, const QString &textField, SentHandler done)
{
    submit(room->id, std::move(draft), std::move(done), [&](core::Draft admitted, SentHandler sent) {
        m_context.core.messages->send(
            m_principal, room, std::move(admitted), textField, callContext(), std::move(sent));
    });
}

void Session::editInRoom(const std::shared_ptr<const Room> &room, qint64 target, core::Draft draft,
    const QString &textField, SentHandler done)
{
    submit(room->id, std::move(draft), std::move(done), [&](core::Draft admitted, SentHandler sent) {
        m_context.core.messages->edit(
            m_principal, *room, target, std::move(admitted), textField, callContext(), std::move(sent));
    });
}

void Session::deleteInRoom(
    const std::shared_ptr<const Room> &room, qint64 target, core::Draft draft, SentHandler done)
{
    submit(room->id, std::move(draft), std::move(done), [&](core::Draft admitted, SentHandler sent) {
        m_context.core.messages->remove(
            m_principal, *room, target, std::move(admitted), callContext(), std::move(sent));
    });
}

void Session::sendToUser(const DirectDraft &draft, SentHandler done)
{
    if (!core::isUser(m_principal.user, draft.sender)) {
        done(Error{ErrorCode::Forbidden, QStringLiteral("The sender must be the user who is logged in."),
            draft.fields->sender});
        return;
    }
    const qsizetype bytes = 2 * (draft.draft.text.size() + draft.receiver.size());
    const auto received = std::chrono::steady_clock::now();
    addStep(bytes, [this, received, draft = draft, done = std::move(done)]() mutable {
        if (isEnding())
            return;
        // All direct messages are one line: two names may turn out to be one receiver.
        const auto line = QStringLiteral("direct");
        bool isAdmitted = false;
        afterWaiting(received, [&] { isAdmitted = admit(line, draft.draft, done); });
        if (!isAdmitted) {
            stepFinished();
            return;
        }
        const auto clientId = draft.draft.clientId;
        m_context.core.messages->sendDirect(m_principal, draft.receiver, draft.draft, draft.fields->text,
            draft.fields->receiver, callContext(),
            answered([this, line, clientId, done](const Result<core::Sent> &sent) {
                answer(line, clientId, sent, done);
                stepFinished();
            }));
    });
}

std::optional<Error> Session::pace(core::Draft &draft)
{
    const auto pause = m_context.core.messages->pace(m_principal, draft.text);
    if (!pause) {
        core::logSecurity(core::SecurityEvent::RateLimited, m_principal.user.name,
            m_socket ? net::networkOf(m_socket->clientAddress()) : QString(), pause.error().detail);
        return pause.error();
    }
    draft.paced = true;
    spend(core::costs::message);
    pauseReading(*pause);
    return std::nullopt;
}

void Session::pauseReading(std::chrono::milliseconds time)
{
    if (time.count() <= 0 || !m_socket)
        return;
    m_socket->pauseReading(time);
    if (m_gate)
        m_gate->heldUp(std::chrono::steady_clock::now() + time);
}

void Session::addStep(qsizetype bytes, std::function<void()> step)
{
    if (!m_steps)
        m_steps = std::make_unique<StepQueue>();
    m_steps->add(bytes, std::move(step));
    if (m_socket && m_steps->isLong())
        m_socket->setReading(false);
}

void Session::afterWaiting(std::chrono::steady_clock::time_point received, const std::function<void()> &act)
{
    m_received = received;
    act();
    m_received.reset();
}

void Session::stepFinished()
{
    m_steps->finished();
    handleKept();
    if (m_socket && !m_steps->isLong())
        m_socket->setReading(true);
}

} // namespace rookery::ws
