// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/core/core.h"
#include "server/core/live/hub.h"

namespace rookery::core {

/// What a feed gives to its socket. None of these may delete the feed; delete it later.
class FeedSink
{
public:
    virtual ~FeedSink() = default;
    /// The next event in seq order, without a gap. `history`: it comes from the log.
    virtual void feedEvent(const Broadcast &broadcast, bool history) = 0;
    /// Whether history has only messages, without deleted ones. Live events are of all kinds in any case.
    /// Constant.
    virtual bool feedMessagesOnly() const { return false; }
    /// The room has another name or topic, which Feed::room() returns from now on. Called before the event is
    /// delivered, also if the feed is still catching up and delivers it later.
    virtual void feedRoomChanged() { }
    /// Whether feedMemberChanged() is called; constant.
    virtual bool feedHearsMembers() const { return false; }
    virtual void feedMemberChanged(const MemberChange & /*change*/) { }
    /// See RoomListener::readsMembersLater(); constant.
    virtual bool feedReadsMembersLater() const { return false; }
    /// There were more changes of presence than are sent in one second.
    virtual void feedPresenceBehind(const PresenceCount & /*count*/) { }
    /// Whether there is room for changes of members. If false, Feed::resume() must be called later.
    virtual bool feedTakesMembers() const { return feedReady(); }
    /// The socket had no room for some changes of members, and has room now: the members must be read again.
    virtual void feedMembersMissed() { }
    /// The feed has caught up for the first time, and is live. Possibly called from inside start().
    virtual void feedLive() { }
    /// The feed has ended: the user may no longer be in the room, or its history cannot be read.
    virtual void feedEnded(const Error &error) = 0;
    /// Charges the socket's user for a page of history (core/costs.h). Returns how long to wait before the
    /// page is read, or before the next call with 0 if the user is in debt.
    virtual std::chrono::milliseconds feedPays(int /*microseconds*/) { return {}; }
    /// Whether the socket can take an event of history now. If false, Feed::resume() must be called later.
    virtual bool feedReady() const = 0;
};

/// One socket's subscription to one room: first the log from some seq on, page by page as the socket drains,
/// then live events. If a live event jumps in seq, or headIs() says that one is missing, the feed goes back
/// to the log (resources/docs/guarantees.md, 4 and 5). Its user is online in the room while it exists. Owned
/// by the session; lives on the reactor's thread. Every idle socket has one, so data for catching up is
/// allocated only meanwhile.
class Feed final : private RoomListener
{
public:
    /// Registers with the hub: the user is online from now on. Delivers nothing before start(). `core`,
    /// `user` and `sink` are not owned and must outlive stop().
    Feed(const Core &core, const User &user, const Room &room, FeedSink *sink);
    Feed(const Feed &) = delete;
    Feed &operator=(const Feed &) = delete;
    ~Feed() override;

    /// Delivers everything after `seq`; for live events only, pass Room::lastSeq of the constructor's room.
    /// The log is read unless the hub knows that it has nothing newer. `newest`: the result of
    /// Hub::newestSeq(), if the caller knows it.
    void start(qint64 seq, std::optional<qint64> newest = std::nullopt);
    /// Delivers the last `count` messages of the log, and everything after them.
    void startWithLast(qint64 count);
    /// The sink can take more.
    void resume();
    /// Ends the delivery; the user is not online through this feed any more.
    void stop();

    /// The copy that all sockets of this thread share (Hub::sharedRoom()).
    const Room &room() const { return *m_room; }
    const std::shared_ptr<const Room> &sharedRoom() const { return m_room; }
    bool isLive() const { return m_state == State::Live; }

private:
    enum class State : quint8 { Idle, CatchingUp, Live, Ended };
    struct CatchUp;

    const User &user() const override { return m_user; }
    Role role() const override { return m_role; }
    bool hearsMembers() const override { return m_sink->feedHearsMembers(); }
    bool readsMembersLater() const override { return m_sink->feedReadsMembersLater(); }
    void publish(const Broadcast &broadcast) override;
    void memberChanged(const MemberChange &change) override;
    void presenceBehind(const PresenceCount &count) override;
    void headIs(qint64 seq) override;
    void evicted() override;

    void tellMissed();
    void fallBehind(qint64 newest);
    void catchUp();
    /// Looks for the start that startWithLast() asked for.
    void goBack(const Page &page);
    void deliverPage();
    void readPage();
    void payForPage(int microseconds);
    void readPageNow();
    void pageRead(const Result<Page> &page);
    void goLive();
    void deliver(const Broadcast &broadcast, bool history);

    const Core &m_core;
    const User &m_user;
    std::shared_ptr<const Room> m_room;
    FeedSink *m_sink;
    std::unique_ptr<CatchUp> m_catchUp; ///< while the state is CatchingUp
    qint64 m_seq = 0; ///< delivered up to here
    State m_state = State::Idle;
    Role m_role;
    bool m_announcedLive = false;
    bool m_missedMembers = false; ///< some changes, because the socket was full
};

} // namespace rookery::core
