#pragma once

#include "common/result.h"
#include "server/core/hub.h"
#include "server/core/principal.h"

namespace rookery::core {

class Messages;

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
    /// The feed has caught up for the first time; what follows is live.
    virtual void feedLive(const Room &room) = 0;
    /// The feed is over, because the user may no longer be in the room or its history cannot be read.
    virtual void feedEnded(const Room &room, const Error &error) = 0;
    /// Asked before each event of history: whether the socket can take it now. When it can again, call
    /// Feed::resume().
    virtual bool feedReady() const = 0;
};

/// One socket's subscription to one room: first the log from a point on, page by page as the socket drains,
/// then live events. A live event that jumps in seq sends it back to the log, so that a gap heals itself
/// (CONTRACT.md, delivery 4 and 5). While it exists its user is online in the room. Owned by the session;
/// lives on the reactor's thread.
class Feed : public QObject, private RoomListener
{
    Q_OBJECT
public:
    /// Registers with the hub: the user is online from here on. Delivers nothing before start().
    Feed(Hub *hub, Messages *messages, Principal principal, Room room, FeedSink *sink, QObject *parent);
    ~Feed() override;

    /// Everything after `seq`; Room::lastSeq of the constructor's room for live events only.
    void start(qint64 seq);
    /// The sink can take more.
    void resume();

    const Room &room() const { return *m_room; }
    std::shared_ptr<const Room> sharedRoom() const { return m_room; }
    bool isLive() const { return m_state == State::Live; }

private:
    enum class State { Idle, CatchingUp, Live, Ended };

    const User &user() const override { return m_principal.user; }
    bool isMember() const override { return m_room->member; }
    bool hearsMembers() const override { return m_sink->feedHearsMembers(); }
    void publish(const Broadcast &broadcast) override;
    void memberChanged(const MemberChange &change) override;
    void evicted() override;
    void catchUp();
    void readPage();
    void pageRead(const Result<Page> &page);
    void deliver(const Broadcast &broadcast, bool history);

    Hub *m_hub;
    Messages *m_messages;
    Principal m_principal;
    std::shared_ptr<const Room> m_room;
    FeedSink *m_sink;
    State m_state = State::Idle;
    QList<RoomEvent> m_page; ///< read from the log, not taken by the sink yet; at most one page
    bool m_reading = false;
    bool m_caughtUp = false; ///< the page last read was the end of the log
    bool m_delivering = false;
    bool m_announcedLive = false;
    int m_failures = 0; ///< of reading the log, in a row
    qint64 m_seq = 0; ///< delivered up to here
    qint64 m_newest = 0; ///< the newest seq that the hub has spoken of
};

} // namespace rookery::core
