#pragma once

#include "server/core/core.h"
#include "server/core/feed.h"

#include <QHash>
#include <QJsonValue>
#include <QObject>

namespace rookery::ws {

class NativeSubscription;

/// What a client asked for by `subscribe`, or by one entry of `hello`.
struct SubscriptionRequest
{
    QJsonValue ref;
    QString room; ///< id or name, as the client wrote it
    std::optional<QString> epoch;
    std::optional<qint64> seq; ///< missing: live events only
    bool resumed = false; ///< named by `hello`: whoever asks by `subscribe` goes before it
    bool finding = false; ///< the room is being looked up
    bool withdrawn = false; ///< answered already, by `unsubscribe`
};

/// The socket, as its subscriptions see it.
class SubscriptionOwner
{
public:
    virtual ~SubscriptionOwner() = default;
    virtual void deliver(const QByteArray &utf8) = 0;
    /// Whether the socket takes history; if not, resume() is called later.
    virtual bool canDeliver() const = 0;
    /// What was missed has been delivered; called once.
    virtual void subscriptionSettled(NativeSubscription *subscription) = 0;
    /// The subscription is over; the owner retires it.
    virtual void subscriptionEnded(NativeSubscription *subscription, const Error &error) = 0;
};

/// One room on a native socket: `subscribed`, then what was missed, then live events and members. Owned by
/// the session; lives on the reactor's thread.
class NativeSubscription : public QObject, private core::FeedSink
{
    Q_OBJECT
public:
    /// The user is online in the room from here on.
    NativeSubscription(SubscriptionOwner *owner, const core::Core &core, const core::Principal &principal,
        const Room &room, SubscriptionRequest request);

    /// Reads who is there, answers the request and starts the events.
    void open();
    /// The socket takes history again.
    void resume();
    /// Delivers nothing from now on.
    void silence() { m_owner = nullptr; }

    const Room &room() const { return m_feed.room(); }
    std::shared_ptr<const Room> sharedRoom() const { return m_feed.sharedRoom(); }
    const QJsonValue &ref() const { return m_request.ref; }
    /// Whether the request has been answered by `subscribed`.
    bool isAnswered() const { return m_answered; }
    /// Whether the feed has caught up, for the first time.
    bool isSettled() const { return m_settled; }

private:
    void membersRead(const Result<QList<Member>> &members);
    /// Once the socket can take it.
    void answer();

    void feedEvent(const core::Broadcast &broadcast, bool history) override;
    bool feedHearsMembers() const override { return true; }
    void feedMemberChanged(const core::MemberChange &change) override;
    void feedLive(const Room &room) override;
    void feedEnded(const Room &room, const Error &error) override;
    bool feedReady() const override;

    SubscriptionOwner *m_owner; ///< null once silenced
    core::Core m_core;
    SubscriptionRequest m_request;
    QList<Member> m_members; ///< read, until the request is answered
    QHash<QString, Member> m_early; ///< changes that came before `subscribed`, the last of each user
    bool m_answered = false;
    bool m_settled = false;
    mutable bool m_waiting = false; ///< something waits for resume()
    core::Feed m_feed;
};

} // namespace rookery::ws
