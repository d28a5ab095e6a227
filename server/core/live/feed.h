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
    /// The next event in seq order, without a gap; `history` tells whether it comes from the log.
    virtual void feedEvent(const Broadcast &broadcast, bool history) = 0;
    /// Whether feedMemberChanged() is called; constant.
    virtual bool feedHearsMembers() const { return false; }
    virtual void feedMemberChanged(const MemberChange & /*change*/) { }
    /// See RoomListener::readsMembersLater(); constant.
    virtual bool feedReadsMembersLater() const { return false; }
    /// More have come and gone than are told in one second.
    virtual void feedPresenceBehind(const PresenceCount & /*count*/) { }
    /// Whether there is room for changes of members. Where it is false, Feed::resume() follows.
    virtual bool feedTakesMembers() const { return feedReady(); }
    /// The socket had no room for changes of members, and has it now: who is there has to be read anew.
    virtual void feedMembersMissed() { }
    /// The feed has caught up for the first time; what follows is live. Possibly from inside start().
    virtual void feedLive() { }
    /// The feed is over, because the user may no longer be in the room or its history cannot be read.
    virtual void feedEnded(const Error &error) = 0;
    /// What a page of history costs the socket's user (core/costs.h): how long to wait before it is read, or
    /// before asking again with 0 where it is not paid yet.
    virtual std::chrono::milliseconds feedPays(int /*microseconds*/) { return {}; }
    /// Asked before each event of history: whether the socket can take it now. When it can again, call
    /// Feed::resume().
    virtual bool feedReady() const = 0;
};

/// One socket's subscription to one room: first the log from a point on, page by page as the socket drains,
/// then live events. A live event that jumps in seq sends it back to the log, so that a gap heals itself
/// (resources/docs/guarantees.md, 4 and 5). While it exists its user is online in the room. Owned by the
/// session; lives on the reactor's thread. There is one per idle socket, so it keeps nothing that only
/// catching up needs.
class Feed final : private RoomListener
{
public:
    /// Registers with the hub: the user is online from here on. Delivers nothing before start(). `core`,
    /// `user` and `sink` are not owned; they must be there until stop().
    Feed(const Core &core, const User &user, const Room &room, FeedSink *sink);
    Feed(const Feed &) = delete;
    Feed &operator=(const Feed &) = delete;
    ~Feed() override;

    /// Everything after `seq`; Room::lastSeq of the constructor's room for live events only. The log is read
    /// where the hub cannot tell that there is nothing newer in it. `newest`: what Hub::newestSeq() would
    /// say, where the caller knows it.
    void start(qint64 seq, std::optional<qint64> newest = std::nullopt);
    /// The sink can take more.
    void resume();
    /// Nothing is delivered from now on, and the user is not online through it any more.
    void stop();

    /// The room as all sockets of this thread share it (Hub::sharedRoom()).
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
    void evicted() override;

    void tellMissed();
    void fallBehind(qint64 newest);
    void catchUp();
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
