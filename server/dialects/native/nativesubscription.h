// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/core.h"
#include "server/core/live/feed.h"
#include "server/dialects/native/memberslists.h"

#include <QJsonValue>

#include <map>
#include <memory>

namespace rookery::ws {

class NativeSubscription;

/// A request of a client: a `subscribe` frame, or one entry of `resume` in `hello`.
struct SubscriptionRequest
{
    /// Position among the socket's requests. Look-ups finish in any order; of one room the latest request
    /// wins.
    quint64 number;
    QJsonValue ref;
    QString room; ///< id or name, as the client wrote it
    std::optional<QString> epoch;
    std::optional<qint64> seq; ///< missing: live events only
    bool resumed = false; ///< from `hello`; `subscribe` requests go first
    bool finding = false; ///< the room is being looked up
    bool withdrawn = false; ///< answered already, by `unsubscribe`
    bool greeted = false; ///< opened on what `hello` has read of the room
};

/// What subscriptions need of their socket.
class SubscriptionOwner
{
public:
    virtual ~SubscriptionOwner() = default;
    virtual void deliver(const QByteArray &utf8) = 0;
    /// Of net::messageFrame().
    virtual void deliverFrame(const QByteArray &frame) = 0;
    /// Whether the socket takes history; if not, resume() is called later.
    virtual bool canDeliver() const = 0;
    /// As Session::spend().
    virtual std::chrono::milliseconds pay(int microseconds) = 0;
    /// The missed events have been delivered; called once.
    virtual void subscriptionSettled(NativeSubscription *subscription) = 0;
    virtual const core::Hub &hub() const = 0;
    /// A subscribed room may have a new name.
    virtual void roomRenamed() = 0;
    /// The subscription is over; the owner destroys it.
    virtual void subscriptionEnded(NativeSubscription *subscription, const Error &error) = 0;
};

/// One room on a native socket: sends `subscribed`, then the missed events, then live events and members.
/// Owned by the session; lives on the reactor's thread.
class NativeSubscription final : private core::FeedSink
{
public:
    /// The user is online in the room from here on. All arguments must outlive silence().
    NativeSubscription(SubscriptionOwner *owner, const core::Core &core, const User &user, const Room &room,
        std::shared_ptr<const SubscriptionRequest> request);
    ~NativeSubscription() override;

    /// Reads the members, answers the request and starts the events.
    void open(MembersLists *lists);
    /// The socket takes history again.
    void resume();
    /// Delivers nothing from now on and no longer counts as presence of the user.
    void silence();

    const Room &room() const { return m_feed.room(); }
    std::shared_ptr<const Room> sharedRoom() const { return m_feed.sharedRoom(); }
    /// The ref of the request; only before it has been answered.
    const QJsonValue &ref() const;
    /// The room of that request, as the client wrote it.
    const QString &askedFor() const;
    quint64 requestNumber() const { return m_requestNumber; }
    /// Whether the request has been answered by `subscribed`.
    bool isAnswered() const { return !m_opening; }
    /// SubscriptionRequest::greeted.
    bool isGreeted() const { return m_greeted; }
    /// Whether the feed has caught up once.
    bool isSettled() const { return m_settled; }

private:
    void membersRead(const Result<MembersLists::First> &members);
    /// Sends the answer, once the socket can take it.
    void answer();

    void feedEvent(const core::Broadcast &broadcast, bool history) override;
    void feedRoomChanged() override
    {
        if (m_owner)
            m_owner->roomRenamed();
    }
    bool feedHearsMembers() const override { return true; }
    bool feedReadsMembersLater() const override { return true; }
    void feedMemberChanged(const core::MemberChange &change) override;
    void feedPresenceBehind(const core::PresenceCount &count) override;
    void feedMembersMissed() override;
    void feedLive() override;
    void feedEnded(const Error &error) override;
    bool feedReady() const override;
    std::chrono::milliseconds feedPays(int microseconds) override;

    struct Opening
    {
        Opening(const Room &itsRoom, std::shared_ptr<const SubscriptionRequest> itsRequest)
            : room(itsRoom)
            , request(std::move(itsRequest))
        { }

        Room room; ///< as the user sees it
        std::shared_ptr<const SubscriptionRequest> request;
        std::optional<MembersLists::First> members; ///< once they are read
        std::map<QString, Member> early; ///< the last change of each user before the answer
        QObject context; ///< context of pending calls to the core
    };

    SubscriptionOwner *m_owner; ///< null once silenced
    const quint64 m_requestNumber;
    std::unique_ptr<Opening> m_opening; ///< until the request is answered
    core::Feed m_feed;
    const bool m_greeted;
    bool m_settled = false;
    mutable bool m_waiting = false; ///< something waits for resume()
};

} // namespace rookery::ws
