// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/outbox.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace rookery::client {

namespace {

using namespace std::chrono_literals;

/// Internal errors of the server are retried this often before the item fails.
constexpr int mostFaults = 5;
constexpr auto shortestPause = 250ms;
constexpr auto longestPause = 300s;
constexpr auto lostPause = 1s;
/// The bounds of the pauses that grow from refusal to refusal.
constexpr auto firstPatience = 500ms;
constexpr auto longestPatience = 30s;
/// Each pause is lengthened by up to this share, so that clients do not all retry at once.
constexpr double jitter = 0.25;
/// The `ref` that the link adds to a frame, at most.
constexpr qint64 refBytes = 32;

QJsonObject requestFor(const OutboxItem &item)
{
    switch (item.kind) {
    case OutboxItem::Kind::Message:
        return sendRequest(item.roomId, item.clientId, item.text);
    case OutboxItem::Kind::Edit:
        return editRequest(item.roomId, item.target, item.clientId, item.text);
    case OutboxItem::Kind::Deletion:
        return deleteRequest(item.roomId, item.target, item.clientId);
    }
    return {};
}

} // namespace

Outbox::Outbox(Cache *cache, Link *link, QObject *parent)
    : QObject(parent)
    , m_cache(cache)
    , m_link(link)
{
    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, &Outbox::pump);
}

void Outbox::load(const QList<OutboxItem> &items)
{
    for (const OutboxItem &item : items) {
        m_items[item.roomId].append(item);
        m_left.insert(item.clientId); // by an earlier run, for all that is known
    }
}

QList<OutboxItem> Outbox::allItems() const
{
    QList<OutboxItem> all;
    for (const auto &items : m_items)
        all.append(items);
    return all;
}

void Outbox::add(const OutboxItem &item)
{
    m_items[item.roomId].append(item);
    m_unsaved.insert(item.clientId);
    m_cache->addToOutbox(item, this, [this, roomId = item.roomId, clientId = item.clientId](bool saved) {
        m_unsaved.remove(clientId);
        if (!saved)
            Q_EMIT unsaved();
        sendFirst(roomId);
    });
}

Outbox::Changed Outbox::change(OutboxItem change)
{
    QList<OutboxItem> &items = m_items[change.roomId];
    const bool isDeletion = change.kind == OutboxItem::Kind::Deletion;
    // The message itself, while it is here.
    const auto message = std::find_if(items.begin(), items.end(), [&](const OutboxItem &item) {
        return item.kind == OutboxItem::Kind::Message && item.clientId == change.targetClientId;
    });
    if (change.target == 0 && message != items.end()
        && (!m_left.contains(message->clientId) || message->failed)) {
        if (!isDeletion) {
            replace(&*message, change.text);
            return Changed::Merged;
        }
        const QString clientId = message->clientId;
        take(change.roomId, clientId);
        m_cache->removeFromOutbox({clientId});
        return Changed::Dropped;
    }
    // An earlier change of it, while it waits.
    for (const OutboxItem &item : QList<OutboxItem>(items)) {
        const bool isSame = item.kind != OutboxItem::Kind::Message
            && (change.target > 0 ? item.target == change.target
                                  : item.targetClientId == change.targetClientId);
        if (!isSame || (m_left.contains(item.clientId) && !item.failed))
            continue;
        if (item.kind == OutboxItem::Kind::Edit && !isDeletion && !item.failed) {
            replace(find(item.roomId, item.clientId), change.text);
            return Changed::Merged;
        }
        take(item.roomId, item.clientId);
        m_cache->removeFromOutbox({item.clientId});
        Q_EMIT superseded(item.roomId, item.clientId);
    }
    add(change);
    return Changed::Waiting;
}

void Outbox::replace(OutboxItem *item, const QString &text)
{
    item->text = text;
    m_cache->replaceInOutbox(*item);
}

void Outbox::dropChangesOf(const QString &roomId, qint64 target)
{
    for (const OutboxItem &item : items(roomId)) {
        if (item.kind == OutboxItem::Kind::Message || item.target != target)
            continue;
        take(roomId, item.clientId);
        m_cache->removeFromOutbox({item.clientId});
        Q_EMIT superseded(roomId, item.clientId);
    }
}

void Outbox::resolve(const QString &roomId, const QString &clientId, qint64 seq)
{
    const auto room = m_items.find(roomId);
    if (room == m_items.end())
        return;
    for (OutboxItem &item : *room) {
        if (item.kind != OutboxItem::Kind::Message && item.target == 0 && item.targetClientId == clientId) {
            item.target = seq;
            m_cache->replaceInOutbox(item);
        }
    }
}

