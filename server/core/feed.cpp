#include "server/core/feed.h"

#include "server/core/messages.h"

#include <QScopedValueRollback>
#include <QTimer>

namespace rookery::core {

namespace {

constexpr int pageSize = 100;
constexpr int toleratedFailures = 5;
constexpr std::chrono::milliseconds retryDelay{500};

} // namespace

Feed::Feed(Hub *hub, Messages *messages, Principal principal, Room room, FeedSink *sink, QObject *parent)
    : QObject(parent)
    , m_hub(hub)
    , m_messages(messages)
    , m_principal(std::move(principal))
    , m_room(std::make_shared<const Room>(std::move(room)))
    , m_sink(sink)
{
    m_hub->addListener(m_room->id, this);
}

Feed::~Feed()
{
    if (m_state != State::Ended)
        m_hub->removeListener(m_room->id, this);
}

void Feed::start(qint64 seq)
{
    Q_ASSERT(m_state == State::Idle);
    m_seq = seq;
    m_state = State::CatchingUp;
    // The log is read even for live events only: what was committed between the reading of the room and the
    // registration at the hub would be missed otherwise.
    catchUp();
}

void Feed::resume()
{
    if (m_state == State::CatchingUp)
        catchUp();
}

void Feed::publish(const Broadcast &broadcast)
{
    const qint64 seq = broadcast.event().seq;
    m_newest = std::max(m_newest, seq);
    if (m_state != State::Live || seq <= m_seq)
        return;
    if (seq == m_seq + 1) {
        deliver(broadcast, false);
        return;
    }
    m_state = State::CatchingUp;
    m_caughtUp = false;
    catchUp();
}

void Feed::memberChanged(const MemberChange &change)
{
    if (m_state != State::Ended)
        m_sink->feedMemberChanged(change);
}

void Feed::evicted()
{
    m_state = State::Ended;
    m_sink->feedEnded(*m_room, {ErrorCode::NotFound, QStringLiteral("You are no longer in this room.")});
}

void Feed::deliver(const Broadcast &broadcast, bool history)
{
    m_seq = broadcast.event().seq;
    m_sink->feedEvent(broadcast, history);
}

void Feed::catchUp()
{
    if (m_delivering)
        return;
    const QScopedValueRollback guard(m_delivering, true);
    while (m_state == State::CatchingUp && !m_page.isEmpty() && m_sink->feedReady()) {
        RoomEvent event = m_page.takeFirst();
        if (event.seq > m_seq)
            deliver(Broadcast(std::move(event), m_room), true);
    }
    if (m_state != State::CatchingUp || !m_page.isEmpty())
        return;
    if (m_caughtUp && m_seq >= m_newest) {
        m_state = State::Live;
        if (!m_announcedLive) {
            m_announcedLive = true;
            m_sink->feedLive(*m_room);
        }
        return;
    }
    if (m_sink->feedReady())
        readPage();
}

void Feed::readPage()
{
    if (m_reading)
        return;
    m_reading = true;
    store::PageQuery query;
    query.roomId = m_room->id;
    query.after = m_seq;
    query.limit = std::min(pageSize, m_messages->largestPage());
    m_messages->history(*m_room, query, this, [this](const Result<Page> &page) {
        m_reading = false;
        if (m_state == State::CatchingUp)
            pageRead(page);
    });
}

void Feed::pageRead(const Result<Page> &page)
{
    if (page) {
        m_failures = 0;
        m_page = page->events;
        m_caughtUp = !page->hasMore;
        catchUp();
        return;
    }
    if (isRetryable(page.error().code) && ++m_failures <= toleratedFailures) {
        QTimer::singleShot(std::max(retryDelay, page.error().retryAfter), this, &Feed::resume);
        return;
    }
    m_hub->removeListener(m_room->id, this);
    m_state = State::Ended;
    m_sink->feedEnded(*m_room, page.error());
}

} // namespace rookery::core
