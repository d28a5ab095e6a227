// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisdialer.h"

#include "server/bus/redis/redisconnection.h"

#include <QRandomGenerator>

#include <algorithm>
#include <utility>

namespace rookery::bus {

RedisDialer::RedisDialer(RedisOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_master(m_options, this)
{
    m_next.setSingleShot(true);
    connect(&m_next, &QTimer::timeout, this, &RedisDialer::dial);
    connect(&m_master, &RedisMaster::found, this, &RedisDialer::found);
    connect(&m_master, &RedisMaster::failed, this, &RedisDialer::failed);
}

void RedisDialer::dial()
{
    if (m_options.hasSentinels())
        m_master.find();
    else
        Q_EMIT found(m_options.addresses.first());
}

void RedisDialer::dialLater()
{
    const int pause = int(m_pause.count());
    m_next.start(QRandomGenerator::global()->bounded(pause / 2, pause + 1));
    m_pause = std::min(m_pause * 2, longestPause);
}

void RedisDialer::stop()
{
    hangUp();
    m_next.stop();
}

RedisConnection *RedisDialer::newConnection(const RedisAddress &address, QObject *owner) const
{
    const auto peer =
        m_options.hasSentinels() ? RedisConnection::Peer::Master : RedisConnection::Peer::Server;
    return new RedisConnection(m_options, address, peer, owner);
}

} // namespace rookery::bus