void Outbox::retry(const QString &clientId)
{
    const QString roomId = roomOf(clientId);
    OutboxItem *found = find(roomId, clientId);
    if (!found || !found->failed)
        return;
    OutboxItem item = *found;
    item.failed = false;
    item.failure = {};
    take(roomId, clientId);
    m_items[roomId].append(item);
    m_cache->requeue(item);
    sendFirst(roomId);
}

void Outbox::discard(const QString &clientId)
{
    const QString roomId = roomOf(clientId);
    const OutboxItem *found = find(roomId, clientId);
    if (!found || !found->failed)
        return;
    take(roomId, clientId);
    m_cache->removeFromOutbox({clientId});
    for (const OutboxItem &item : items(roomId)) {
        if (item.kind == OutboxItem::Kind::Message || item.targetClientId != clientId || item.target > 0)
            continue;
        take(roomId, item.clientId);
        m_cache->removeFromOutbox({item.clientId});
        Q_EMIT superseded(roomId, item.clientId);
    }
}

void Outbox::dropRoom(const QString &roomId)
{
    QStringList ids;
    for (const OutboxItem &item : m_items.take(roomId))
        ids.append(item.clientId);
    m_inFlight.remove(roomId);
    if (!ids.isEmpty())
        m_cache->removeFromOutbox(ids);
}

int Outbox::failRoom(const QString &roomId)
{
    m_inFlight.remove(roomId);
    const auto room = m_items.find(roomId);
    if (room == m_items.end())
        return 0;
    int failures = 0;
    for (OutboxItem &item : *room) {
        if (item.failed)
            continue;
        fail(&item, {SendFailure::NotInRoom});
        ++failures;
    }
    return failures;
}

int Outbox::count() const
{
    return int(std::accumulate(m_items.begin(), m_items.end(), qsizetype(0),
        [](qsizetype sum, const QList<OutboxItem> &items) { return sum + items.size(); }));
}

QStringList Outbox::confirm(const QString &roomId, const QList<RoomEvent> &events, const QString &selfId)
{
    QStringList ids;
    if (!m_items.contains(roomId))
        return ids;
    for (const RoomEvent &event : events) {
        if (event.sender.id != selfId || event.clientId.isEmpty())
            continue;
        if (event.as<Posted>())
            resolve(roomId, event.clientId, event.seq);
        if (find(roomId, event.clientId)) {
            take(roomId, event.clientId);
            ids.append(event.clientId);
        }
    }
    return ids;
}

void Outbox::pump()
{
    const QStringList rooms = m_items.keys();
    for (const QString &roomId : rooms)
        sendFirst(roomId);
}

void Outbox::sendFirst(const QString &roomId)
{
    if (m_link->state() != Link::State::Connected || m_pause.isActive() || m_inFlight.contains(roomId))
        return;
    const QList<OutboxItem> items = m_items.value(roomId);
    const auto next = std::find_if(items.begin(), items.end(), [&items](const OutboxItem &item) {
        // A change waits for its message, also where that has failed.
        const bool waits = item.target == 0 && item.kind != OutboxItem::Kind::Message
            && std::any_of(items.begin(), items.end(),
                [&item](const OutboxItem &other) { return other.clientId == item.targetClientId; });
        return !item.failed && !waits;
    });
    if (next == items.end() || m_unsaved.contains(next->clientId))
        return;
    const QString clientId = next->clientId;
    if (next->kind != OutboxItem::Kind::Message && next->target == 0) {
        // The message that it changes no longer exists.
        drop(find(roomId, clientId), SendFailure::of({ErrorCode::NotFound, {}}));
        sendFirst(roomId);
        return;
    }
    const QJsonObject request = requestFor(*next);
    if (toJson(request).size() + refBytes > m_longestFrame) {
        fail(find(roomId, clientId), SendFailure::of({ErrorCode::PayloadTooLarge, {}}));
        sendFirst(roomId);
        return;
    }
    m_inFlight.insert(roomId, clientId);
    m_left.insert(clientId);
    m_link->request(request, this,
        [this, roomId, clientId](const RequestOutcome &outcome) { answered(roomId, clientId, outcome); });
}

