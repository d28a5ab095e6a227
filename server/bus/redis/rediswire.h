// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redismaster.h"
#include "server/bus/redis/redisoptions.h"
#include "server/bus/wire.h"

#include <QTimer>

#include <chrono>
#include <deque>

namespace rookery::bus {

class RedisConnection;
struct RedisReply;

/// Frames by pub/sub of Redis 6 or later, or Valkey: one connection that subscribes to the channel and one that publishes, both to
/// the same server. The loss of one closes both.
class RedisWire final : public Wire
{
    Q_OBJECT
public:
    /// Between two attempts, growing, less up to a half of it by chance.
    static constexpr std::chrono::milliseconds firstPause{100};
    static constexpr std::chrono::milliseconds longestPause{5000};

    /// Every node of a cluster names the same channel.
    RedisWire(RedisOptions options, QByteArray channel, QObject *parent = nullptr);
    ~RedisWire() override;

    void open() override;
    bool isOpen() const override { return m_isOpen; }
    qsizetype mostFrameBytes() const override { return 64 * 1024; }
    void send(const QByteArray &frame) override;
    void reconnect() override;

private:
    void attempt();
    void connectTo(const RedisAddress &address);
    RedisConnection *makeConnection(const RedisAddress &address);
    void subscribe(const RedisAddress &address);
    void takePush(const RedisReply &reply);
    void takeAnswer(const RedisReply &reply);
    void openIfReady();
    void drop();
    void cut(const QString &reason);

    const RedisOptions m_options;
    const QByteArray m_channel;
    RedisMaster m_master;
    RedisConnection *m_subscriber = nullptr; ///< a child, as the next
    RedisConnection *m_publisher = nullptr;
    bool m_isSubscribed = false;
    bool m_isPublisherReady = false;
    bool m_isOpen = false;
    std::deque<qsizetype>
        m_unanswered; ///< what the frames that Redis has not confirmed count, in their order
    qsizetype m_unansweredBytes = 0;
    QTimer m_subscribing{this}; ///< until when the subscription must be confirmed
    QTimer m_next{this}; ///< the next attempt
    std::chrono::milliseconds m_pause = firstPause;
};

} // namespace rookery::bus
