// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/timelinemodel.h"

#include "common/printable.h"

#include <algorithm>
#include <iterator>

namespace rookery::client {

namespace {

constexpr int mostStrings = 10'000;

qint64 bytesOf(const TimelineItem &item)
{
    return item.text.size() * qint64(sizeof(QChar));
}

/// Changes of messages are seen at the messages.
bool isRow(const RoomEvent &event)
{
    return !event.as<Edited>() && !event.as<Deleted>();
}

/// Of a deleted message sender and time are left.
void erase(TimelineItem *item)
{
    item->kind = TimelineItem::Kind::Deleted;
    item->text.clear();
    item->original.reset();
    item->changeId.clear();
    item->deleting = false;
    item->editedSeq = 0;
    item->editedAt = {};
    item->delivery = Delivery::Sent;
    item->failure = {};
}

} // namespace

TimelineModel::TimelineModel(const QString &selfId, QObject *parent)
    : TimelineSource(parent)
    , m_selfId(selfId)
{ }

bool TimelineModel::hasOlder() const
{
    return m_span.isEmpty() ? !m_knownEmpty : m_span.first > 1;
}

void TimelineModel::loadOlder()
{
    if (m_loading || !hasOlder())
        return;
    setLoading(true);
    Q_EMIT olderWanted(m_span.isEmpty() ? 0 : m_span.first);
}

void TimelineModel::finishLoading()
{
    setLoading(false);
}

void TimelineModel::failLoading(const Problem &problem)
{
    setLoading(false);
    Q_EMIT olderFailed(problem);
}

void TimelineModel::setLoading(bool loading)
{
    if (m_loading == loading)
        return;
    m_loading = loading;
    Q_EMIT loadingOlderChanged();
}

void TimelineModel::retry(const QString &clientId)
{
    // The caller's string may be the row's own.
    const QString id = clientId;
    if (const int place = findChange(id); place >= 0) {
        Change change = m_changes.takeAt(place);
        if (std::exchange(change.failed, false)) {
            change.failure = {};
            m_changes.append(change);
            overlayRowsOf(change);
            Q_EMIT retryWanted(id);
        } else {
            m_changes.insert(place, change);
        }
        return;
    }
    const int row = findLocal(id);
    if (row < 0 || at(row).delivery != Delivery::Failed)
        return;
    // It goes behind what was sent after it: that is where it will be stored.
    TimelineItem item = at(row);
    item.delivery = Delivery::Pending;
    item.failure = {};
    if (row == count() - 1) {
        m_items[size_t(row)] = std::move(item);
        Q_EMIT changed(row, 1);
    } else {
        eraseRow(row);
        m_items.push_back(std::move(item));
        Q_EMIT inserted(count() - 1, 1);
    }
    Q_EMIT retryWanted(id);
}

void TimelineModel::discard(const QString &clientId)
{
    const QString id = clientId;
    if (const int place = findChange(id); place >= 0) {
        if (!m_changes.at(place).failed)
            return;
        overlayRowsOf(m_changes.takeAt(place));
        Q_EMIT discardWanted(id);
        return;
    }
    const int row = findLocal(id);
    if (row < 0 || at(row).delivery != Delivery::Failed)
        return;
    eraseRow(row);
    Q_EMIT discardWanted(id);
}

void TimelineModel::addStretch(const QList<RoomEvent> &events, Span stretch)
{
    if (stretch.isEmpty())
        return;
    if (!m_span.isEmpty() && stretch.first > m_span.last + 1)
        dropStored();
    else if (!m_span.isEmpty() && !m_span.touches(stretch))
        return;

    if (m_span.isEmpty()) {
        m_span = stretch;
        m_knownEmpty = false;
        if (!m_items.empty()) {
            append(events);
        } else {
            // There is nothing that a view could hold on to: it starts at the end.
            for (const RoomEvent &event : events) {
                if (!isRow(event))
                    continue;
                m_items.push_back(itemFor(event));
                m_bytes += bytesOf(m_items.back());
            }
            m_stored = count();
            Q_EMIT reset();
        }
        applyChanges(events);
        dropOvertaken();
        return;
    }
    const Span old = m_span;
    m_span = {std::min(old.first, stretch.first), std::max(old.last, stretch.last)};
    QList<RoomEvent> before;
    QList<RoomEvent> after;
    for (const RoomEvent &event : events) {
        if (!isRow(event))
            continue;
        if (event.seq < old.first)
            before.append(event);
        else if (event.seq > old.last)
            after.append(event);
    }
    prepend(before);
    append(after);
    applyChanges(events);
    dropOvertaken();
}

void TimelineModel::setEmpty()
{
    m_knownEmpty = m_span.isEmpty();
}

void TimelineModel::forgetHistory()
{
    dropStored();
    // What was acknowledged belonged to the history that is gone.
    for (int row = count() - 1; row >= 0; --row) {
        if (at(row).seq > 0)
            eraseRow(row);
    }
}

void TimelineModel::dropStored()
{
    m_span = {};
    m_knownEmpty = false;
    if (m_stored == 0)
        return;
    m_items.erase(m_items.begin(), m_items.begin() + m_stored);
    m_stored = 0;
    m_bytes = 0;
    Q_EMIT reset();
}

void TimelineModel::dropOvertaken()
{
    for (int row = count() - 1; row >= m_stored; --row) {
        if (at(row).seq > 0 && at(row).seq <= m_span.last)
            eraseRow(row);
    }
}

void TimelineModel::clear()
{
    m_items.clear();
    m_changes.clear();
    m_stored = 0;
    m_bytes = 0;
    m_span = {};
    m_knownEmpty = true;
    m_strings.clear();
    setLoading(false);
    Q_EMIT reset();
}

void TimelineModel::prepend(const QList<RoomEvent> &events)
{
    if (events.isEmpty())
        return;
    std::deque<TimelineItem> rows;
    for (const RoomEvent &event : events) {
        // An acknowledgement that got lost: the message was there all the time.
        if (const int local = findLocalFor(event); local >= 0)
            eraseRow(local);
        rows.push_back(itemFor(event));
        m_bytes += bytesOf(rows.back());
    }
    m_items.insert(
        m_items.begin(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    m_stored += int(rows.size());
    Q_EMIT inserted(0, int(rows.size()));
}

void TimelineModel::append(const QList<RoomEvent> &events)
{
    // Neighbours are announced together: thousands of events must not be thousands of signals.
    std::deque<TimelineItem> run;
    for (const RoomEvent &event : events) {
        const int local = findLocalFor(event);
        if (local < 0) {
            run.push_back(itemFor(event));
            continue;
        }
        flushRun(run);
        const int row = findLocalFor(event);
        if (row == m_stored) {
            // The local echo becomes the stored message where it stands.
            m_items[size_t(row)] = itemFor(event);
            m_bytes += bytesOf(at(row));
            ++m_stored;
            Q_EMIT changed(row, 1);
        } else {
            eraseRow(row);
            run.push_back(itemFor(event));
        }
    }
    flushRun(run);
}

void TimelineModel::flushRun(std::deque<TimelineItem> &run)
{
    if (run.empty())
        return;
    const int first = m_stored;
    const int added = int(run.size());
    for (const TimelineItem &item : run)
        m_bytes += bytesOf(item);
    m_items.insert(
        m_items.begin() + first, std::make_move_iterator(run.begin()), std::make_move_iterator(run.end()));
    m_stored += added;
    run.clear();
    Q_EMIT inserted(first, added);
}

void TimelineModel::addLocal(const QString &clientId, const User &self, const QString &text,
    const QDateTime &created, const SendFailure &failure)
{
    if (findLocal(clientId) >= 0)
        return;
    TimelineItem item;
    item.clientId = clientId;
    item.senderId = shared(self.id);
    item.senderName = shared(self.name);
    item.text = text;
    item.timestamp = created;
    item.own = true;
    item.delivery = failure.isEmpty() ? Delivery::Pending : Delivery::Failed;
    item.failure = failure;
    m_items.push_back(std::move(item));
    Q_EMIT inserted(count() - 1, 1);
}

void TimelineModel::acknowledge(const QString &clientId, qint64 seq, const QDateTime &timestamp)
{
    if (const int place = findChange(clientId); place >= 0) {
        // Its event follows, and says the same.
        const Change change = m_changes.takeAt(place);
        for (int row = 0; row < count(); ++row) {
            if (!isOf(change, at(row)))
                continue;
            update(row, [&](TimelineItem &item) {
                if (change.text) {
                    item.original = std::make_shared<const QString>(*change.text);
                    item.editedSeq = seq;
                    item.editedAt = timestamp;
                } else {
                    erase(&item);
                }
                overlay(&item);
            });
        }
        return;
    }
    const int row = findLocal(clientId);
    if (row < 0)
        return;
    if (!m_span.isEmpty() && seq <= m_span.last) {
        // Its event has been seen already, as another session's or in a page that is not loaded.
        eraseRow(row);
        return;
    }
    TimelineItem &item = m_items[size_t(row)];
    item.seq = seq;
    item.delivery = Delivery::Sent;
    item.failure = {};
    if (timestamp.isValid())
        item.timestamp = timestamp;
    overlay(&item);
    Q_EMIT changed(row, 1);
}

void TimelineModel::setFailed(const QString &clientId, const SendFailure &failure)
{
    setState(clientId, Delivery::Failed, failure);
}

void TimelineModel::setDelayed(const QString &clientId, const SendFailure &failure)
{
    setState(clientId, Delivery::Pending, failure);
}

void TimelineModel::setState(const QString &clientId, Delivery delivery, const SendFailure &failure)
{
    if (const int place = findChange(clientId); place >= 0) {
        Change &change = m_changes[place];
        change.failed = delivery == Delivery::Failed;
        change.failure = failure;
        overlayRowsOf(Change(change));
        return;
    }
    const int row = findLocal(clientId);
    if (row < 0)
        return;
    TimelineItem &item = m_items[size_t(row)];
    if (item.delivery == delivery && item.failure == failure)
        return;
    item.delivery = delivery;
    item.failure = failure;
    Q_EMIT changed(row, 1);
}

void TimelineModel::addChange(const Change &change)
{
    if (const int place = findChange(change.clientId); place >= 0)
        m_changes[place] = change;
    else
        m_changes.append(change);
    overlayRowsOf(change);
}

void TimelineModel::setUnsentText(qint64 seq, const QString &clientId, const QString &text)
{
    for (Change &change : m_changes) {
        if (seq > 0 ? change.target == seq : change.targetClientId == clientId) {
            change.text = text;
            overlayRowsOf(Change(change));
            return;
        }
    }
    if (const int row = seq > 0 ? -1 : findLocal(clientId); row >= 0)
        update(row, [&](TimelineItem &item) { item.text = text; });
}

void TimelineModel::applyChanges(const QList<RoomEvent> &events)
{
    for (const RoomEvent &event : events) {
        if (const auto *edited = event.as<Edited>(); edited && edited->text) {
            const int row = findStored(edited->target);
            if (row < 0 || at(row).kind != TimelineItem::Kind::Message || at(row).editedSeq >= event.seq)
                continue;
            update(row, [&](TimelineItem &item) {
                item.editedSeq = event.seq;
                item.editedAt = event.timestamp;
                if (item.original)
                    item.original = std::make_shared<const QString>(*edited->text);
                else
                    item.text = *edited->text;
                overlay(&item);
            });
        } else if (const auto *deleted = event.as<Deleted>()) {
            const int row = findStored(deleted->target);
            if (row >= 0 && at(row).kind == TimelineItem::Kind::Message)
                update(row, [this](TimelineItem &item) {
                    erase(&item);
                    m_changes.removeIf([&](const Change &change) { return isOf(change, item); });
                });
        }
    }
}

int TimelineModel::findStored(qint64 seq) const
{
    const auto end = m_items.begin() + m_stored;
    const auto found = std::lower_bound(
        m_items.begin(), end, seq, [](const TimelineItem &item, qint64 wanted) { return item.seq < wanted; });
    return found != end && found->seq == seq ? int(found - m_items.begin()) : -1;
}

int TimelineModel::findChange(const QString &clientId) const
{
    for (int place = 0; place < m_changes.size(); ++place) {
        if (m_changes.at(place).clientId == clientId)
            return place;
    }
    return -1;
}

bool TimelineModel::isOf(const Change &change, const TimelineItem &item) const
{
    return change.target > 0
        ? change.target == item.seq
        : item.own && !change.targetClientId.isEmpty() && change.targetClientId == item.clientId;
}

void TimelineModel::overlay(TimelineItem *item) const
{
    if (item->original)
        item->text = *item->original;
    bool isChanged = false;
    for (const Change &change : m_changes) {
        if (item->kind != TimelineItem::Kind::Message || !isOf(change, *item))
            continue;
        if (!item->original)
            item->original = std::make_shared<const QString>(item->text);
        isChanged = true;
        item->changeId = change.clientId;
        item->deleting = !change.text;
        item->text = change.text.value_or(*item->original);
        item->delivery = change.failed ? Delivery::Failed : Delivery::Pending;
        item->failure = change.failure;
    }
    if (isChanged || !item->original)
        return;
    item->original.reset();
    item->changeId.clear();
    item->deleting = false;
    item->delivery = item->seq > 0 ? Delivery::Sent : Delivery::Pending;
    item->failure = {};
}

void TimelineModel::overlayRowsOf(const Change &change)
{
    for (int row = 0; row < count(); ++row) {
        if (isOf(change, at(row)))
            update(row, [this](TimelineItem &item) { overlay(&item); });
    }
}

template <typename Work>
void TimelineModel::update(int row, Work work)
{
    TimelineItem &item = m_items[size_t(row)];
    const qint64 before = bytesOf(item);
    work(item);
    if (row < m_stored)
        m_bytes += bytesOf(item) - before;
    Q_EMIT changed(row, 1);
}

void TimelineModel::removeLocal(const QString &clientId)
{
    if (const int place = findChange(clientId); place >= 0)
        overlayRowsOf(m_changes.takeAt(place));
    const int row = findLocal(clientId);
    if (row >= 0)
        eraseRow(row);
}

void TimelineModel::trim(int limit, int keep)
{
    const auto bytesFor = [](int rows) { return mostBytes / mostRows * rows; };
    if ((m_loading && !isFull()) || (m_stored <= limit && m_bytes <= bytesFor(limit)))
        return;
    qint64 left = m_bytes;
    int surplus = 0;
    while (m_stored - surplus > 1 && (m_stored - surplus > keep || left > bytesFor(keep)))
        left -= bytesOf(at(surplus++));
    if (surplus == 0)
        return;
    m_items.erase(m_items.begin(), m_items.begin() + surplus);
    m_stored -= surplus;
    m_bytes = left;
    m_span.first = m_items.front().seq;
    m_items.shrink_to_fit();
    Q_EMIT removed(0, surplus);
}

TimelineItem TimelineModel::itemFor(const RoomEvent &event)
{
    TimelineItem item;
    item.seq = event.seq;
    item.clientId = event.clientId;
    item.senderId = shared(event.sender.id);
    item.senderName = shared(printableLine(event.sender.name));
    item.text = event.text();
    item.timestamp = event.timestamp;
    const auto *posted = event.as<Posted>();
    if (!posted) {
        const bool isReadable = !event.as<Unknown>();
        item.kind = isReadable ? TimelineItem::Kind::Notice : TimelineItem::Kind::Unreadable;
        if (isReadable)
            item.notice = std::make_shared<const EventContent>(event.content);
        return item;
    }
    item.own = event.sender.id == m_selfId;
    item.editedSeq = posted->editedSeq;
    item.editedAt = posted->editedAt;
    if (posted->isDeleted())
        erase(&item);
    else
        overlay(&item);
    return item;
}

const QString &TimelineModel::shared(const QString &text)
{
    // Where every message is of somebody else, nothing is gained.
    if (m_strings.size() >= mostStrings)
        m_strings.clear();
    return *m_strings.insert(text);
}

int TimelineModel::findLocal(const QString &clientId) const
{
    for (int row = m_stored; row < count(); ++row) {
        if (at(row).clientId == clientId)
            return row;
    }
    return -1;
}

int TimelineModel::findLocalFor(const RoomEvent &event) const
{
    // Another user may have used the same id: it is the key of a sender, not of a room.
    return event.sender.id == m_selfId && !event.clientId.isEmpty() ? findLocal(event.clientId) : -1;
}

void TimelineModel::eraseRow(int row)
{
    m_items.erase(m_items.begin() + row);
    Q_EMIT removed(row, 1);
}

} // namespace rookery::client
