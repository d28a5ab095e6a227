#include "server/ws/session.h"

#include "common/jsoncodec.h"
#include "server/core/accounts.h"
#include "server/core/budget.h"
#include "server/core/costs.h"
#include "server/core/names.h"
#include "server/core/securitylog.h"
#include "server/net/addresses.h"
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
/// In microseconds of core/costs.h: what a socket may owe, so that it is paid in some seconds at most.
constexpr int mostDebt = 100'000;

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
    spend(core::costs::frame + int(utf8.size() / 1024) * core::costs::perKiB);
    if (m_open && !m_inbox)
        handle(utf8);
    else if (!keep(utf8))
        refuse(sentTooEarly(), CloseCode::PolicyViolation);
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
    while (m_open && !isEnding() && m_inbox) {
        const QByteArray utf8 = m_inbox->take();
        if (m_inbox->isEmpty())
            m_inbox.reset();
        handle(utf8);
    }
}

void Session::send(const QByteArray &utf8)
{
    if (m_socket && !m_ended)
        m_socket->sendText(utf8);
}

void Session::sendFrame(const QByteArray &frame)
{
    if (m_socket && !m_ended)
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
    if (pause.count() > 0 && m_socket)
        m_socket->pauseReading(pause);
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

void Session::sendToRoom(
    std::shared_ptr<const Room> room, core::Draft draft, const QString &textField, SentHandler done)
{
    if (const auto error = pace(draft)) {
        done(*error);
        return;
    }
    ++m_unanswered;
    m_context.core.messages->send(m_principal, std::move(room), std::move(draft), textField, callContext(),
        answered([this, done = std::move(done)](const Result<core::Sent> &sent) {
            noteRefusal(sent);
            done(sent);
            messageAnswered();
        }));
}

void Session::sendToUser(const DirectDraft &draft, SentHandler done)
{
    if (!core::isUser(m_principal.user, draft.sender)) {
        done(Error{ErrorCode::Forbidden, QStringLiteral("The sender must be the user who is logged in."),
            draft.fields->sender});
        return;
    }
    const qsizetype bytes = 2 * (draft.draft.text.size() + draft.receiver.size());
    auto step = [this, draft = draft, done]() mutable {
        if (isEnding())
            return;
        if (const auto error = pace(draft.draft)) {
            done(*error);
            stepFinished();
            return;
        }
        ++m_unanswered;
        m_context.core.messages->sendDirect(m_principal, draft.receiver, draft.draft, draft.fields->text,
            draft.fields->receiver, callContext(), answered([this, done](const Result<core::Sent> &sent) {
                noteRefusal(sent);
                done(sent);
                messageAnswered();
                stepFinished();
            }));
    };
    if (!addStep(bytes, std::move(step)))
        done(tooManyWaiting());
}

std::optional<Error> Session::pace(core::Draft &draft)
{
    using namespace std::chrono;
    const auto now = steady_clock::now();
    if (now < m_refusesUntil)
        return Error{ErrorCode::RateLimited,
            QStringLiteral("A message before this one was refused for a while."), {},
            ceil<milliseconds>(m_refusesUntil - now)};
    const auto pause = m_context.core.messages->pace(m_principal);
    if (!pause) {
        m_refusesUntil = now + pause.error().retryAfter;
        core::logSecurity(core::SecurityEvent::RateLimited, m_principal.user.name,
            m_socket ? net::networkOf(m_socket->clientAddress()) : QString(), pause.error().detail);
        return pause.error();
    }
    draft.paced = true;
    spend(core::costs::message);
    if (pause->count() > 0 && m_socket)
        m_socket->pauseReading(*pause);
    return std::nullopt;
}

void Session::noteRefusal(const Result<core::Sent> &sent)
{
    if (!sent && sent.error().code == ErrorCode::RateLimited)
        m_refusesUntil = std::chrono::steady_clock::now() + sent.error().retryAfter;
}

bool Session::addStep(qsizetype bytes, std::function<void()> step)
{
    if (!m_steps)
        m_steps = std::make_unique<StepQueue>();
    const bool taken = m_steps->add(bytes, std::move(step));
    if (m_socket && m_steps->isLong())
        m_socket->setReading(false);
    return taken;
}

void Session::stepFinished()
{
    m_steps->finished();
    if (m_socket && !m_steps->isLong())
        m_socket->setReading(true);
}

Error Session::tooManyWaiting()
{
    static constexpr std::chrono::milliseconds retryAfter{1000};
    return {ErrorCode::Overloaded, QStringLiteral("Too many messages of this socket are waiting already."),
        {}, retryAfter};
}

} // namespace rookery::ws
