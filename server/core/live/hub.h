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
#include <QPointer>

#include <deque>
#include <functional>
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
    /// Whether memberChanged() is called. Constant.
    virtual bool hearsMembers() const = 0;
    /// A live event, in the order of the commits. Its seq may jump; the listener reads the gap from the
    /// store.
    virtual void publish(const Broadcast &broadcast) = 0;
    /// The new state of a user in the room: presence of other users, membership of any user. Membership is
    /// sent at once, presence as described at Hub::addListener().
    virtual void memberChanged(const MemberChange &change) = 0;
    /// Whether it reads the list of users some time after it was added. Then it is told of every user whose
    /// presence changed meanwhile, even if they are as before. Constant.
    virtual bool readsMembersLater() const { return false; }
    /// There were more changes of presence than are sent in one second. The rest follows.
    virtual void presenceBehind(const PresenceCount & /*count*/) { }
    /// The room's newest event in the store has this seq. Its notice may have been lost.
    virtual void headIs(qint64 /*seq*/) { }
    /// The user may no longer be in the room (left, removed). The hub has removed the listener already.
    virtual void evicted() = 0;
};

/// One logged-in socket, as the hub sees it (server/ws implements it once per dialect).
class SessionListener
{
public:
    virtual ~SessionListener() = default;
    virtual const User &user() const = 0;
    /// Empty for guests.
    virtual const QString &sessionId() const = 0;
    /// A message in a direct room of this user, from either of the two.
    virtual void publishDirect(const Broadcast &broadcast) = 0;
    /// The user became a member of this room, stopped being one, or has another role there, which is
    /// `room.role`.
    virtual void membershipChanged(const Room &room, bool member) = 0;
    /// The user is invited into a room, or is not any more.
    virtual void invitationChanged(const Invitation & /*invitation*/, bool /*open*/) { }
    /// An event of the user's self stream, in the order of the commits. It may jump in seq.
    virtual void selfEvent(const SelfEvent & /*event*/) { }
    /// The session was revoked or the server is shutting down: say so and close. The listener removes itself
    /// from the hub later.
    virtual void end(CloseCode code, const QString &reason) = 0;

private:
    friend class Hub;
    SessionListener *m_nextOfUser = nullptr; ///< the hub's own
};

/// Who is connected to this thread and who listens to what: routes events, membership and presence to
/// sockets. What concerns sockets of other threads too goes over the bus, which brings theirs: of the rooms
/// and users that somebody here listens to. Knows no rules and no dialects, stores nothing. Lives on its I/O
/// thread. A listener or session may add and remove others, and itself, from inside any call that it gets.
class Hub : public QObject
{
    Q_OBJECT
public:
    /// `bus`: null if there are no other hubs.
    explicit Hub(bus::Bus *bus = nullptr, QObject *parent = nullptr);
    ~Hub() override;

    /// Sessions and listeners are not owned, and must be removed before they are destroyed.
    void addSession(SessionListener *session);
    void removeSession(SessionListener *session);

    /// A user is online in a room while there is a listener of theirs, on any thread; other listeners are
    /// told when that changes.
    ///
    /// The first change of presence in a room is sent at once. Further ones are sent once a second, as one
    /// difference for each user and at most presenceBytes of frames for each listener (THREATS 33). A new
    /// listener is told only what has changed since it was added. While it is not known who is online on
    /// other threads, presence is not sent at all; see whenPresenceIsKnown().
    void addListener(const QString &roomId, RoomListener *listener);
    void removeListener(const QString &roomId, RoomListener *listener);
    /// The listener has just read the list of users again, and is told only what changes from now on.
    void noteSeen(const QString &roomId, const RoomListener *listener);

    /// Handles a notice. The bus calls it; public for tests without one.
    ///
    /// A change of membership is an event, which the room's listeners get first. Then the room's members and
    /// the user's sessions are told the new role, and the user's listeners are evicted if they may not read
    /// the room any more. So nobody is told anything that happened after their removal.
    void hear(const bus::Notice &notice);
    /// Tells the user's sessions on every thread of an invitation, or of its end.
    void noteInvitation(const Invitation &invitation, const User &invited, bool open);
    /// Tells every socket of one session to close (4001), on every thread.
    void endSession(const QString &sessionId, const QString &reason);

    /// Delivers an event to every listener of the room on this thread and, if the room is direct, to every
    /// session of its two users.
    void publish(const Broadcast &broadcast);

    /// How often somebody has lost sight of a room of this kind, as far as this thread has heard. Whoever
    /// asks the store what a user is in a room compares it before and after, and asks again if it has grown.
    ///
    /// Two answers need it. A listener that is added on an answer from before the removal would not be
    /// evicted, as the removal was heard before there was a listener. And a page of members is shared by all
    /// who ask, so the store cannot check one reader in the snapshot that it reads, as it does for pages of
    /// history. Both hold within one process, where a removal reaches every thread before later answers of
    /// the store do. Between processes the notice may come later: then the listener is evicted when it comes.
    quint64 removals(RoomKind kind) const { return kind == RoomKind::Public ? m_bans : m_removals; }

    /// Whether a thread is so far behind with its deliveries that new messages should be refused for a while.
    bool isCongested() const { return m_bus && m_bus->isCongested(); }

