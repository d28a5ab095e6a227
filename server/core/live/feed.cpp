// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/feed.h"

#include "server/core/costs.h"
#include "server/core/messages.h"

#include <QTimer>

#include <algorithm>
#include <limits>
#include <utility>

namespace rookery::core {

namespace {

constexpr int pageSize = 100;
/// Of the texts of a page: a socket may read several rooms at a time, and each keeps a page (THREATS 32).
constexpr qint64 catchUpBytes = 64 * 1024;
constexpr int toleratedFailures = 5;
constexpr std::chrono::milliseconds retryDelay{500};

} // namespace

struct Feed::CatchUp
{
    QObject context; ///< of calls of the store
    QList<RoomEvent> page; ///< read from the log, not taken by the sink yet; at most one page
    qint64 newest = 0; ///< the newest seq that the hub knows
    qint64 wanted = 0; ///< messages still to go back to find the start
    std::optional<qint64> before = std::nullopt; ///< seq of the oldest message found so far
    int failures = 0; ///< of reading the log, in a row
    bool reading = false;
    std::optional<qint64> end; ///< of the log, if the last page reaches it
    bool delivering = false;

    void take(const Page &read)
    {
        page = read.events;
        end = read.hasMore ? std::nullopt : std::optional(read.lastSeq);
    }
};

Feed::Feed(const Core &core, const User &user, const Room &room, FeedSink *sink)
    : m_core(core)
    , m_user(user)
    , m_sink(sink)
    , m_role(room.role)
{
    m_core.hub->addListener(room.id, this);
    m_room = m_core.hub->sharedRoom(room);
}

Feed::~Feed()
{
    stop();
}

void Feed::stop()
{
    if (std::exchange(m_state, State::Ended) != State::Ended)
        m_core.hub->removeListener(m_room->id, this);
}

void Feed::start(qint64 seq, std::optional<qint64> newest)
{
    Q_ASSERT(m_state == State::Idle);
    m_seq = seq;
    if (!newest)
        newest = m_core.hub->newestSeq(m_room->id);
    // Events committed between the reading of the room and the registration at the hub were not delivered if
    // there was no listener yet. So the log is read even for live events only.
    if (newest && seq >= *newest)
        goLive();
    else
        fallBehind(newest.value_or(0));
}

void Feed::startWithLast(qint64 count)
{
    Q_ASSERT(m_state == State::Idle);
    m_state = State::CatchingUp;
    m_catchUp = std::make_unique<CatchUp>();
    m_catchUp->wanted = count;
    catchUp();
}

void Feed::resume()
{
    if (m_state == State::CatchingUp)
        catchUp();
    else
        tellMissed();
}

void Feed::publish(const Broadcast &broadcast)
{
    const qint64 seq = broadcast.event().seq;
    if (broadcast.event().as<RoomChanged>() && m_state != State::Ended) {
        m_room = m_core.hub->sharedRoom(broadcast.room());
        m_sink->feedRoomChanged();
    }
    if (m_state == State::CatchingUp)
        m_catchUp->newest = std::max(m_catchUp->newest, seq);
    if (m_state != State::Live || seq <= m_seq)
        return;
    if (seq == m_seq + 1)
        deliver(broadcast, false);
    else
        fallBehind(seq);
}

void Feed::memberChanged(const MemberChange &change)
{
    if (m_state == State::Ended)
        return;
    // Changes of presence never push a slow reader over its bound (THREATS 33).
    if (m_state != State::Idle && !m_sink->feedTakesMembers())
        m_missedMembers = true;
    else
        m_sink->feedMemberChanged(change);
}

void Feed::tellMissed()
{
    if (m_state == State::Live && m_missedMembers && m_sink->feedTakesMembers()) {
        m_missedMembers = false;
        m_sink->feedMembersMissed();
        m_core.hub->noteSeen(m_room->id, this);
    }
}

void Feed::presenceBehind(const PresenceCount &count)
{
    if (m_state == State::Live && m_sink->feedReady())
        m_sink->feedPresenceBehind(count);
}

void Feed::headIs(qint64 seq)
{
    if (m_state == State::CatchingUp)
        m_catchUp->newest = std::max(m_catchUp->newest, seq);
    else if (m_state == State::Live && seq > m_seq)
        fallBehind(seq);
}

void Feed::evicted()
{
    m_state = State::Ended;
    m_sink->feedEnded({ErrorCode::NotFound, QStringLiteral("You are no longer in this room.")});
}

void Feed::deliver(const Broadcast &broadcast, bool history)
{
    m_seq = broadcast.event().seq;
    m_sink->feedEvent(broadcast, history);
}

void Feed::fallBehind(qint64 newest)
{
    m_state = State::CatchingUp;
    m_catchUp = std::make_unique<CatchUp>();
    m_catchUp->newest = newest;
    catchUp();
}

void Feed::catchUp()
{
    if (m_catchUp->delivering)
        return;
    deliverPage();
    if (m_state != State::CatchingUp || !m_catchUp->page.isEmpty())
        return;
    m_catchUp->page = {};
    // A page of messages only does not have the events after the last message.
    m_seq = std::max(m_seq, m_catchUp->end.value_or(0));
    if (m_catchUp->end && m_seq >= m_catchUp->newest)
        goLive();
    else if (m_sink->feedReady())
        readPage();
}

void Feed::deliverPage()
{
    m_catchUp->delivering = true;
    while (m_state == State::CatchingUp && !m_catchUp->page.isEmpty() && m_sink->feedReady()) {
        RoomEvent event = m_catchUp->page.takeFirst();
        if (event.seq > m_seq)
            deliver(Broadcast(std::move(event), m_room), true);
    }
    m_catchUp->delivering = false;
}

void Feed::goLive()
{
    m_state = State::Live;
    m_catchUp.reset();
    if (!std::exchange(m_announcedLive, true))
        m_sink->feedLive();
    tellMissed();
}

void Feed::readPage()
{
    if (std::exchange(m_catchUp->reading, true))
        return;
    payForPage(costs::page);
}

void Feed::payForPage(int microseconds)
{
    // Called again after the wait, in case the user is still in debt.
    const auto wait = m_sink->feedPays(microseconds);
    if (wait.count() > 0)
        QTimer::singleShot(wait, &m_catchUp->context, [this] { payForPage(0); });
    else
        readPageNow();
}

void Feed::readPageNow()
{
    const auto read = [this](const Result<Page> &page) {
        m_catchUp->reading = false;
        if (m_state == State::CatchingUp)
            pageRead(page);
    };
    const bool messagesOnly = m_sink->feedMessagesOnly();
    if (m_catchUp->wanted <= 0 && !messagesOnly) {
        m_core.messages->missed(m_user, *m_room, m_seq, &m_catchUp->context, read);
        return;
    }
    store::PageQuery query;
    query.messagesOnly = messagesOnly;
    query.limit = std::min(pageSize, m_core.messages->largestPage());
    query.bytes = catchUpBytes;
    if (m_catchUp->wanted > 0) {
        query.before = m_catchUp->before.value_or(std::numeric_limits<qint64>::max());
        query.limit = int(std::min<qint64>(query.limit, m_catchUp->wanted));
    } else {
        query.after = m_seq;
    }
    m_core.messages->history(m_user, *m_room, query, &m_catchUp->context, read);
}

void Feed::goBack(const Page &page)
{
    const bool isFirst = !m_catchUp->before;
    m_catchUp->wanted -= page.events.size();
    if (!page.events.isEmpty())
        m_catchUp->before = page.events.first().seq;
    const bool isFound = m_catchUp->wanted <= 0 || !page.hasMore;
    if (!isFound)
        return;
    m_catchUp->wanted = 0;
    m_seq = m_catchUp->before.value_or(page.lastSeq + 1) - 1;
    // Usually one page has them all.
    if (isFirst) {
        m_catchUp->page = page.events;
        m_catchUp->end = page.lastSeq;
    }
}

void Feed::pageRead(const Result<Page> &page)
{
    if (page) {
        m_core.hub->noteNewest(m_room->id, page->lastSeq);
        m_catchUp->failures = 0;
        if (m_catchUp->wanted > 0)
            goBack(*page);
        else
            m_catchUp->take(*page);
        catchUp();
        return;
    }
    if (isRetryable(page.error().code) && ++m_catchUp->failures <= toleratedFailures) {
        QTimer::singleShot(
            std::max(retryDelay, page.error().retryAfter), &m_catchUp->context, [this] { resume(); });
        return;
    }
    stop();
    m_sink->feedEnded(page.error());
}

} // namespace rookery::core
