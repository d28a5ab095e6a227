#include "server/core/sessiontable.h"

#include <mutex>

namespace rookery::core {

void SessionTable::load(store::Store *store, QObject *context, store::Done<Nothing> done)
{
    store->keptSessions(
        context, [this, done = std::move(done)](const Result<QList<store::SessionRecord>> &sessions) {
            if (!sessions) {
                done(sessions.error());
                return;
            }
            for (const store::SessionRecord &session : *sessions)
                insert(session.id, {session.user, session.expiresAt});
            done(Nothing());
        });
}

void SessionTable::insert(const QString &sessionId, Entry entry)
{
    const std::unique_lock lock(m_mutex);
    m_entries.insert(sessionId, std::move(entry));
}

std::optional<User> SessionTable::find(
    const QString &sessionId, const QString &userId, const QDateTime &now) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend() || found->user.id != userId || found->expiresAt <= now)
        return std::nullopt;
    return found->user;
}

std::optional<SessionTable::Entry> SessionTable::take(const QString &sessionId, const QString &userId)
{
    const std::unique_lock lock(m_mutex);
    const auto found = m_entries.constFind(sessionId);
    if (found == m_entries.cend() || found->user.id != userId)
        return std::nullopt;
    const Entry taken = *found;
    m_entries.erase(found);
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
        return entry->expiresAt <= oldestKept;
    });
    return expired;
}

} // namespace rookery::core
