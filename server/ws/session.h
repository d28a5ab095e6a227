// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/limits.h"
#include "server/core/core.h"
#include "server/core/live/hub.h"
#include "server/core/messages.h"
#include "server/core/principal.h"
#include "server/net/websocket.h"
#include "server/ws/directdraft.h"
#include "server/ws/inbox.h"
#include "server/ws/sendgate.h"
#include "server/ws/stepqueue.h"

#include <QObject>

#include <chrono>
#include <memory>
#include <type_traits>

namespace rookery::ws {

class MembersLists;
class Session;
class UsersLists;

/// Who made the sessions.
class SessionOwner
{
public:
    /// The session does nothing any more. Called once, also from inside the session's own calls: it is to be
    /// deleted later.
    virtual void sessionFinished(Session *session) = 0;
    /// Destroys it once the event loop turns, since one of its calls may be on the stack.
    virtual void discard(std::shared_ptr<void> object) = 0;

protected:
    ~SessionOwner() = default;
};

/// What every session shares; outlives them all.
struct SessionContext
{
    core::Core core;
    Limits limits;
    UsersLists *usersLists;
    MembersLists *membersLists;
    SessionOwner *owner;
};

/// One authenticated socket. The base of the dialects: listens to the socket, keeps what comes too early,
/// speaks to the hub, and knows how to end. Does not own the socket. Lives on the reactor's thread.
///
/// There are many and nearly all are idle: what a session needs only for a while is made for that while, the
/// QObject included that stands for it in calls of the core.
class Session : private core::SessionListener, private net::WebSocket::Listener
{
public:
    Session(const SessionContext &context, net::WebSocket *socket, core::Principal principal);
    ~Session() override;

    /// Opens the dialect; `early` came while the user was being admitted.
    void start(Inbox early);
    /// Says goodbye with a jittered time to come back after and closes with 1012, once every message that was
    /// accepted has been answered.
    void leave();

    size_t index = 0; ///< for the owner

protected:
    using SentHandler = std::function<void(const Result<core::Sent> &)>;

    /// Makes the session ready, at once or later, and then calls opened(). Frames are kept until then.
    virtual void open() = 0;
    virtual void handle(const QByteArray &utf8) = 0;
    /// The socket takes history again (see canTakeHistory()).
    virtual void resume() { }
    /// What the dialect says before it closes with 1012.
    virtual void farewell(std::chrono::milliseconds /*retryAfter*/) { }
    void publishDirect(const core::Broadcast & /*broadcast*/) override { }
    void membershipChanged(const Room & /*room*/, bool /*member*/) override { }

    /// Draws from the budget of the user and the network. A socket is never refused for it: nothing more is
    /// read from it, and its history waits, for as long as this answers. What could not be drawn stays as a
    /// debt; spend(0) tries again.
    std::chrono::milliseconds spend(int microseconds);

    void opened();
    /// Frames are kept again until the next opened().
    void hold() { m_open = false; }

    void send(const QByteArray &utf8);
    /// Of wholeFrame(), for frames that many sockets share. An empty one is left out.
    void sendFrame(const QByteArray &frame);
    void sendError(const Error &error);
    /// An error frame, then the end.
    void refuse(const Error &error, CloseCode code);
    void close(CloseCode code, const QString &reason);

    /// Half of the outbound queue is kept free for what cannot wait, so that history never pushes a reader
    /// who keeps up over the bound. Where it is false, resume() follows.
    bool canTakeHistory() const;

    /// Sends to a room that came from core::Rooms for this user. `done` may be called at once.
    void sendToRoom(
        std::shared_ptr<const Room> room, core::Draft draft, const QString &textField, SentHandler done);
    /// Edits, and deletes, a message of such a room; in order with what is sent to it.
    void editInRoom(const std::shared_ptr<const Room> &room, qint64 target, core::Draft draft,
        const QString &textField, SentHandler done);
    void deleteInRoom(
        const std::shared_ptr<const Room> &room, qint64 target, core::Draft draft, SentHandler done);
    /// Sends to a user, one message after the other; the draft's sender must be this user.
    void sendToUser(const DirectDraft &draft, SentHandler done);

