// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/closecode.h"
#include "server/bus/bus.h"
#include "server/core/live/broadcast.h"
#include "server/core/live/memberchange.h"
#include "server/core/live/presencelist.h"
#include "server/core/live/presencenews.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QHash>
#include <QObject>

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rookery::core {

/// One socket's place in one room, as the hub sees it (core/feed.h is the implementation).
class RoomListener
{
public:
    virtual ~RoomListener() = default;
    virtual const User &user() const = 0;
    /// What the user was in the room when the listener was made.
    virtual Role role() const = 0;
    /// Whether memberChanged() is called; constant.
    virtual bool hearsMembers() const = 0;
    /// A live event, in the order of the commits. It may jump in seq; the listener heals the gap itself.
    virtual void publish(const Broadcast &broadcast) = 0;
    /// The new state of a user in the room: of others when they come online or go, of anybody whose
    /// membership changes. Membership at once, presence as Hub::addListener() says.
    virtual void memberChanged(const MemberChange &change) = 0;
    /// Whether it reads who is there some time after it was added, so that it has to hear of everybody who
    /// came or went meanwhile, whatever their state is by then; constant.
    virtual bool readsMembersLater() const { return false; }
    /// More have come and gone than are told in one second. The others' turn comes.
    virtual void presenceBehind(const PresenceCount & /*count*/) { }
    /// The listener's user may no longer be here (left, removed). The hub has already let go of it.
    virtual void evicted() = 0;
};

/// One socket's log-in, as the hub sees it (server/ws implements it once per dialect).
class SessionListener
{
public:
    virtual ~SessionListener() = default;
    virtual const User &user() const = 0;
    /// Empty for guests.
    virtual const QString &sessionId() const = 0;
    /// A message in a direct room that this user is one of the two of; also what this user sent.
    virtual void publishDirect(const Broadcast &broadcast) = 0;
    /// The user became a member of this room, stopped being one, or has another role there, which is
    /// `room.role`.
    virtual void membershipChanged(const Room &room, bool member) = 0;
    /// The user is invited into a room, or is not any more.
    virtual void invitationChanged(const Invitation & /*invitation*/, bool /*open*/) { }
    /// An event of the user's self stream, in the order of the commits. It may jump in seq.
    virtual void selfEvent(const SelfEvent & /*event*/) { }
    /// The session is revoked or the server leaves: say so and close. The listener removes itself from the
    /// hub in its own time.
    virtual void end(CloseCode code, const QString &reason) = 0;

private:
    friend class Hub;
    SessionListener *m_nextOfUser = nullptr; ///< the hub's own
};

/// Who is connected to this thread and who listens to what: routes events, membership and presence to
/// sockets. What concerns sockets of other threads too goes over the bus, which brings theirs. Knows no rules
/// and no dialects, stores nothing. Lives on its I/O thread. A listener or session may add and remove others,
/// and itself, from inside any call that it gets.
class Hub : public QObject
{
    Q_OBJECT
public:
    /// Without a bus it is alone.
    explicit Hub(bus::Bus *bus = nullptr, QObject *parent = nullptr);
    ~Hub() override;

    /// Sessions and listeners are not owned: who adds one removes it before it dies.
    void addSession(SessionListener *session);
    void removeSession(SessionListener *session);

    /// Presence follows: the first listener of a user in a room, on whatever thread, makes that user online
    /// there, which everybody else in the room is told; the last one that goes makes the user offline.
    ///
    /// A room in which nobody came or went for a second is told at once; what happens after that is told once
    /// a second, as one difference per user and at most presenceBytes of frames per listener (THREATS 33). A
    /// new listener is told only what has changed since it was added.
    void addListener(const QString &roomId, RoomListener *listener);
    void removeListener(const QString &roomId, RoomListener *listener);
    /// The listener has just seen anew who is online, and is told only what changes from here on.
    void noteSeen(const QString &roomId, const RoomListener *listener);

    /// What the bus brings, which calls it by itself; for tests without one.
    ///
    /// A change of membership comes as the event that it is: the room's listeners hear that first. Then the
    /// room's members are told of the new role, and so are the user's sessions, and the user's listeners are
    /// evicted from a room that they may not read any more. So nobody is told anything that happened after
    /// their removal.
    void hear(const bus::Notice &notice);
    /// The user is invited into a room, or is not any more: tells the user's sessions, on every thread.
    void noteInvitation(const Invitation &invitation, const User &invited, bool open);
    /// Tells every socket of one session to close (4001), on every thread.
    void endSession(const QString &sessionId, const QString &reason);

    /// To every listener of the room on this thread, and, where the room is direct, to every session of its
    /// two users. The bus calls it with every event that is committed.
    void publish(const Broadcast &broadcast);

    /// How often somebody has lost sight of a room of this kind, as far as this thread has heard. Who asks
    /// the store what somebody is in a room, and finds that this has grown when the answer comes, asks again:
    /// a listener that is added on the strength of the older answer would never be evicted.
    quint64 removals(RoomKind kind) const { return kind == RoomKind::Public ? m_bans : m_removals; }

    /// Whether some thread is so far behind with its deliveries that nothing new should come in for a while.
    bool isCongested() const { return m_bus && m_bus->isCongested(); }

    /// On whatever thread.
    QList<User> onlineIn(const QString &roomId) const;
    /// The same, of those whose ids come after this one, at most so many, in the order of their ids.
    QList<Member> onlineIn(const QString &roomId, const QString &afterUser, qsizetype most) const;
    qsizetype onlineCount(const QString &roomId) const;
    bool isOnlineIn(const QString &roomId, const QString &userId) const;
    /// The room as nobody in particular sees it, without a lastSeq: one copy that all listeners of this
    /// thread share while there are any. Only of a room that has a listener here.
    std::shared_ptr<const Room> sharedRoom(const Room &room);
    /// A seq behind which every event of the room comes to whoever is its listener here by now, so that who
    /// has everything up to it misses nothing. Not known of a room before somebody who listens to it has
    /// heard an event or asked the store.
    std::optional<qint64> newestSeq(const QString &roomId) const;
    /// A listener of the room has learnt from the store, since it is one, that this is its newest event.
    void noteNewest(const QString &roomId, qint64 seq);
    /// On this thread.
    int sessionCount() const { return m_sessionCount; }

Q_SIGNALS:
    /// A socket of this session has come to this thread, and has gone again; not of guests.
    void socketOpened(const QString &sessionId);
    void socketClosed(const QString &sessionId);
    /// Every event that goes out, before the first listener has it.
    void published(const rookery::core::Broadcast &broadcast);
    /// Every change of a member, once and at once, whenever the listeners hear of it; also where there are
    /// none.
    void memberChanged(const rookery::core::MemberChange &change);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Channel
    {
        std::vector<RoomListener *> listeners; ///< null where one was removed during a dispatch
        std::vector<RoomListener *> membersListeners; ///< those of them that hear of members; null likewise
        PresenceList online;
        std::shared_ptr<const Room> room; ///< once a listener here has asked for it
        std::unique_ptr<PresenceNews>
            news; ///< for a second after presence was told, or as long as some waits
        qint64 newest = -1; ///< see newestSeq()
        int dispatching = 0;
        bool holes = false; ///< in one of the two
    };
    using Listeners = std::vector<RoomListener *> Channel::*;

    Channel &channelOf(const QString &roomId);
    void take(const bus::EventCommitted &notice);
    void take(const bus::MembershipChanged &notice);
    void take(const bus::InvitationChanged &notice);
    void take(const bus::PresenceChanged &notice);
    void take(const bus::SessionEnded &notice);
    void take(const bus::SelfEventCommitted &notice);
    void say(bus::Notice notice);

    /// `before`: what the user was.
    void applyMembership(const Room &room, const User &user, Role before);
    void evict(const QString &roomId, const User &user);
    void applyEnd(const QString &sessionId, const QString &reason);
    void tellMembership(const QString &roomId, const Member &member);
    void tellPresence(const QString &roomId, const Member &member);
    void tell(const QString &roomId, const std::list<PresenceNews::Change> &changes,
        const PresenceNews::Newcomers &newcomers);
    /// What waits of the room, or of one user in it.
    void tellNews(const QString &roomId);
    void tellNewsOf(const QString &roomId, const QString &userId);
    void scheduleNews(const QString &roomId, PresenceNews *news);

    template <typename Call>
    void forEachListener(const QString &roomId, Listeners which, Call call);
    bool hasSession(const QString &userId, const SessionListener *session) const;
    template <typename Call>
    void forEachSessionOf(const QString &userId, Call call);
    void compact(const QString &roomId);

    bus::Bus *m_bus;
    QHash<QString, SessionListener *> m_sessions; ///< by user id, the last that came; each knows the next
    int m_sessionCount = 0;
    quint64 m_removals = 0; ///< from rooms that only members see
    quint64 m_bans = 0; ///< from public rooms
    QString m_epoch; ///< of the rooms; nearly always the same one for all, kept once
    /// By room id; those that somebody listens to, on whatever thread.
    std::unordered_map<QString, std::unique_ptr<Channel>> m_channels;
    std::deque<std::pair<qint64, QString>> m_newsDue; ///< when news of which room are due, the first first
    QBasicTimer m_newsTimer; ///< while there are any
    QElapsedTimer m_clock;
};

} // namespace rookery::core
