// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redismirror.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rookery::bus {

namespace {

/// Changes of this time are written together.
constexpr std::chrono::milliseconds writeDelay{10};
/// Users of one command.
constexpr size_t mostUsersWritten = 100;
/// Commands on their way; what is more to be written waits.
constexpr size_t mostCommands = 256;
/// Nodes, or rooms of a dead one, that are looked at together.
const QByteArray mostExamined = QByteArrayLiteral("100");

/// Makes `rooms` say how many are in this room, and has both keys live on.
/// KEYS: p:ROOM, rooms. ARGV: ROOM, seconds.
const QByteArray countScript = QByteArrayLiteral("local n = redis.call('HLEN', KEYS[1]) "
                                                 "if n == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) "
                                                 "else redis.call('ZADD', KEYS[2], n, ARGV[1]) "
                                                 "redis.call('EXPIRE', KEYS[1], ARGV[2]) end "
                                                 "redis.call('EXPIRE', KEYS[2], ARGV[2]) "
                                                 "return n");

/// Removes some of a dead node's entries. Answers with the cursor for the next call; "0": there are no more.
/// KEYS: p:ROOM, rooms. ARGV: ROOM, incarnation, cursor, seconds.
const QByteArray clearScript = QByteArrayLiteral(
    "local found = redis.call('HSCAN', KEYS[1], ARGV[3], 'MATCH', ARGV[2] .. ':*', 'COUNT', 1000) "
    "for i = 1, #found[2], 2 do redis.call('HDEL', KEYS[1], found[2][i]) end "
    "local n = redis.call('HLEN', KEYS[1]) "
    "if n == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) "
    "else redis.call('ZADD', KEYS[2], n, ARGV[1]) end "
    "redis.call('EXPIRE', KEYS[2], ARGV[4]) "
    "return found[1]");

QByteArray newIncarnation()
{
    return QByteArray::number(QRandomGenerator::system()->generate64(), 16).rightJustified(16, '0');
}

bool isIncarnation(const QByteArray &text)
{
    return text.size() == 16 && std::all_of(text.cbegin(), text.cend(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

} // namespace

RedisMirror::RedisMirror(RedisOptions redis, RedisMirrorOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_link(std::move(redis), this)
{
    connect(&m_link, &RedisLink::opened, this, [this] {
        m_link.tryAsking(
            {"CONFIG", "GET", "maxmemory-policy"}, [this](const auto &reply) { checkPolicy(reply); });
        begin();
    });
    connect(&m_link, &RedisLink::closed, this, &RedisMirror::closed);
    m_tick.setInterval(m_options.renewal);
    connect(&m_tick, &QTimer::timeout, this, &RedisMirror::tick);
    m_write.setSingleShot(true);
    m_write.setInterval(writeDelay);
    connect(&m_write, &QTimer::timeout, this, &RedisMirror::write);
}

RedisMirror::~RedisMirror()
{
    m_link.disconnect(this);
}

void RedisMirror::open()
{
    m_link.open();
    m_tick.start();
}

void RedisMirror::begin()
{
    const QByteArray last = std::exchange(m_incarnation, newIncarnation());
    m_link.ask({"SET", nodeKey(m_incarnation),
        compact({{QStringLiteral("name"), m_options.name}, {QStringLiteral("version"), m_options.version}}),
        "PX", QByteArray::number(m_options.lease.count())});
    announce();
    if (!last.isEmpty())
        m_link.ask({"DEL", nodeKey(last)});
    reset();
    for (auto &[roomId, room] : m_rooms)
        queueAll(roomId, room);
    examine();
}

void RedisMirror::closed(const QString &reason)
{
    m_isRenewing = false;
    m_isExamining = false;
    reset();
    if (std::exchange(m_toldReason, reason) != reason)
        qWarning("who is present is not in Redis: %s", qUtf8Printable(reason));
}

void RedisMirror::checkPolicy(const RedisReply &reply)
{
    // Where one may not ask, nothing is known.
    if (!reply.isArrayOf(2) || !reply.elements[1].text.startsWith("allkeys-")
        || std::exchange(m_hasToldPolicy, true))
        return;
    qWarning("Redis may remove any key when its memory is full (maxmemory-policy %s): who is present may be "
             "missing "
             "there for a while; noeviction is better",
        reply.elements[1].text.left(40).constData());
}

void RedisMirror::tick()
{
    if (!m_link.isOpen())
        return;
    const auto now = std::chrono::steady_clock::now();
    for (auto &[roomId, room] : m_rooms) {
        if (!room.isQueued && now - room.queued >= m_options.refresh)
            queueAll(roomId, room);
    }
    renew();
    examine();
}

void RedisMirror::renew()
{
    if (std::exchange(m_isRenewing, true))
        return;
    m_link.ask({"SET", nodeKey(m_incarnation),
                   compact({{QStringLiteral("name"), m_options.name},
                       {QStringLiteral("version"), m_options.version}}),
                   "PX", QByteArray::number(m_options.lease.count()), "XX"},
        [this](const RedisReply &reply) {
            m_isRenewing = false;
            if (reply.kind == RedisReply::Kind::Nil)
                begin(); // others have removed what we had written, or are doing so
            else
                proved();
        });
    announce();
}

void RedisMirror::proved()
{
    m_link.proved();
    // Not as soon as it is open: one that refuses what is written would be told of again and again.
    if (!std::exchange(m_toldReason, {}).isEmpty())
        qInfo("who is present is in Redis again");
}

void RedisMirror::announce()
{
    m_link.ask({"SADD", key("nodes"), m_incarnation});
    m_link.ask({"EXPIRE", key("nodes"), longLife()});
    m_link.ask({"EXPIRE", roomsKey(m_incarnation), longLife()});
}

void RedisMirror::presence(const PresenceChanged &change)
{
    if (change.online)
        came(change);
    else
        went(change);
}

void RedisMirror::came(const PresenceChanged &change)
{
    ActiveRoom &room = m_rooms[change.roomId];
    if (room.users.empty())
        room.queued = std::chrono::steady_clock::now();
    const auto [found, isNew] = room.users.try_emplace(change.user.id);
    Entry &entry = found->second;
    if (!isNew && entry.hubs.isEmpty())
        --m_gone;
    const bool isSame = !entry.hubs.isEmpty() && entry.name == change.user.name && entry.role == change.role
        && entry.isGuest == change.user.guest;
    if (!entry.hubs.contains(change.hub))
        entry.hubs.append(change.hub);
    if (isSame)
        return;
    entry.name = change.user.name;
    entry.role = change.role;
    entry.isGuest = change.user.guest;
    setDue(change.roomId, room, change.user.id, entry);
}

void RedisMirror::went(const PresenceChanged &change)
{
    const auto room = m_rooms.find(change.roomId);
    if (room == m_rooms.end())
        return;
    const auto found = room->second.users.find(change.user.id);
    if (found == room->second.users.end())
        return;
    Entry &entry = found->second;
    if (entry.hubs.removeAll(change.hub) == 0 || !entry.hubs.isEmpty())
        return;
    if (!m_link.isOpen()) {
        room->second.users.erase(found);
        if (room->second.users.empty())
            m_rooms.erase(room);
        return;
    }
    ++m_gone;
    setDue(change.roomId, room->second, change.user.id, entry);
    if (m_gone > mostGone)
        m_link.cut(QStringLiteral("is too slow: %1 users who have gone wait to be removed").arg(m_gone));
}

void RedisMirror::setDue(const QString &roomId, ActiveRoom &room, const QString &userId, Entry &entry)
{
    if (!m_link.isOpen())
        return;
    if (!std::exchange(entry.isDue, true))
        room.due.push_back(userId);
    queue(roomId, room);
}

void RedisMirror::queue(const QString &roomId, ActiveRoom &room)
{
    if (!std::exchange(room.isQueued, true))
        m_queue.push_back(roomId);
    if (!m_write.isActive())
        m_write.start();
}

void RedisMirror::queueAll(const QString &roomId, ActiveRoom &room)
{
    room.queued = std::chrono::steady_clock::now();
    for (auto &[userId, entry] : room.users) {
        if (!std::exchange(entry.isDue, true))
            room.due.push_back(userId);
    }
    queue(roomId, room);
}

void RedisMirror::reset()
{
    m_queue.clear();
    m_gone = 0;
    for (auto one = m_rooms.begin(); one != m_rooms.end();) {
        ActiveRoom &room = one->second;
        room.due = {};
        room.isQueued = false;
        std::erase_if(room.users, [](const auto &user) { return user.second.hubs.isEmpty(); });
        for (auto &[userId, entry] : room.users)
            entry.isDue = false;
        one = room.users.empty() ? m_rooms.erase(one) : std::next(one);
    }
}

void RedisMirror::write()
{
    while (m_link.isOpen() && !m_queue.empty() && m_link.unanswered() < mostCommands)
        writeNext();
}

void RedisMirror::writeNext()
{
    const QString roomId = std::move(m_queue.front());
    m_queue.pop_front();
    const QByteArray name = roomId.toUtf8();
    ActiveRoom &room = m_rooms.at(roomId);
    room.isQueued = false;
    Words set{"HSET", presentKey(name)};
    Words remove{"HDEL", presentKey(name)};
    const size_t none = set.size();
    for (size_t left = std::min(room.due.size(), mostUsersWritten); left > 0; --left) {
        const auto found = room.users.find(room.due.back());
        room.due.pop_back();
        Entry &entry = found->second;
        entry.isDue = false;
        if (entry.hubs.isEmpty()) {
            remove.push_back(field(found->first));
            room.users.erase(found);
            --m_gone;
            continue;
        }
        set.push_back(field(found->first));
        set.push_back(
            compact({{QStringLiteral("name"), entry.name}, {QStringLiteral("role"), roleText(entry.role)},
                {QStringLiteral("member"), isMember(entry.role)}, {QStringLiteral("guest"), entry.isGuest}}));
    }
    const bool isEmpty = room.users.empty();
    if (!room.due.empty())
        queue(roomId, room);
    if (isEmpty)
        m_rooms.erase(roomId);
    // In this order `r:` names every room with an entry of ours, and `rooms` none without any. Each of these may lose the
    // connection, and then nothing of the above is true any more.
    if (set.size() > none) {
        m_link.ask({"SADD", roomsKey(m_incarnation), name});
        m_link.ask({"EXPIRE", roomsKey(m_incarnation), longLife()});
        m_link.ask(set);
    }
    if (remove.size() > none)
        m_link.ask(remove);
    m_link.ask(count(name), [this](const RedisReply &) {
        if (!m_queue.empty() && !m_write.isActive())
            m_write.start();
    });
    if (isEmpty)
        m_link.ask({"SREM", roomsKey(m_incarnation), name});
}

RedisMirror::Words RedisMirror::count(const QByteArray &room) const
{
    return {"EVAL", countScript, "2", presentKey(room), key("rooms"), room, life()};
}

void RedisMirror::examine()
{
    if (!m_link.isOpen() || std::exchange(m_isExamining, true))
        return;
    m_link.ask(
        {"SRANDMEMBER", key("nodes"), mostExamined}, [this](const RedisReply &reply) { examine(reply); });
}

void RedisMirror::examine(const RedisReply &nodes)
{
    m_dead.clear();
    m_examined = 1;
    const auto examined = [this] {
        if (--m_examined == 0)
            bury();
    };
    for (const RedisReply &one : nodes.elements) {
        if (one.text == m_incarnation || !isIncarnation(one.text))
            continue;
        ++m_examined;
        m_link.ask({"EXISTS", nodeKey(one.text)}, [this, examined, node = one.text](const RedisReply &reply) {
            if (reply.kind == RedisReply::Kind::Integer && reply.integer == 0)
                m_dead.append(node);
            examined();
        });
    }
    examined();
}

void RedisMirror::bury()
{
    if (m_dead.isEmpty()) {
        m_isExamining = false;
        return;
    }
    m_link.ask({"SRANDMEMBER", roomsKey(m_dead.last()), mostExamined},
        [this, node = m_dead.last()](const RedisReply &reply) { bury(node, reply); });
}

void RedisMirror::bury(const QByteArray &incarnation, const RedisReply &rooms)
{
    if (rooms.elements.empty()) {
        m_link.ask({"SREM", key("nodes"), incarnation});
        m_dead.removeLast();
        bury();
        return;
    }
    m_examined = int(rooms.elements.size());
    for (const RedisReply &room : rooms.elements)
        clear(incarnation, room.text, "0");
}

void RedisMirror::clear(const QByteArray &incarnation, const QByteArray &room, const QByteArray &cursor)
{
    m_link.ask({"EVAL", clearScript, "2", presentKey(room), key("rooms"), room, incarnation, cursor, life()},
        [this, incarnation, room](const RedisReply &reply) {
            if (!reply.text.isEmpty() && reply.text != "0") {
                clear(incarnation, room, reply.text);
                return;
            }
            m_link.ask({"SREM", roomsKey(incarnation), room});
            if (--m_examined == 0)
                bury();
        });
}

void RedisMirror::leave()
{
    m_link.disconnect(this);
    m_tick.stop();
    m_write.stop();
    // What does not get through in time is removed by other nodes, or by its age.
    for (const auto &[roomId, room] : m_rooms) {
        const QByteArray name = roomId.toUtf8();
        Words remove{"HDEL", presentKey(name)};
        const auto flush = [&] {
            const size_t none = 2;
            if (remove.size() > none)
                m_link.ask(remove);
            remove.resize(none);
        };
        for (const auto &[userId, entry] : room.users) {
            remove.push_back(field(userId));
            if (remove.size() > mostUsersWritten)
                flush();
        }
        flush();
        m_link.ask(count(name));
    }
    m_link.ask({"DEL", roomsKey(m_incarnation), nodeKey(m_incarnation)});
    m_link.ask({"SREM", key("nodes"), m_incarnation});
    m_link.finish(leaveTime);
}

} // namespace rookery::bus