    /// Counted: until unwatch() the hub hears everything of the room, as if it had a listener.
    void watch(const QString &roomId);
    void unwatch(const QString &roomId);
    /// Calls back once it is known who is online in the room on other threads, perhaps from inside this call;
    /// not at all once the context is destroyed. The room is watched until then. Known of every room with a
    /// listener or watcher, from soon after the first of them on.
    void whenPresenceIsKnown(const QString &roomId, QObject *context, std::function<void()> done);

    /// On whatever thread, where presence is known; otherwise on this one.
    QList<User> onlineIn(const QString &roomId) const;
    /// The same, of users with larger ids than `afterUser`, at most `most`, in the order of their ids.
    QList<Member> onlineIn(const QString &roomId, const QString &afterUser, qsizetype most) const;
    qsizetype onlineCount(const QString &roomId) const;
    bool isOnlineIn(const QString &roomId, const QString &userId) const;
    /// The room without the parts that depend on the user, and without lastSeq: one copy for all listeners of
    /// this thread. Only for a room that has a listener here.
    std::shared_ptr<const Room> sharedRoom(const Room &room);
    /// Listeners get every event of the room after this seq, so a listener that has everything up to it
    /// misses nothing. Unknown until a listener of the room has got an event or read the store.
    std::optional<qint64> newestSeq(const QString &roomId) const;
    /// A listener of the room has read in the store, after it was added, that this is the newest event.
    void noteNewest(const QString &roomId, qint64 seq);
    /// Those with a listener or watcher here.
    QStringList rooms() const;
    /// Whether the room's listeners may not have got an event of this seq yet.
    bool isBehind(const QString &roomId, qint64 seq) const;
    /// The store says that this is the room's newest event: tells the listeners, who read what they miss.
    void noteHead(const QString &roomId, qint64 seq);
    /// On this thread.
    int sessionCount() const { return m_sessionCount; }

Q_SIGNALS:
    /// A socket of this session was opened or closed on this thread. Not for guests.
    void socketOpened(const QString &sessionId);
    void socketClosed(const QString &sessionId);
    /// Every event, before the first listener gets it.
    void published(const rookery::core::Broadcast &broadcast);
    /// Every change of a member, once and at once, whenever the listeners are told.
    void memberChanged(const rookery::core::MemberChange &change);
    /// Nobody here listens to the room any more: what happens in it is not heard from now on.
    void roomForgotten(const QString &roomId);
    /// Of noteHead().
    void headNoted(const QString &roomId, qint64 seq);
    /// Events of these rooms may have been lost, as the bus says; of all rooms where there are none.
    void headsInDoubt(const QStringList &roomIds);
    /// The store has another history, of this epoch: what is known of rooms' events does not hold any more, and the
    /// sockets that were opened before it must be closed, so that their clients resume.
    void historyChanged(const QString &epoch);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    struct Waiting
    {
        QPointer<QObject> context;
        std::function<void()> done;
    };
    struct Channel
    {
        std::vector<RoomListener *> listeners; ///< null if removed during a dispatch
        std::vector<RoomListener *> membersListeners; ///< those with hearsMembers(); null likewise
        PresenceList online;
        std::shared_ptr<const Room> room; ///< once a listener here has asked for it
        std::unique_ptr<PresenceNews> news; ///< for a second after presence was sent, or while changes wait
        qint64 newest = -1; ///< see newestSeq()
        qint64 told = -1; ///< listeners got all events up to this seq, or know that they miss some
        std::vector<Waiting> waiting; ///< until presence is known
        int watchers = 0;
        int dispatching = 0;
        bool holes = false; ///< nulls in one of the two
        bool knowsPresence = false; ///< of other threads
    };
    using Listeners = std::vector<RoomListener *> Channel::*;

    Channel &channelOf(const QString &roomId);
    void take(const bus::EventCommitted &notice);
    void take(const bus::MembershipChanged &notice);
    void take(const bus::InvitationChanged &notice);
    void take(const bus::PresenceChanged &notice);
    void take(const bus::RoomPresence &notice);
    void take(const bus::SessionEnded &notice);
    void take(const bus::SelfEventCommitted &notice);
    void take(const bus::RoomHeads &notice);
    void take(const bus::NoticesLost &notice);
    void take(const bus::HistoryChanged &notice);
    void say(bus::Notice notice);

    /// `before`: what the user was.
    void applyMembership(const Room &room, const User &user, Role before);
    void evict(const QString &roomId, const User &user);
    void applyEnd(const QString &sessionId, const QString &reason);
    void tellMembership(const QString &roomId, const Member &member);
    void tellPresence(const QString &roomId, const Member &member);
    void tell(const QString &roomId, const std::list<PresenceNews::Change> &changes,
        const PresenceNews::Newcomers &newcomers);
    /// Sends the changes that wait, of the room or of one user in it.
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
    QHash<QString, SessionListener *> m_sessions; ///< by user id, the last one added; each points to the next
    int m_sessionCount = 0;
    quint64 m_removals = 0; ///< from rooms that only members see; see removals()
    quint64 m_bans = 0; ///< from public rooms
    QString m_epoch; ///< of the rooms: one copy, as nearly all have the same
    /// By room id; those with listeners or watchers.
    std::unordered_map<QString, std::unique_ptr<Channel>> m_channels;
    std::deque<std::pair<qint64, QString>> m_newsDue; ///< when the news of which room are due, in order
    QBasicTimer m_newsTimer; ///< while there are any
    QBasicTimer m_leaseTimer; ///< where there is a bus
    QElapsedTimer m_clock;
};

} // namespace rookery::core
