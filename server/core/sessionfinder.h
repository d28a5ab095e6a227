// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/store.h"

#include <QHash>
#include <QObject>
#include <QPointer>

#include <chrono>
#include <vector>

namespace rookery::core {

struct SharedState;
class SessionWatch;

/// Finds sessions that the SessionTable cannot answer for, where nodes share the store: one that another node has
/// opened is looked up, and whoever comes while the table does not count waits until the control log has been
/// read. However many ask, there is one look-up for each session and one read of the log at a time. Lives on
/// its I/O thread; answers as Accounts does, sometimes from inside the call.
class SessionFinder : public QObject
{
    Q_OBJECT
public:
    SessionFinder(store::Store *store, SharedState *shared, QObject *parent = nullptr);

    /// Once, before the first call; it outlives this object. None: look-ups only.
    void setWatch(SessionWatch *watch);

    /// Of a token that is good but for its session. Unauthorized, RateLimited (too many look-ups from this
    /// network), StorageUnavailable, Overloaded.
    void find(const QString &sessionId, const QString &userId, const QString &network, QObject *context,
        Done<User> done);

private:
    using Clock = std::chrono::steady_clock;
    struct Asker
    {
        QString sessionId;
        QString userId;
        QString network;
        QPointer<QObject> context;
        Done<User> done;
        Clock::time_point since;

        void answer(const Result<User> &user) const
        {
            if (context)
                done(user);
        }
    };

    void decide(const Asker &asker);
    void lookUp(const Asker &asker);
    void askStore(const QString &sessionId, int attempts);
    void found(const QString &sessionId, const Result<store::FoundSession> &found, int attempts);
    void asked(bool answered, Clock::time_point began);

    store::Store *m_store;
    SharedState *m_shared;
    SessionWatch *m_watch = nullptr;
    std::vector<Asker> m_waiting; ///< for the table to count
    QHash<QString, std::vector<Asker>> m_lookUps; ///< by session id
};

} // namespace rookery::core
