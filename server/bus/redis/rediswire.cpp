// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/rediswire.h"

#include "server/bus/redis/redisconnection.h"

#include <utility>

namespace rookery::bus {

namespace {

constexpr qsizetype bytesAround =
    64; ///< what a frame counts beside its bytes, so that empty ones are bounded, too

} // namespace

RedisWire::RedisWire(RedisOptions options, QByteArray channel, QObject *parent)
    : Wire(parent)
    , m_channel(std::move(channel))
    , m_dialer(std::move(options), this)
{
    m_subscribing.setSingleShot(true);
    m_subscribing.setInterval(RedisConnection::patience);
    connect(&m_subscribing, &QTimer::timeout, this, [this] {
        cut(m_subscriber->sentence(QStringLiteral("did not confirm the subscription within %1 ms")
                                       .arg(RedisConnection::patience.count())));
    });
    connect(&m_dialer, &RedisDialer::found, this, &RedisWire::connectTo);
    connect(&m_dialer, &RedisDialer::failed, this, &RedisWire::cut);
}

RedisWire::~RedisWire() = default;

void RedisWire::open()
{
    m_dialer.dial();
}

void RedisWire::connectTo(const RedisAddress &address)
{
    m_subscriber = makeConnection(address);
    connect(m_subscriber, &RedisConnection::ready, this, [this, address] { subscribe(address); });
    connect(m_subscriber, &RedisConnection::replied, this, &RedisWire::takePush);
    m_subscriber->open();
}

RedisConnection *RedisWire::makeConnection(const RedisAddress &address)
{
    RedisConnection *const connection = m_dialer.newConnection(address, this);
    connect(connection, &RedisConnection::failed, this, &RedisWire::cut);
    return connection;
}

void RedisWire::subscribe(const RedisAddress &address)
{
    // To the same server: a name may be that of several.
    m_publisher = makeConnection(address);
    connect(m_publisher, &RedisConnection::ready, this, [this] {
        m_isPublisherReady = true;
        openIfReady();
    });
    connect(m_publisher, &RedisConnection::replied, this, &RedisWire::takeAnswer);
    m_publisher->open(m_subscriber->peerAddress());
    m_subscribing.start();
    m_subscriber->send({"SUBSCRIBE", m_channel});
}

void RedisWire::takePush(const RedisReply &reply)
{
    if (reply.isError()) {
        cut(m_subscriber->sentence(QStringLiteral("said: %1").arg(m_subscriber->quoted(reply.text))));
        return;
    }
    const bool isOurs = reply.isArrayOf(3) && reply.elements[1].text == m_channel;
    if (isOurs && !m_isSubscribed && reply.elements[0].text == "subscribe") {
        m_subscribing.stop();
        m_isSubscribed = true;
        openIfReady();
    } else if (isOurs && m_isSubscribed && reply.elements[0].text == "message") {
        // Before opened() nobody counts on it.
        if (m_isOpen)
            Q_EMIT received(reply.elements[2].text);
    } else {
        cut(m_subscriber->sentence(QStringLiteral("says to a subscriber what is no message")));
    }
}

void RedisWire::takeAnswer(const RedisReply &reply)
{
    if (reply.isError()) {
        cut(m_publisher->sentence(
            QStringLiteral("does not publish, and said: %1").arg(m_publisher->quoted(reply.text))));
        return;
    }
    if (reply.kind != RedisReply::Kind::Integer || m_unanswered.empty()) {
        cut(m_publisher->sentence(QStringLiteral("answers what it was not asked")));
        return;
    }
    m_unansweredBytes -= m_unanswered.front();
    m_unanswered.pop_front();
    m_dialer.proved();
}

void RedisWire::openIfReady()
{
    if (!m_isSubscribed || !m_isPublisherReady)
        return;
    m_isOpen = true;
    Q_EMIT opened();
}

void RedisWire::send(const QByteArray &frame)
{
    if (!m_isOpen || frame.size() > mostFrameBytes())
        return;
    const qsizetype size = frame.size() + bytesAround;
    if (m_unansweredBytes + size > mostQueuedBytes) {
        cut(m_publisher->sentence(
            QStringLiteral("is too slow, or hangs: %1 bytes wait to be published").arg(m_unansweredBytes)));
        return;
    }
    m_unanswered.push_back(size);
    m_unansweredBytes += size;
    m_publisher->send({"PUBLISH", m_channel, frame});
}

void RedisWire::reconnect()
{
    // An attempt that is under way, or due, resolves the address anew as well.
    if (m_isOpen)
        cut(m_subscriber->sentence(QStringLiteral("is connected to anew")));
}

void RedisWire::drop()
{
    m_isOpen = false;
    m_isSubscribed = false;
    m_isPublisherReady = false;
    m_unanswered.clear();
    m_unansweredBytes = 0;
    m_subscribing.stop();
    m_dialer.hangUp();
    for (RedisConnection **const connection : {&m_subscriber, &m_publisher}) {
        if (!*connection)
            continue;
        (*connection)->disconnect(this);
        (*connection)->close();
        std::exchange(*connection, nullptr)->deleteLater();
    }
}

void RedisWire::cut(const QString &reason)
{
    drop();
    m_dialer.dialLater();
    Q_EMIT closed(reason);
}

} // namespace rookery::bus
