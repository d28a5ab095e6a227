// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/auth/ratelimiter.h"
#include "server/store/store.h"

#include <QHash>
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <deque>
#include <functional>

namespace rookery::core {

/// The way of one I/O thread's costly reads to the store's readers. A few are under way at a time; what waits
/// does so in one queue per user, and each user's turn comes in order, so that two hundred searches of one
/// user hold up another's page by one search and not by all (THREATS 36). Whoever has read for longer than
/// `credit` rests between reads, so that reading takes at most a third of the time. Bounded per user. Lives
/// on its I/O thread, where the context of every call must live too.
class ReadGate : public QObject
{
    Q_OBJECT
public:
    static constexpr int underWay = 4; ///< of this thread
    static constexpr size_t waitingPerUser = 256; ///< past it Overloaded
    static constexpr std::chrono::milliseconds credit{50};

    explicit ReadGate(QObject *parent = nullptr);
    ~ReadGate() override;

    /// Calls `start` now or when it is the owner's turn, with the context and the Done that it gives to the
    /// store. `done` gets its answer, from inside the call perhaps, unless the caller's context is gone.
    template <typename T>
    void read(const QString &owner, QObject *context, std::function<void(QObject *, store::Done<T>)> start,
        store::Done<T> done);

    int waiting() const { return m_waiting; }

private:
    using Clock = std::chrono::steady_clock;
    using Turn = std::function<void()>;

    /// False at the owner's bound.
    bool enter(const QString &owner, Turn turn);
    void leave(const QString &owner, Clock::time_point began);
    void serve();
    /// The first in m_order that need not rest; its end: none.
    std::deque<QString>::iterator nextOwner();

    QHash<QString, std::deque<Turn>> m_queues; ///< by owner, none empty
    std::deque<QString> m_order; ///< of the owners that wait: each once, the next one first
    auth::RateLimiter m_pace; ///< of microseconds of reading
    QHash<QString, Clock::time_point> m_resting; ///< until when, of the owners that wait or have just read
    QTimer m_rested; ///< somebody's rest is over
    int m_waiting = 0;
    int m_underWay = 0;
    bool m_running = false; ///< inside serve(): turns that end at once must not nest
};

template <typename T>
void ReadGate::read(const QString &owner, QObject *context,
    std::function<void(QObject *, store::Done<T>)> start, store::Done<T> done)
{
    const QPointer<QObject> caller(context);
    const auto turn = [this, owner, caller, start = std::move(start), done] {
        const auto began = Clock::now();
        if (!caller) {
            leave(owner, began);
            return;
        }
        start(this, [this, owner, caller, done, began](Result<T> result) {
            const QPointer<ReadGate> alive(this);
            if (caller)
                done(std::move(result)); // what is made of it counts as well
            if (alive)
                leave(owner, began);
        });
    };
    if (!enter(owner, turn))
        done(Error{ErrorCode::Overloaded, QStringLiteral("Too many of your requests are waiting already."),
            {}, std::chrono::milliseconds(1000)});
}

} // namespace rookery::core
