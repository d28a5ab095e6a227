#include "server/ws/nativesubscription.h"

#include "server/core/rooms.h"
#include "server/ws/nativeframes.h"

namespace rookery::ws {

NativeSubscription::NativeSubscription(SubscriptionOwner *owner, const core::Core &core,
    const core::Principal &principal, const Room &room, SubscriptionRequest request)
    : m_owner(owner)
    , m_core(core)
    , m_request(std::move(request))
    , m_feed(core.hub, core.messages, principal, room, this, nullptr)
{ }

void NativeSubscription::open()
{
    m_core.rooms->members(
        room(), this, [this](const Result<QList<Member>> &members) { membersRead(members); });
}

void NativeSubscription::membersRead(const Result<QList<Member>> &members)
{
    if (!m_owner)
        return;
    if (!members) {
        m_owner->subscriptionEnded(this, members.error());
        return;
    }
    m_members = *members;
    answer();
}

void NativeSubscription::answer()
{
    if (!feedReady())
        return;
    m_answered = true;
    m_owner->deliver(nativeframes::subscribed(m_request.ref, room(), std::exchange(m_members, {})));
    // A seq beyond the room's last one is of a history that this room does not have, whatever its epoch.
    const bool otherHistory = (m_request.epoch && *m_request.epoch != room().epoch)
        || (m_request.seq && *m_request.seq > room().lastSeq);
    if (otherHistory)
        m_owner->deliver(nativeframes::reset(room()));
    const auto early = std::exchange(m_early, {});
    for (const Member &member : early)
        m_owner->deliver(nativeframes::member(core::MemberChange(room().id, member)));
    m_feed.start(otherHistory ? room().lastSeq : m_request.seq.value_or(room().lastSeq));
}

void NativeSubscription::resume()
{
    if (!std::exchange(m_waiting, false))
        return;
    if (m_answered)
        m_feed.resume();
    else
        answer();
}

void NativeSubscription::feedEvent(const core::Broadcast &broadcast, bool /*history*/)
{
    if (m_owner)
        m_owner->deliver(broadcast.frame(&nativeframes::event));
}

void NativeSubscription::feedMemberChanged(const core::MemberChange &change)
{
    if (!m_owner)
        return;
    if (m_answered)
        m_owner->deliver(change.frame(&nativeframes::member));
    else
        m_early.insert(change.member().user.id, change.member());
}

void NativeSubscription::feedLive(const Room & /*room*/)
{
    m_settled = true;
    if (m_owner)
        m_owner->subscriptionSettled(this);
}

void NativeSubscription::feedEnded(const Room & /*room*/, const Error &error)
{
    if (m_owner)
        m_owner->subscriptionEnded(this, error);
}

bool NativeSubscription::feedReady() const
{
    // Nobody calls a silenced subscription back, so it needs no more history.
    const bool ready = m_owner && m_owner->canDeliver();
    m_waiting = !ready;
    return ready;
}

} // namespace rookery::ws
