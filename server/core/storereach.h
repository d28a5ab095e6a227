// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <atomic>
#include <chrono>

namespace rookery::core {

/// When the store last answered this process, and whether it answers other nodes and not this one. One for each process, in
/// a cluster; everything is thread-safe, and the signal comes on whatever thread says it.
class StoreReach : public QObject
{
    Q_OBJECT
public:
    explicit StoreReach(QObject *parent = nullptr);

    /// The store has answered just now.
    void note();
    /// How long ago that was.
    std::chrono::milliseconds age() const;

    /// Whether clients are better served by other nodes: then nobody may open a WebSocket here.
    bool isCutOff() const { return m_isCutOff.load(std::memory_order_acquire); }
    void setCutOff(bool isCutOff);

Q_SIGNALS:
    /// isCutOff() has become true: all sockets of now have to be closed, so that their clients go elsewhere.
    void cutOff();

private:
    using Clock = std::chrono::steady_clock;

    std::atomic<Clock::rep> m_last; ///< by the steady clock
    std::atomic_bool m_isCutOff = false;
};

} // namespace rookery::core
