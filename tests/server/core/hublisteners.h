// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/hub.h"
#include "tests/support/roles.h"

#include <functional>

namespace rookery::test {

using namespace rookery::core;

inline const QString roomId = QStringLiteral("room");

inline User user(const char *name)
{
    return {QStringLiteral("id-") + QLatin1String(name), QString::fromUtf8(name)};
}

inline std::shared_ptr<const Room> room(RoomKind kind = RoomKind::Public, QList<User> peers = {})
{
    Room made;
    made.id = roomId;
    made.kind = kind;
    made.peers = peers;
    return std::make_shared<const Room>(made);
}

inline Broadcast message(qint64 seq, std::shared_ptr<const Room> in = room())
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = seq;
    return Broadcast(event, in);
}

class Listener : public RoomListener
{
public:
    explicit Listener(User who, bool isMember_ = false)
        : m_user(std::move(who))
        , m_member(isMember_)
    { }
    const User &user() const override { return m_user; }
    Role role() const override { return memberOrNot(m_member); }
    void publish(const Broadcast &broadcast) override
    {
        heard.append(broadcast.event().seq);
        if (onPublish)
            onPublish();
    }
    bool hearsMembers() const override { return true; }
    bool readsMembersLater() const override { return readsLater; }
    void memberChanged(const MemberChange &change) override { members.append(change.member()); }
    void presenceBehind(const PresenceCount &count) override { counts.append(count.online()); }
    void evicted() override { ++evictions; }

    QList<qint64> heard;
    QList<Member> members;
    QList<qint64> counts;
    int evictions = 0;
    bool readsLater = false;
    std::function<void()> onPublish;

private:
    User m_user;
    bool m_member;
};

class Session : public SessionListener
{
public:
    Session(User who, QString id)
        : m_user(std::move(who))
        , m_id(std::move(id))
    { }
    const User &user() const override { return m_user; }
    const QString &sessionId() const override { return m_id; }
    void publishDirect(const Broadcast &broadcast) override { heard.append(broadcast.event().seq); }
    void membershipChanged(const Room &, bool member) override { memberships.append(member); }
    void end(CloseCode code, const QString &) override { ended.append(code); }

    QList<qint64> heard;
    QList<bool> memberships;
    QList<CloseCode> ended;

private:
    User m_user;
    QString m_id;
};

} // namespace rookery::test
