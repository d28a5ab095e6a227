// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativesubscription.h"

#include "server/dialects/native/memberslists.h"
#include "server/dialects/native/nativeframes.h"
#include "server/ws/wholeframe.h"

#include <utility>

namespace rookery::ws {

NativeSubscription::NativeSubscription(SubscriptionOwner *owner, const core::Core &core, const User &user,
    const Room &room, std::shared_ptr<const SubscriptionRequest> request)
    : m_owner(owner)
    , m_requestNumber(request->number)
    , m_opening(std::make_unique<Opening>(room, std::move(request)))
    , m_feed(core, user, room, this)
    , m_greeted(m_opening->request->greeted)
{ }

NativeSubscription::~NativeSubscription() = default;

void NativeSubscription::open(MembersLists *lists)
{
    lists->of(room(), &m_opening->context,
        [this](const Result<MembersLists::First> &members) { membersRead(members); });
}

void NativeSubscription::silence()
{
    m_owner = nullptr;
    m_feed.stop();
}

const QJsonValue &NativeSubscription::ref() const
{
    return m_opening->request->ref;
}

const QString &NativeSubscription::askedFor() const
{
    return m_opening->request->room;
}

void NativeSubscription::membersRead(const Result<MembersLists::First> &members)
{
    if (!m_owner)
        return;
    if (!members) {
        m_owner->subscriptionEnded(this, members.error());
        return;
    }
    m_opening->members = *members;
    answer();
}

void NativeSubscription::answer()
{
    if (!feedReady())
        return;
    const auto opening = std::exchange(m_opening, nullptr);
    const SubscriptionRequest &request = *opening->request;
    const Room &room = opening->room;
    m_owner->deliver(nativeframes::subscribed(request.ref, room, *opening->members));
    // A seq beyond the room's last one belongs to another history, whatever the epoch.
    const bool otherHistory =
        (request.epoch && *request.epoch != room.epoch) || (request.seq && *request.seq > room.lastSeq);
    if (otherHistory)
        m_owner->deliver(nativeframes::reset(room));
    for (const auto &[id, member] : opening->early)
        m_owner->deliver(nativeframes::member(room.id, member));
    m_feed.start(otherHistory ? room.lastSeq : request.seq.value_or(room.lastSeq));
}

void NativeSubscription::resume()
{
    if (!std::exchange(m_waiting, false))
        return;
    if (!m_opening)
        m_feed.resume();
    else if (m_opening->members)
        answer();
}

void NativeSubscription::feedEvent(const core::Broadcast &broadcast, bool /*history*/)
{
    if (m_owner)
        m_owner->deliverFrame(broadcast.frame(&wholeFrame<&nativeframes::event>));
}

void NativeSubscription::feedMemberChanged(const core::MemberChange &change)
{
    if (!m_owner)
        return;
    if (m_opening)
        m_opening->early.insert_or_assign(change.member().user.id, change.member());
    else
        m_owner->deliverFrame(change.frame(&wholeFrame<&nativeframes::memberChanged>));
}

void NativeSubscription::feedPresenceBehind(const core::PresenceCount &count)
{
    if (m_owner)
        m_owner->deliverFrame(count.frame(&wholeFrame<&nativeframes::presence>));
}

void NativeSubscription::feedMembersMissed()
{
    if (m_owner)
        m_owner->deliver(nativeframes::presence({room().id, m_owner->hub().onlineCount(room().id), true}));
}

void NativeSubscription::feedLive()
{
    m_settled = true;
    if (m_owner)
        m_owner->subscriptionSettled(this);
}

void NativeSubscription::feedEnded(const Error &error)
{
    if (m_owner)
        m_owner->subscriptionEnded(this, error);
}

std::chrono::milliseconds NativeSubscription::feedPays(int microseconds)
{
    return m_owner ? m_owner->pay(microseconds) : std::chrono::milliseconds();
}

bool NativeSubscription::feedReady() const
{
    // A silenced subscription is never resumed: it needs no more history.
    const bool ready = m_owner && m_owner->canDeliver();
    m_waiting = !ready;
    return ready;
}

} // namespace rookery::ws
