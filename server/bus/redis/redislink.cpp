// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redislink.h"

#include "server/bus/redis/redisconnection.h"

#include <QDeadlineTimer>
#include <QRandomGenerator>

#include <algorithm>
#include <utility>

namespace rookery::bus {

RedisLink::RedisLink(RedisOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_master(m_options, this)
{
    m_next.setSingleShot(true);
    connect(&m_next, &QTimer::timeout, this, &RedisLink::attempt);
    m_overdue.setSingleShot(true);
    m_overdue.setInterval(patience);
    connect(&m_overdue, &QTimer::timeout, this,
        [this] { cut(QStringLiteral("did not answer within %1 ms").arg(patience.count())); });
    connect(&m_master, &RedisMaster::found, this, &RedisLink::connectTo);
    connect(&m_master, &RedisMaster::failed, this, &RedisLink::lost);
}

RedisLink::~RedisLink() = default;

void RedisLink::open()
{
    attempt();
}

void RedisLink::attempt()
{
    if (m_options.hasSentinels())
        m_master.find();
    else
        connectTo(m_options.addresses.first());
}

void RedisLink::connectTo(const RedisAddress &address)
{
    const auto peer =
        m_options.hasSentinels() ? RedisConnection::Peer::Master : RedisConnection::Peer::Server;
    m_connection = new RedisConnection(m_options, address, peer, this);
    connect(m_connection, &RedisConnection::failed, this, &RedisLink::lost);
    connect(m_connection, &RedisConnection::ready, this, &RedisLink::ready);
    connect(m_connection, &RedisConnection::replied, this, &RedisLink::take);
    m_connection->open();
}

void RedisLink::ready()
{
    m_isOpen = true;
    if (m_options.database != 0)
        ask({"SELECT", QByteArray::number(m_options.database)});
    if (m_isOpen)
        Q_EMIT opened();
}

void RedisLink::ask(const Words &words, Answer answer)
{
    send(words, {std::move(answer)});
}

void RedisLink::tryAsking(const Words &words, Answer answer)
{
    send(words, {std::move(answer), true});
}

void RedisLink::send(const Words &words, Asked asked)
{
    if (!m_isOpen)
        return;
    m_unanswered.push_back(std::move(asked));
    if (!m_overdue.isActive())
        m_overdue.start();
    m_connection->send(words);
}

void RedisLink::take(const RedisReply &reply)
{
    if (m_unanswered.empty()) {
        cut(QStringLiteral("answers what it was not asked"));
        return;
    }
    const Asked asked = std::move(m_unanswered.front());
    m_unanswered.pop_front();
    if (m_unanswered.empty())
        m_overdue.stop();
    else
        m_overdue.start();
    if (reply.isError() && !asked.mayFail) {
        cut(QStringLiteral("said: %1").arg(m_connection->quoted(reply.text)));
        return;
    }
    if (asked.answer)
        asked.answer(reply);
}

void RedisLink::cut(const QString &problem)
{
    if (m_connection)
        lost(m_connection->sentence(problem));
}

void RedisLink::finish(std::chrono::milliseconds atMost)
{
    const QDeadlineTimer end(atMost);
    while (m_isOpen && !m_unanswered.empty() && !end.hasExpired()) {
        if (!m_connection->wait(std::chrono::milliseconds(end.remainingTime())))
            break;
    }
    drop();
    m_next.stop();
}

void RedisLink::drop()
{
    m_isOpen = false;
    m_unanswered.clear();
    m_overdue.stop();
    m_master.stop();
    if (!m_connection)
        return;
    m_connection->disconnect(this);
    m_connection->close();
    std::exchange(m_connection, nullptr)->deleteLater();
}

void RedisLink::lost(const QString &reason)
{
    drop();
    const int pause = int(m_pause.count());
    m_next.start(QRandomGenerator::global()->bounded(pause / 2, pause + 1));
    m_pause = std::min(m_pause * 2, longestPause);
    Q_EMIT closed(reason);
}

} // namespace rookery::bus
