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

/// The owner of all sessions.
class SessionOwner
{
public:
    /// The session is over. Called once, possibly from inside one of the session's functions: delete it
    /// later.
    virtual void sessionFinished(Session *session) = 0;
    /// Destroys the object in the next turn of the event loop, since one of its functions may be on the
    /// stack.
    virtual void discard(std::shared_ptr<void> object) = 0;

protected:
    ~SessionOwner() = default;
};

/// Shared by all sessions; outlives them.
struct SessionContext
{
    core::Core core;
    Limits limits;
    UsersLists *usersLists;
    MembersLists *membersLists;
    SessionOwner *owner;
};

/// One authenticated socket; base class of the dialects' sessions. It listens to the socket, keeps frames
/// that come too early, talks to the hub and handles the end. Does not own the socket. Lives on the reactor's
/// thread.
///
/// There are many sessions, nearly all idle: parts that are needed only for a while exist only for that
/// while, including the QObject that is the context of its calls into the core.
class Session : private core::SessionListener, private net::WebSocket::Listener
{
public:
    Session(const SessionContext &context, net::WebSocket *socket, core::Principal principal);
    ~Session() override;

    /// Starts the session. `early`: frames received while the user was being admitted.
    void start(Inbox early);
    /// Sends a jittered retry time and closes with 1012, once every accepted message has been answered.
    void leave();

    size_t index = 0; ///< for the owner

protected:
    using SentHandler = std::function<void(const Result<core::Sent> &)>;

    /// Prepares the session, at once or later, then calls opened(). Frames are kept until then.
    virtual void open() = 0;
    virtual void handle(const QByteArray &utf8) = 0;
    /// There is room for history again (see canTakeHistory()).
    virtual void resume() { }
    /// The dialect's last frame before it closes with 1012.
    virtual void farewell(std::chrono::milliseconds /*retryAfter*/) { }
    void publishDirect(const core::Broadcast & /*broadcast*/) override { }
    void membershipChanged(const Room & /*room*/, bool /*member*/) override { }

    /// Charges the budget of the user and the network. A socket is never refused for it; it is not read, and
    /// its history waits, for the returned time. What the budget does not cover stays a debt; spend(0) tries
    /// again.
    std::chrono::milliseconds spend(int microseconds);

    void opened();
    /// Keeps frames again until the next opened().
    void hold() { m_open = false; }

    void send(const QByteArray &utf8);
    /// Of wholeFrame(), for frames that many sockets share. An empty one is left out.
    void sendFrame(const QByteArray &frame);
    void sendError(const Error &error);
    /// An error frame, then the end.
    void refuse(const Error &error, CloseCode code);
    void close(CloseCode code, const QString &reason);

    /// Half of the outbound queue is reserved for what cannot wait, so that history never pushes a client
    /// that keeps up past the bound. If this is false, resume() will be called.
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

    /// No more requests are accepted: the session is over or ending.
    bool isEnding() const { return m_ended || m_leaving; }
    /// Queues a request that waits for the core and must keep its order. While many are waiting, the socket
    /// is not read. `bytes`: roughly the memory that the step holds.
    void addStep(qsizetype bytes, std::function<void()> step);
    /// Calls `act`, which passes on a message that was received then and has waited since (SendGate).
    void afterWaiting(std::chrono::steady_clock::time_point received, const std::function<void()> &act);
    void stepFinished();
    bool hasSteps() const { return m_steps && !m_steps->isIdle(); }
    /// Answers a message that is refused before its room is known.
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
    /// Calls handle() and charges the time that it took beyond its price.
    void handlePaid(const QByteArray &utf8);
    void handleKept();
    void messageAnswered();
    /// Called before a message goes to the core. `line`: the messages that it keeps its order with, by a
    /// room's id or all direct messages. False if it was refused; then it has been answered.
    bool admit(const QString &line, core::Draft &draft, const SentHandler &done);
    /// Counts a message. If the user sends faster than the limit, reading pauses: messages are late instead
    /// of lost, and stay in order.
    std::optional<Error> pace(core::Draft &draft);
    /// Passes a message that admit() let through to the core: calls `call` with the draft and its callback.
    using CoreCall = std::function<void(core::Draft draft, SentHandler answer)>;
    void submit(const QString &line, core::Draft draft, SentHandler done, const CoreCall &call);
    /// Answers a message that admit() let through.
    void answer(const QString &line, const SendGate::ClientId &clientId, const Result<core::Sent> &sent,
        const SentHandler &done);
    /// Answers a refusal; a temporary one closes the line (SendGate).
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
    std::optional<std::chrono::steady_clock::time_point> m_received; ///< in afterWaiting()
    bool m_open = false;
    bool m_handling = false;
    bool m_leaving = false;
    bool m_ended = false;
};

} // namespace rookery::ws
