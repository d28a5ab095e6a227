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

/// A fair queue for one I/O thread's costly reads from the store. Few reads run at a time; the others wait in
/// one queue per user, and users take turns: two hundred searches of one user delay another's page by one
/// search, not by all (THREATS 36). A user who has read for longer than `credit` pauses between reads, so
/// that reading takes at most a third of the time. Bounded per user. Lives on its I/O thread; so must the
/// context of every call.
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
    void read(
        const QString &owner, QObject *context, std::function<void(QObject *, Done<T>)> start, Done<T> done);

    int waiting() const { return m_waiting; }

private:
    using Clock = std::chrono::steady_clock;
    using Turn = std::function<void()>;

    /// False at the owner's bound.
    bool enter(const QString &owner, Turn turn);
    void leave(const QString &owner, Clock::time_point began);
    void serve();
    /// The first in m_order that is not paused; end() if there is none.
    std::deque<QString>::iterator nextOwner();

    QHash<QString, std::deque<Turn>> m_queues; ///< by owner, none empty
    std::deque<QString> m_order; ///< of the owners that wait: each once, the next one first
    auth::RateLimiter m_pace; ///< of microseconds of reading
    QHash<QString, Clock::time_point> m_resting; ///< end of the pause, of owners that wait or have just read
    QTimer m_rested; ///< the end of the next pause
    int m_waiting = 0;
    int m_underWay = 0;
    bool m_running = false; ///< inside serve(): reads that end at once must not nest
};

template <typename T>
void ReadGate::read(
    const QString &owner, QObject *context, std::function<void(QObject *, Done<T>)> start, Done<T> done)
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