    /// What a call of the core is given: its context, and its answer, which does not come once the session
    /// is gone.
    QObject *callContext();
    template <typename Handler>
    auto answered(Handler handler)
    {
        ++m_calls;
        // Not a template where there is nothing to take: Qt since 6.7 asks for the functor's own signature.
        if constexpr (std::is_invocable_v<const Handler &>) {
            return [this, handler = std::move(handler)] {
                handler();
                callAnswered();
            };
        } else {
            return [this, handler = std::move(handler)](auto &&...result) {
                handler(result...);
                callAnswered();
            };
        }
    }
    void discard(std::shared_ptr<void> object) { m_context.owner->discard(std::move(object)); }

    /// No more requests are taken: the session is over, or about to be.
    bool isEnding() const { return m_ended || m_leaving; }
    /// Requests that wait for an answer of the core and must keep their order. While many wait, nothing more
    /// is read from the socket. `bytes` is about what the step keeps in memory.
    void addStep(qsizetype bytes, std::function<void()> step);
    void stepFinished();
    bool hasSteps() const { return m_steps && !m_steps->isIdle(); }
    /// Answers a message that is refused before it is known which room it goes to, if there is one.
    void refuseMessage(const core::Draft &draft, const Error &error, const SentHandler &done);

    const core::Principal &principal() const { return m_principal; }
    const User &user() const override { return m_principal.user; }
    const QString &sessionId() const override { return m_principal.sessionId; }
    const core::Core &core() const { return m_context.core; }
    const SessionContext &context() const { return m_context; }

private:
    void end(CloseCode code, const QString &reason) override;
    void textReceived(const QByteArray &utf8) override;
    void pongReceived(const QByteArray &payload) override;
    void otherFramesReceived(int count) override;
    void drained() override;
    void closed(quint16 code) override;
    bool keep(const QByteArray &utf8);
    /// handle(), and what that took beyond its price.
    void handlePaid(const QByteArray &utf8);
    void handleKept();
    void messageAnswered();
    /// Before a message is given to the core. `line`: of those that keep their order, a room's id, or
    /// all direct messages. False where it was refused, and answered.
    bool admit(const QString &line, core::Draft &draft, const SentHandler &done);
    /// Counts a message. Reading pauses where the user sends faster than the limit, so that messages are
    /// late instead of lost and keep their order.
    std::optional<Error> pace(core::Draft &draft);
    /// Gives to the core what admit() lets through: `call` with the draft and what it is answered by.
    using CoreCall = std::function<void(core::Draft draft, SentHandler answer)>;
    void submit(const QString &line, core::Draft draft, SentHandler done, const CoreCall &call);
    /// Answers a message that admit() let through.
    void answer(const QString &line, const SendGate::ClientId &clientId, const Result<core::Sent> &sent,
        const SentHandler &done);
    /// Answers a refusal, which closes the line where it will pass (SendGate).
    void refused(const QString &line, const SendGate::ClientId &clientId, const Error &error,
        bool wasAccepted, const SentHandler &done);
    void askWhatWasSeen();
    void pauseReading(std::chrono::milliseconds time);
    bool hasManySteps() const { return m_steps && m_steps->isLong(); }
    void callAnswered();
    void closeForRestart();
    void finish();

    const SessionContext &m_context;
    net::WebSocket *m_socket; ///< null once it is over
    core::Principal m_principal;
    std::unique_ptr<Inbox> m_inbox; ///< while it holds something
    std::unique_ptr<StepQueue> m_steps; ///< once it is used
    std::unique_ptr<QObject> m_callContext; ///< while calls are not answered
    int m_credit = 0; ///< of the user's budget, in microseconds
    int m_calls = 0;
    int m_unanswered = 0; ///< messages given to the core
    int m_retryAfterMs = 0; ///< of leave()
    std::unique_ptr<SendGate> m_gate; ///< while messages to some room are refused
    std::shared_ptr<store::MessageChain> m_chain; ///< of the messages given to the core
    bool m_open = false;
    bool m_handling = false;
    bool m_leaving = false;
    bool m_ended = false;
};

} // namespace rookery::ws