void Outbox::answered(const QString &roomId, const QString &clientId, const RequestOutcome &outcome)
{
    if (m_inFlight.value(roomId) == clientId)
        m_inFlight.remove(roomId);
    if (std::holds_alternative<RequestLost>(outcome)) {
        // It may have been stored or not; sent again with the same client id, it is stored once. If the link is
        // up, only the answer is late, and sending at once would add to the load.
        if (m_link->state() == Link::State::Connected)
            pause(lostPause);
        return;
    }
    if (const auto *error = std::get_if<Error>(&outcome)) {
        refused(roomId, clientId, *error);
    } else if (const auto *ack = std::get_if<AckFrame>(&std::get<ServerFrame>(outcome))) {
        m_refusals = 0;
        // The event may have come first and taken the item out already.
        if (find(roomId, clientId)) {
            resolve(roomId, clientId, ack->seq);
            take(roomId, clientId);
            m_cache->removeFromOutbox({clientId});
        }
        Q_EMIT acknowledged(roomId, clientId, ack->seq, ack->timestamp);
    } else {
        pause(lostPause);
        return;
    }
    sendFirst(roomId);
}

void Outbox::refused(const QString &roomId, const QString &clientId, const Error &error)
{
    OutboxItem *item = find(roomId, clientId);
    if (!item)
        return;
    switch (error.code) {
    case ErrorCode::RateLimited:
        pause(error.retryAfter);
        return;
    case ErrorCode::Overloaded:
        pause(std::max(error.retryAfter, patience()));
        return;
    case ErrorCode::StorageFull:
        pause(std::max(error.retryAfter, patience()));
        Q_EMIT delayed(roomId, clientId, SendFailure::of(error));
        return;
    case ErrorCode::Unauthorized:
        // Not the message's fault: it goes out after the next log-in.
        pause(lostPause);
        return;
    default:
        break;
    }
    if (isRetryable(error.code) && ++m_faults[clientId] < mostFaults) {
        pause(std::max(error.retryAfter, patience()));
        return;
    }
    if (item->kind != OutboxItem::Kind::Message && error.code == ErrorCode::NotFound)
        drop(item, SendFailure::of(error));
    else
        fail(item, SendFailure::of(error));
}

void Outbox::drop(OutboxItem *item, const SendFailure &failure)
{
    const QString roomId = item->roomId;
    const QString clientId = item->clientId;
    fail(item, failure);
    // Whoever heard of it may have discarded it already.
    if (!find(roomId, clientId))
        return;
    m_cache->removeFromOutbox({clientId});
    take(roomId, clientId);
    Q_EMIT superseded(roomId, clientId);
}

void Outbox::fail(OutboxItem *item, const SendFailure &failure)
{
    m_faults.remove(item->clientId);
    item->failed = true;
    item->failure = failure;
    m_cache->setFailed(item->clientId, failure);
    Q_EMIT failed(item->roomId, item->clientId, failure);
}

std::chrono::milliseconds Outbox::patience()
{
    // 2^6 × 500 ms is past the longest: counting on would only overflow.
    return std::min<std::chrono::milliseconds>(
        longestPatience, firstPatience * (1 << std::min(m_refusals++, 6)));
}

void Outbox::pause(std::chrono::milliseconds time)
{
    const auto least = std::clamp<std::chrono::milliseconds>(time, shortestPause, longestPause);
    const double lengthened =
        double(least.count()) * (1 + jitter * QRandomGenerator::global()->generateDouble());
    const std::chrono::milliseconds wait(std::llround(lengthened));
    if (!m_pause.isActive() || m_pause.remainingTimeAsDuration() < wait)
        m_pause.start(wait);
}

OutboxItem *Outbox::find(const QString &roomId, const QString &clientId)
{
    const auto room = m_items.find(roomId);
    if (room == m_items.end())
        return nullptr;
    const auto item = std::find_if(room->begin(), room->end(),
        [&clientId](const OutboxItem &each) { return each.clientId == clientId; });
    return item == room->end() ? nullptr : &*item;
}

QString Outbox::roomOf(const QString &clientId) const
{
    for (auto room = m_items.begin(); room != m_items.end(); ++room) {
        for (const OutboxItem &item : *room) {
            if (item.clientId == clientId)
                return room.key();
        }
    }
    return {};
}

void Outbox::take(const QString &roomId, const QString &clientId)
{
    const auto room = m_items.find(roomId);
    room->removeIf([&clientId](const OutboxItem &item) { return item.clientId == clientId; });
    if (room->isEmpty())
        m_items.erase(room);
    m_faults.remove(clientId);
    m_unsaved.remove(clientId);
    m_left.remove(clientId);
}

} // namespace rookery::client
