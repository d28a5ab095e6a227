// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/history.h"

#include "client/api/requests.h"

#include <QTimer>

#include <algorithm>
#include <chrono>
#include <optional>

namespace rookery::client {

namespace {

using namespace std::chrono_literals;

/// A timeline that is not looked at keeps at most so many messages, and this many when it has to let go.
constexpr int relaxedLimit = 2'000;
constexpr int relaxedKeep = 500;
/// After so many pages in a row that each belong to another history, the server is not asked again.
constexpr int mostContradictions = 3;
/// A page that was read before a change came is asked for again this often.
constexpr int mostStale = 3;
/// So many pages in a row are passed over that show nothing, each of blankPageSize but the first.
constexpr int mostBlank = 500;
/// The most events that the server sends at once.
constexpr int blankPageSize = 200;
/// How long a server that is busy can make the next of those pages wait.
constexpr std::chrono::milliseconds longestBusyPause = 30s;

/// Where the stretch that a page covers begins. Of a page that holds nothing readable although there is more,
/// at least one event is passed over, so that reading on makes progress.
qint64 firstOf(const Page &page, qint64 last)
{
    if (!page.hasMore)
        return 1;
    return page.events.isEmpty() ? last : page.events.constFirst().seq;
}

} // namespace

History::History(Cache *cache, Rest *rest, RoomBook *rooms, const User &self, QObject *parent)
    : QObject(parent)
    , m_cache(cache)
    , m_rest(rest)
    , m_rooms(rooms)
    , m_self(self)
{ }

TimelineModel *History::open(const QString &roomId, const QList<OutboxItem> &unsent)
{
    m_opened = roomId;
    if (TimelineModel *open = find(roomId))
        return open;
    auto *timeline = new TimelineModel(m_self.id, this);
    m_timelines.insert(roomId, timeline);
    connect(timeline, &TimelineModel::olderWanted, this,
        [this, roomId](qint64 before) { loadOlder(roomId, before); });
    connect(timeline, &TimelineModel::retryWanted, this, &History::retryWanted);
    connect(timeline, &TimelineModel::discardWanted, this, &History::discardWanted);

    const RoomState *state = m_rooms->find(roomId);
    if (!state) {
        timeline->setEmpty();
        return timeline;
    }
    // After a reset the old history may not be gone yet: only a read behind that write is good.
    Stretch cached{roomId, {}, {}};
    if (state->knownLast > 0 && state->generation == 0)
        cached = m_cache->newest(roomId, pageSize);
    timeline->addStretch(cached.events, cached.span);
    for (const OutboxItem &item : unsent)
        addUnsent(timeline, item);
    if (cached.span.last < state->knownLast)
        readKnown(roomId);
    else
        catchUp(roomId);
    return timeline;
}

void History::addUnsent(TimelineModel *timeline, const OutboxItem &item) const
{
    if (item.kind == OutboxItem::Kind::Message) {
        timeline->addLocal(item.clientId, m_self, item.text, item.created, item.failure);
        return;
    }
    const bool isEdit = item.kind == OutboxItem::Kind::Edit;
    timeline->addChange({item.clientId, item.target, item.targetClientId,
        isEdit ? std::optional(item.text) : std::nullopt, item.failed, item.failure});
}

void History::readKnown(const QString &roomId)
{
    // Behind the writes that are still to be done.
    m_cache->older(roomId, m_rooms->find(roomId)->knownLast + 1, pageSize, this,
        [this, generation = generation(roomId)](const Stretch &stretch) {
            if (generation != this->generation(stretch.roomId))
                return;
            if (TimelineModel *timeline = find(stretch.roomId))
                timeline->addStretch(stretch.events, stretch.span);
            if (stretch.span.isEmpty())
                readNewest(stretch.roomId);
            else
                catchUp(stretch.roomId);
        });
}

void History::catchUp(const QString &roomId)
{
    TimelineModel *timeline = find(roomId);
    const RoomState *state = m_rooms->find(roomId);
    if (!timeline || !state)
        return;
    ++m_catchUps[roomId];
    if (state->room.lastSeq == 0) {
        timeline->setEmpty();
        return;
    }
    // What a subscription is replaying need not be fetched as well.
    const bool isReplaying = state->knownLast > 0
        && (state->subscription != RoomState::Subscription::Live || state->askedSeq >= 0);
    const bool isComplete = !timeline->span().isEmpty() && timeline->span().last >= state->room.lastSeq;
    if (!isComplete && (!isReplaying || timeline->span().isEmpty()))
        readNewest(roomId);
    if (m_interrupted.remove(roomId) && roomId == m_opened)
        timeline->loadOlder();
}

void History::reset(const QString &roomId)
{
    if (TimelineModel *timeline = find(roomId)) {
        timeline->forgetHistory();
        timeline->setLoading(false);
        catchUp(roomId);
    }
}

void History::clear(const QString &roomId)
{
    if (TimelineModel *timeline = find(roomId))
        timeline->clear();
}

void History::relax(const QString &roomId)
{
    if (TimelineModel *timeline = find(roomId))
        timeline->trim(relaxedLimit, relaxedKeep);
}

void History::bound(const QString &roomId)
{
    if (TimelineModel *timeline = find(roomId); timeline && timeline->isFull())
        timeline->trim(TimelineModel::mostRows, TimelineModel::mostRows * 3 / 4);
}

void History::loadOlder(const QString &roomId, qint64 before)
{
    m_interrupted.remove(roomId);
    if (before == 0) {
        m_contradictions.remove(roomId); // somebody wants to know again
        readNewest(roomId);
        return;
    }
    if (TimelineModel *timeline = find(roomId); timeline && timeline->isFull()) {
        timeline->failLoading(Problem(Problem::FullTimeline));
        return;
    }
    m_cache->older(roomId, before, m_blank.contains(roomId) ? blankPageSize : pageSize, this,
        [this, generation = generation(roomId), before](const Stretch &stretch) {
            if (generation != this->generation(stretch.roomId))
                return;
            // Nothing cached, or nothing that could be shown: the server may have more.
            if (stretch.events.isEmpty() && !(stretch.span.first == 1 && !stretch.span.isEmpty()))
                readOlder(stretch.roomId, stretch.span.isEmpty() ? before : stretch.span.first);
            else
                showOlder(stretch);
        });
}

void History::showOlder(const Stretch &stretch)
{
    if (TimelineModel *timeline = find(stretch.roomId)) {
        timeline->addStretch(stretch.events, stretch.span);
        finishOlder(stretch);
    }
}

void History::finishOlder(const Stretch &stretch)
{
    const QString roomId = stretch.roomId;
    TimelineModel *timeline = find(roomId);
    const bool isBlank = std::all_of(stretch.events.begin(), stretch.events.end(),
        [](const RoomEvent &event) { return event.as<Edited>() || event.as<Deleted>(); });
    if (!isBlank || !timeline->hasOlder() || roomId != m_opened) {
        m_blank.remove(roomId);
        timeline->finishLoading();
    } else if (++m_blank[roomId] <= mostBlank) {
        loadOlder(roomId, timeline->span().first);
    } else {
        m_blank.remove(roomId);
        timeline->failLoading(Problem(Problem::OnlyChanges));
    }
}

void History::failOlder(const QString &roomId, qint64 before, const Problem &problem)
{
    TimelineModel *timeline = find(roomId);
    const bool isBusy = problem.kind == Problem::Refused && isRetryable(problem.code)
        && problem.retryAfter > 0ms && m_blank.contains(roomId) && ++m_blank[roomId] <= mostBlank;
    if (isBusy && roomId == m_opened) {
        QTimer::singleShot(std::min(problem.retryAfter, longestBusyPause), this,
            [this, roomId, before, generation = generation(roomId)] {
                if (generation != this->generation(roomId))
                    return;
                if (roomId == m_opened)
                    readOlder(roomId, before);
                else if (TimelineModel *left = find(roomId))
                    left->finishLoading();
            });
        return;
    }
    m_blank.remove(roomId);
    m_interrupted.insert(roomId);
    timeline->failLoading(problem);
}

bool History::isStale(const QString &roomId, const Page &page)
{
    const RoomState *state = m_rooms->find(roomId);
    if (!state || page.lastSeq >= state->lastChange || ++m_stale[roomId] > mostStale) {
        m_stale.remove(roomId);
        return false;
    }
    return true;
}

void History::readNewest(const QString &roomId)
{
    if (TimelineModel *timeline = find(roomId); timeline && timeline->span().isEmpty())
        timeline->setLoading(true);
    // One at a time, whatever becomes of the history meanwhile.
    if (m_readingNewest.contains(roomId))
        return;
    m_readingNewest.insert(roomId);
    fetchPage(m_rest, roomId, 0, pageSize, this,
        [this, roomId, generation = generation(roomId)](const Outcome<Page> &page) {
            m_readingNewest.remove(roomId);
            if (generation == this->generation(roomId))
                newestRead(roomId, page);
            else
                catchUp(roomId);
        });
}

void History::newestRead(const QString &roomId, const Outcome<Page> &page)
{
    TimelineModel *timeline = find(roomId);
    if (!timeline)
        return;
    if (!page) {
        if (timeline->span().isEmpty())
            timeline->failLoading(page.error());
        return;
    }
    if (!accept(roomId, *page))
        return;
    if (isStale(roomId, *page)) {
        readNewest(roomId);
        return;
    }
    if (page->events.isEmpty() && page->lastSeq == 0) {
        timeline->setEmpty();
        timeline->finishLoading();
    } else {
        // Not up to the page's lastSeq: what was stored while the page was read would count as seen.
        const qint64 last = page->events.isEmpty() ? page->lastSeq : page->events.constLast().seq;
        const Stretch stretch{roomId, page->events, {firstOf(*page, last), last}};
        const bool isFirst = timeline->span().isEmpty();
        timeline->addStretch(stretch.events, stretch.span);
        Q_EMIT stretchRead(stretch);
        if (isFirst)
            finishOlder(stretch);
        else
            timeline->finishLoading();
    }
}

void History::readOlder(const QString &roomId, qint64 before)
{
    fetchPage(m_rest, roomId, before, m_blank.contains(roomId) ? blankPageSize : pageSize, this,
        [this, roomId, before, generation = generation(roomId), catchUps = m_catchUps.value(roomId)](
            const Outcome<Page> &page) {
            if (generation != this->generation(roomId))
                return;
            // The request was lost with a connection in whose place there is a new one.
            const bool isLost = !page && page.error().field == QLatin1String("server");
            if (isLost && catchUps != m_catchUps.value(roomId) && roomId == m_opened)
                readOlder(roomId, before);
            else
                olderRead(roomId, before, page);
        });
}

void History::olderRead(const QString &roomId, qint64 before, const Outcome<Page> &page)
{
    TimelineModel *timeline = find(roomId);
    if (!timeline)
        return;
    if (!page) {
        failOlder(roomId, before, page.error());
        return;
    }
    if (!accept(roomId, *page))
        return;
    if (isStale(roomId, *page)) {
        readOlder(roomId, before);
        return;
    }

    const Stretch stretch{roomId, page->events, {firstOf(*page, before - 1), before - 1}};
    timeline->addStretch(stretch.events, stretch.span);
    Q_EMIT stretchRead(stretch);
    finishOlder(stretch);
}

bool History::accept(const QString &roomId, const Page &page)
{
    const RoomState *state = m_rooms->find(roomId);
    if (!state)
        return false;
    if (state->room.epoch.isEmpty() || state->room.epoch == page.epoch) {
        m_contradictions.remove(roomId);
        return true;
    }
    if (++m_contradictions[roomId] > mostContradictions) {
        if (TimelineModel *timeline = find(roomId))
            timeline->failLoading(Problem(Problem::Contradiction));
        return false;
    }
    Q_EMIT epochChanged(roomId, page.epoch, page.lastSeq);
    return false;
}

int History::generation(const QString &roomId) const
{
    const RoomState *state = m_rooms->find(roomId);
    return state ? state->generation : -1;
}

} // namespace rookery::client
