// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redismaster.h"
#include "server/bus/redis/redisoptions.h"

#include <QObject>
#include <QTimer>

#include <chrono>

namespace rookery::bus {

class RedisConnection;

/// When to connect to a Redis, and to which one: at once, and after each loss when a pause is over that grows with each
/// attempt; to the first address, or to the master that a Sentinel names. Lives on the thread of its owner.
class RedisDialer final : public QObject
{
    Q_OBJECT
public:
    /// Between two attempts, growing, less up to a half of it by chance.
    static constexpr std::chrono::milliseconds firstPause{100};
    static constexpr std::chrono::milliseconds longestPause{5000};

    explicit RedisDialer(RedisOptions options, QObject *parent = nullptr);

    const RedisOptions &options() const { return m_options; }
    /// Emits found(), or failed().
    void dial();
    /// Calls dial() when a pause is over.
    void dialLater();
    /// Nothing is looked for any more, and no pause ends.
    void stop();
    /// Forgets what a Sentinel still answers; a pause goes on.
    void hangUp() { m_master.stop(); }
    /// The server does what it is there for: the pauses begin anew. Not as soon as it lets us in: one that then refuses
    /// everything would be tried ten times a second.
    void proved() { m_pause = firstPause; }
    /// Not opened yet; a child of `owner`.
    RedisConnection *newConnection(const RedisAddress &address, QObject *owner) const;

Q_SIGNALS:
    void found(const rookery::bus::RedisAddress &address);
    void failed(const QString &reason);

private:
    const RedisOptions m_options;
    RedisMaster m_master;
    QTimer m_next{this};
    std::chrono::milliseconds m_pause = firstPause;
};

} // namespace rookery::bus
