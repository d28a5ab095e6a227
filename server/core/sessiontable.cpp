// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/sessiontable.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace rookery::core {

namespace {

SessionTable::Entry entryOf(const store::SessionRecord &session)
{
    return {session.user, session.expiresAt, session.createdAt.toSecsSinceEpoch()};
}

} // namespace

void SessionTable::insert(const QString &sessionId, Entry entry)
{
    const std::unique_lock lock(m_mutex);
    add(sessionId, std::move(entry));
}

void SessionTable::add(const QString &sessionId, Entry entry)
{
    if (!m_entries.contains(sessionId))
        m_ofUser.insert(entry.user.id, sessionId);
    entry.load = m_loads;
    m_entries.insert(sessionId, std::move(entry));
}

bool SessionTable::remove(const QString &sessionId)
{
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend())
        return false;
    m_ofUser.remove(found->user.id, sessionId);
    m_entries.erase(found);
    return true;
}

SessionTable::Admission SessionTable::admit(const store::SessionRecord &session, qint64 head)
{
    const std::unique_lock lock(m_mutex);
    if (m_ended.contains(session.id) || m_endedBefore.contains(session.id))
        return Admission::Ended;
    if (m_entries.contains(session.id))
        return Admission::Admitted;
    if (m_position > head)
        return Admission::Outdated;
    add(session.id, entryOf(session));
    return Admission::Admitted;
}

std::optional<User> SessionTable::find(
    const QString &sessionId, const QString &userId, const QDateTime &now) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend() || found->user.id != userId || found->expiresAt <= now)
        return std::nullopt;
    // Readers may be many; once a second is enough, so that they do not fight for it.
    const std::atomic_ref<qint64> used(found->used);
    const qint64 second = now.toSecsSinceEpoch();
    if (used.load(std::memory_order_relaxed) != second)
        used.store(second, std::memory_order_relaxed);
    return found->user;
}

void SessionTable::opened(const QString &sessionId)
{
    const std::unique_lock lock(m_mutex);
    if (const auto found = m_entries.find(sessionId); found != m_entries.end())
        ++found->sockets;
}

void SessionTable::closed(const QString &sessionId, const QDateTime &now)
{
    const std::unique_lock lock(m_mutex);
    const auto found = m_entries.find(sessionId);
    if (found == m_entries.end() || found->sockets == 0)
        return;
    --found->sockets;
    found->used = now.toSecsSinceEpoch();
}

QStringList SessionTable::surplus(const QString &userId, int most, const QString &spared,
    const QDateTime &now, const QList<store::SessionRecord> &others) const
{
    const std::unique_lock lock(m_mutex);
    std::vector<std::tuple<bool, qint64, QString>> all;
    const auto [begin, end] = m_ofUser.equal_range(userId);
    for (auto each = begin; each != end; ++each) {
        const auto entry = m_entries.constFind(*each);
        if (*each != spared && entry != m_entries.cend() && entry->expiresAt > now)
            all.emplace_back(entry->sockets > 0, entry->used, *each);
    }
    for (const store::SessionRecord &session : others) {
        if (session.id != spared && session.expiresAt > now && !m_entries.contains(session.id))
            all.emplace_back(false, session.createdAt.toSecsSinceEpoch(), session.id);
    }
    std::ranges::sort(all);
    QStringList surplus;
    for (qsizetype i = 0; i < qsizetype(all.size()) - (most - 1); ++i)
        surplus.append(std::get<QString>(all[size_t(i)]));
    return surplus;
}

std::optional<SessionTable::Entry> SessionTable::take(const QString &sessionId, const QString &userId)
{
    const std::unique_lock lock(m_mutex);
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend() || found->user.id != userId)
        return std::nullopt;
    const Entry taken = *found;
    remove(sessionId);
    return taken;
}

bool SessionTable::end(const QString &sessionId)
{
    const std::unique_lock lock(m_mutex);
    noteEnded(sessionId);
    return remove(sessionId);
}

void SessionTable::noteEnded(const QString &sessionId)
{
    if (m_ended.size() >= mostEnded / 2) {
        m_endedBefore = std::move(m_ended);
        m_ended.clear();
    }
    m_ended.insert(sessionId);
}

bool SessionTable::isUnknown(const QString &sessionId) const
{
    const std::shared_lock lock(m_mutex);
    return !m_entries.contains(sessionId) && !m_ended.contains(sessionId)
        && !m_endedBefore.contains(sessionId);
}

QStringList SessionTable::expiredBetween(const QDateTime &since, const QDateTime &now)
{
    const std::unique_lock lock(m_mutex);
    const QDateTime oldestKept = now.addMSecs(-std::chrono::milliseconds(store::expiredSessionsKept).count());
    QStringList expired;
    m_entries.removeIf([&](QHash<QString, Entry>::iterator entry) {
        if (entry->expiresAt > since && entry->expiresAt <= now)
            expired.append(entry.key());
        if (entry->expiresAt > oldestKept)
            return false;
        m_ofUser.remove(entry->user.id, entry.key());
        return true;
    });
    return expired;
}

quint64 SessionTable::beginLoad()
{
    const std::unique_lock lock(m_mutex);
    return ++m_loads;
}

QStringList SessionTable::replace(const QList<store::SessionRecord> &sessions, quint64 load, qint64 head)
{
    const std::unique_lock lock(m_mutex);
    QSet<QString> known;
    known.reserve(sessions.size());
    for (const store::SessionRecord &session : sessions) {
        known.insert(session.id);
        if (!m_entries.contains(session.id) && !m_ended.contains(session.id)
            && !m_endedBefore.contains(session.id))
            add(session.id, entryOf(session));
    }
    QStringList gone;
    for (auto entry = m_entries.cbegin(); entry != m_entries.cend(); ++entry) {
        if (entry->load < load && !known.contains(entry.key()))
            gone.append(entry.key());
    }
    for (const QString &sessionId : std::as_const(gone))
        remove(sessionId);
    m_position = head;
    return gone;
}

QStringList SessionTable::applyEnds(const QList<store::EndedSession> &ended, qint64 upTo)
{
    const std::unique_lock lock(m_mutex);
    QStringList ids;
    for (const store::EndedSession &one : ended) {
        remove(one.sessionId);
        noteEnded(one.sessionId);
        ids.append(one.sessionId);
    }
    m_position = upTo;
    return ids;
}

qint64 SessionTable::position() const
{
    const std::shared_lock lock(m_mutex);
    return m_position;
}

void SessionTable::countFrom(Clock::time_point when)
{
    if (m_countsUntil.load(std::memory_order_relaxed) != forGood)
        m_countsUntil.store(
            (when + Clock::duration(countsFor)).time_since_epoch().count(), std::memory_order_release);
}

} // namespace rookery::core
