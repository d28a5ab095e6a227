// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redismaster.h"

#include "server/bus/redis/redisconnection.h"

#include <utility>

namespace rookery::bus {

RedisMaster::RedisMaster(const RedisOptions &options, QObject *parent)
    : QObject(parent)
    , m_options(options)
{ }

void RedisMaster::find()
{
    m_asked = 0;
    ask();
}

void RedisMaster::stop()
{
    if (!m_connection)
        return;
    m_connection->disconnect(this);
    std::exchange(m_connection, nullptr)->deleteLater();
}

void RedisMaster::ask()
{
    m_connection =
        new RedisConnection(m_options, m_options.addresses[m_current], RedisConnection::Peer::Sentinel, this);
    connect(m_connection, &RedisConnection::failed, this, &RedisMaster::askNext);
    connect(m_connection, &RedisConnection::replied, this, &RedisMaster::takeAnswer);
    connect(m_connection, &RedisConnection::ready, this, [this] {
        m_connection->send({"SENTINEL", "get-master-addr-by-name", m_options.masterName.toUtf8()});
    });
    m_connection->open();
}

void RedisMaster::takeAnswer(const RedisReply &reply)
{
    if (reply.isError()) {
        askNext(m_connection->sentence(QStringLiteral("said: %1").arg(m_connection->quoted(reply.text))));
        return;
    }
    if (reply.kind == RedisReply::Kind::Nil) {
        askNext(m_connection->sentence(
            QStringLiteral("knows no master of the name '%1'").arg(m_options.masterName)));
        return;
    }
    RedisAddress address;
    if (reply.isArrayOf(2)) {
        address.host = QString::fromLatin1(reply.elements[0].text);
        address.port = reply.elements[1].text.toUShort();
    }
    if (address.host.isEmpty() || address.port == 0) {
        askNext(m_connection->sentence(QStringLiteral("does not say where the master is")));
        return;
    }
    stop();
    Q_EMIT found(address);
}

void RedisMaster::askNext(const QString &problem)
{
    stop();
    m_current = (m_current + 1) % m_options.addresses.size();
    if (++m_asked < m_options.addresses.size())
        ask();
    else
        Q_EMIT failed(problem);
}

} // namespace rookery::bus
