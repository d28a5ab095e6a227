// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redislink.h"

#include "server/bus/redis/redisconnection.h"

#include <QDeadlineTimer>

#include <utility>

namespace rookery::bus {

RedisLink::RedisLink(RedisOptions options, QObject *parent)
    : QObject(parent)
    , m_dialer(std::move(options), this)
{
    m_overdue.setSingleShot(true);
    m_overdue.setInterval(patience);
    connect(&m_overdue, &QTimer::timeout, this,
        [this] { cut(QStringLiteral("did not answer within %1 ms").arg(patience.count())); });
    connect(&m_dialer, &RedisDialer::found, this, &RedisLink::connectTo);
    connect(&m_dialer, &RedisDialer::failed, this, &RedisLink::lost);
}

RedisLink::~RedisLink() = default;

void RedisLink::open()
{
    m_dialer.dial();
}

void RedisLink::connectTo(const RedisAddress &address)
{
    m_connection = m_dialer.newConnection(address, this);
    connect(m_connection, &RedisConnection::failed, this, &RedisLink::lost);
    connect(m_connection, &RedisConnection::ready, this, &RedisLink::ready);
    connect(m_connection, &RedisConnection::replied, this, &RedisLink::take);
    m_connection->open();
}

void RedisLink::ready()
{
    m_isOpen = true;
    if (const int database = m_dialer.options().database; database != 0)
        ask({"SELECT", QByteArray::number(database)});
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
    m_dialer.stop();
}

void RedisLink::drop()
{
    m_isOpen = false;
    m_unanswered.clear();
    m_overdue.stop();
    m_dialer.hangUp();
    if (!m_connection)
        return;
    m_connection->disconnect(this);
    m_connection->close();
    std::exchange(m_connection, nullptr)->deleteLater();
}

void RedisLink::lost(const QString &reason)
{
    drop();
    m_dialer.dialLater();
    Q_EMIT closed(reason);
}

} // namespace rookery::bus
