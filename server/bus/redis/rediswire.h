// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/redisdialer.h"
#include "server/bus/wire.h"

#include <QTimer>

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
    /// Every node of a cluster names the same channel.
    RedisWire(RedisOptions options, QByteArray channel, QObject *parent = nullptr);
    ~RedisWire() override;

    void open() override;
    bool isOpen() const override { return m_isOpen; }
    qsizetype mostFrameBytes() const override { return 64 * 1024; }
    void send(const QByteArray &frame) override;
    void reconnect() override;

private:
    void connectTo(const RedisAddress &address);
    RedisConnection *makeConnection(const RedisAddress &address);
    void subscribe(const RedisAddress &address);
    void takePush(const RedisReply &reply);
    void takeAnswer(const RedisReply &reply);
    void openIfReady();
    void drop();
    void cut(const QString &reason);

    const QByteArray m_channel;
    RedisDialer m_dialer;
    RedisConnection *m_subscriber = nullptr; ///< a child, as the next
    RedisConnection *m_publisher = nullptr;
    bool m_isSubscribed = false;
    bool m_isPublisherReady = false;
    bool m_isOpen = false;
    std::deque<qsizetype>
        m_unanswered; ///< what the frames that Redis has not confirmed count, in their order
    qsizetype m_unansweredBytes = 0;
    QTimer m_subscribing{this}; ///< until when the subscription must be confirmed
};

} // namespace rookery::bus
