// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/sessiontable.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <tuple>
#include <vector>

namespace rookery::core {

void SessionTable::load(store::Store *store, QObject *context, Done<Nothing> done)
{
    store->keptSessions(
        context, [this, done = std::move(done)](const Result<QList<store::SessionRecord>> &sessions) {
            if (!sessions) {
                done(sessions.error());
                return;
            }
            for (const store::SessionRecord &session : *sessions)
                insert(session.id,
                    {session.user, session.expiresAt, false, session.createdAt.toSecsSinceEpoch()});
            done(Nothing());
        });
}

void SessionTable::insert(const QString &sessionId, Entry entry)
{
    const std::unique_lock lock(m_mutex);
    if (!m_entries.contains(sessionId))
        m_ofUser.insert(entry.user.id, sessionId);
    m_entries.insert(sessionId, std::move(entry));
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

QStringList SessionTable::surplus(
    const QString &userId, int most, const QString &spared, const QDateTime &now) const
{
    const std::unique_lock lock(m_mutex);
    std::vector<std::tuple<bool, qint64, QString>> others;
    const auto [begin, end] = m_ofUser.equal_range(userId);
    for (auto each = begin; each != end; ++each) {
        const auto entry = m_entries.constFind(*each);
        if (*each != spared && entry != m_entries.cend() && entry->expiresAt > now)
            others.emplace_back(entry->sockets > 0, entry->used, *each);
    }
    std::ranges::sort(others);
    QStringList surplus;
    for (qsizetype i = 0; i < qsizetype(others.size()) - (most - 1); ++i)
        surplus.append(std::get<QString>(others[size_t(i)]));
    return surplus;
}

std::optional<SessionTable::Entry> SessionTable::take(const QString &sessionId, const QString &userId)
{
    const std::unique_lock lock(m_mutex);
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend() || found->user.id != userId)
        return std::nullopt;
    const Entry taken = *found;
    m_entries.erase(found);
    m_ofUser.remove(userId, sessionId);
    return taken;
}

QStringList SessionTable::takeExpired(const QDateTime &now)
{
    const std::unique_lock lock(m_mutex);
    const QDateTime oldestKept = now.addMSecs(-std::chrono::milliseconds(store::expiredSessionsKept).count());
    QStringList expired;
    m_entries.removeIf([&](QHash<QString, Entry>::iterator entry) {
        const bool over = entry->expiresAt <= now;
        if (over && !entry->over)
            expired.append(entry.key());
        entry->over = over;
        if (entry->expiresAt > oldestKept)
            return false;
        m_ofUser.remove(entry->user.id, entry.key());
        return true;
    });
    return expired;
}

} // namespace rookery::core
