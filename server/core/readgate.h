#pragma once

#include "common/result.h"
#include "server/store/store.h"

#include <QHash>
#include <QObject>
#include <QPointer>

#include <deque>
#include <functional>

namespace rookery::core {

/// The way of one I/O thread's costly reads to the store's readers. A few are under way at a time; what waits
/// does so in one queue per user, and each user's turn comes in order, so that two hundred searches of one
/// user hold up another's page by one search and not by all (THREATS 36). Bounded per user. Lives on its I/O
/// thread, where the context of every call must live too.
class ReadGate : public QObject
{
    Q_OBJECT
public:
    static constexpr int underWay = 4; ///< of this thread
    static constexpr size_t waitingPerUser = 256; ///< past it Overloaded

    explicit ReadGate(QObject *parent = nullptr);
    ~ReadGate() override;

    /// Calls `start` now or when it is the owner's turn, with the context and the Done that it gives to the
    /// store. `done` gets its answer, from inside the call perhaps, unless the caller's context is gone.
    template <typename T>
    void read(const QString &owner, QObject *context, std::function<void(QObject *, store::Done<T>)> start,
        store::Done<T> done);

    int waiting() const { return m_waiting; }

private:
    using Turn = std::function<void()>;

    /// False at the owner's bound.
    bool enter(const QString &owner, Turn turn);
    void leave();

    QHash<QString, std::deque<Turn>> m_queues; ///< by owner, none empty
    std::deque<QString> m_order; ///< of the owners that wait: each once, the next one first
    int m_waiting = 0;
    int m_underWay = 0;
    bool m_running = false; ///< inside leave(): turns that end at once must not nest
};

template <typename T>
void ReadGate::read(const QString &owner, QObject *context,
    std::function<void(QObject *, store::Done<T>)> start, store::Done<T> done)
{
    const QPointer<QObject> caller(context);
    const auto turn = [this, caller, start = std::move(start), done] {
        if (!caller) {
            leave();
            return;
        }
        start(this, [this, caller, done](Result<T> result) {
            leave();
            if (caller)
                done(std::move(result));
        });
    };
    if (!enter(owner, turn))
        done(Error{ErrorCode::Overloaded, QStringLiteral("Too many of your requests are waiting already."),
            {}, std::chrono::milliseconds(1000)});
}

} // namespace rookery::core
