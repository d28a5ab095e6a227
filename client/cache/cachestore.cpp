// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cachestore.h"

#include "common/jsoncodec.h"

#include <QFile>
#include <QJsonDocument>
#include <QLoggingCategory>
#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace rookery::client {

namespace {

Q_LOGGING_CATEGORY(log, "rookery.cache", QtInfoMsg)

constexpr std::array schema{
    "CREATE TABLE rooms ("
    " key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " epoch TEXT NOT NULL, last_seq INTEGER NOT NULL, read_seq INTEGER NOT NULL, peers TEXT NOT NULL)",
    "CREATE TABLE events ("
    " room INTEGER NOT NULL REFERENCES rooms(key) ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,"
    " sender_id TEXT NOT NULL, sender_name TEXT NOT NULL, client_id TEXT NOT NULL, text TEXT NOT NULL,"
    " time INTEGER NOT NULL, PRIMARY KEY (room, seq)) WITHOUT ROWID",
    "CREATE TABLE spans ("
    " room INTEGER NOT NULL REFERENCES rooms(key) ON DELETE CASCADE, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, PRIMARY KEY (room, first)) WITHOUT ROWID",
    "CREATE TABLE outbox ("
    " position INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,"
    " text TEXT NOT NULL, failed INTEGER NOT NULL, failure TEXT NOT NULL, created INTEGER NOT NULL)",
};

constexpr auto draftsSchema =
    "CREATE TABLE IF NOT EXISTS drafts (room TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID";

const QString eventColumns = QStringLiteral("seq, id, sender_id, sender_name, client_id, text, time");
const QString selectOutbox =
    QStringLiteral("SELECT client_id, room, text, failed, failure, created FROM outbox ORDER BY position");
const QString selectDrafts = QStringLiteral("SELECT room, text FROM drafts");

QString uniqueConnectionName()
{
    static std::atomic<int> last = 0;
    return QStringLiteral("rookery-cache-%1").arg(++last);
}

// SQLite's result codes (sqlite.org/rescode.html); the upper bits only refine them.
enum SqliteCode {
    Corrupt = 11,
    NotADatabase = 26,
    Busy = 5,
    ReadOnly = 8,
    IoError = 10,
    Full = 13,
    CannotOpen = 14
};

int sqliteCode(const QSqlError &error)
{
    return error.nativeErrorCode().toInt() & 0xff;
}

QString peersText(const QList<User> &peers)
{
    return QString::fromUtf8(
        QJsonDocument(json::fromList(peers, json::fromUser)).toJson(QJsonDocument::Compact));
}

QList<User> peersFromText(const QString &text)
{
    const QJsonObject wrapped{{QStringLiteral("peers"), QJsonDocument::fromJson(text.toUtf8()).array()}};
    const auto peers = json::toList(JsonReader(wrapped), QLatin1String("peers"), json::toUser);
    return peers ? *peers : QList<User>();
}

RoomKind kindFromText(const QString &text)
{
    for (const RoomKind kind : {RoomKind::Private, RoomKind::Direct}) {
        if (text == json::roomKindText(kind))
            return kind;
    }
    return RoomKind::Public;
}

QDateTime timeFrom(const QVariant &milliseconds)
{
    return QDateTime::fromMSecsSinceEpoch(milliseconds.toLongLong()).toUTC();
}

/// QtSql binds a null QString as NULL, which no column takes.
QString text(const QString &value)
{
    return value.isNull() ? QLatin1String("") : value;
}

QVariantList outboxValues(const OutboxItem &item)
{
    return {text(item.clientId), text(item.roomId), text(item.text), item.failed, text(item.failure.toText()),
        item.created.toMSecsSinceEpoch()};
}

QList<OutboxItem> readOutbox(QSqlQuery &query)
{
    QList<OutboxItem> items;
    while (query.next()) {
        items.append({query.value(0).toString(), query.value(1).toString(), query.value(2).toString(),
            query.value(3).toBool(), SendFailure::fromText(query.value(4).toString()),
            timeFrom(query.value(5))});
    }
    return items;
}

QHash<QString, QString> readDrafts(QSqlQuery &query)
{
    QHash<QString, QString> drafts;
    while (query.next())
        drafts.insert(query.value(0).toString(), query.value(1).toString());
    return drafts;
}

} // namespace

CacheStore::~CacheStore()
{
    close();
}

CacheStore::Opened CacheStore::open(const QString &path, Role role, const FirstUnsent &unsent)
{
    m_damaged = false;
    m_connection = uniqueConnectionName();
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(path);
    m_database.setConnectOptions(role == Role::Front ? QStringLiteral("QSQLITE_BUSY_TIMEOUT=250")
                                                     : QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!m_database.open()) {
        note(m_database.lastError(), QStringLiteral("open"));
        const bool damaged = m_damaged;
        close();
        return damaged ? Opened::Damaged : Opened::Unavailable;
    }
    Opened opened = openSchema(unsent);
    if (opened == Opened::Ok && role == Role::Front) {
        run(QStringLiteral("PRAGMA wal_autocheckpoint = 0"));
        // From here on only a write can be kept waiting, and it has another way: better late than a window
        // that stands still.
        run(QStringLiteral("PRAGMA busy_timeout = 50"));
    }
    if (opened != Opened::Ok)
        close();
    return opened;
}

CacheStore::Opened CacheStore::openSchema(const FirstUnsent &unsent)
{
    const auto failed = [this](const QSqlError &error) {
        switch (sqliteCode(error)) {
        case Busy:
        case ReadOnly:
        case IoError:
        case Full:
        case CannotOpen:
            return Opened::Unavailable;
        default:
            return Opened::Damaged;
        }
    };
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    const auto step = [&query](const QString &sql) {
        return query.exec(sql) && (!query.isSelect() || query.next());
    };

    if (!step(QStringLiteral("PRAGMA user_version")))
        return failed(query.lastError());
    const int version = query.value(0).toInt();
    if (version > schemaVersion)
        return Opened::Newer;
    query.finish();
    for (const char *pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
             "PRAGMA foreign_keys = ON", "PRAGMA cache_size = -1024", "PRAGMA temp_store = MEMORY"}) {
        if (!query.exec(QLatin1String(pragma)))
            return failed(query.lastError());
        query.finish();
    }
    if (version == 0) {
        if (!step(QStringLiteral("SELECT count(*) FROM sqlite_master")))
            return failed(query.lastError());
        if (query.value(0).toInt() > 0)
            return Opened::Damaged;
        query.finish();
        return createSchema(unsent ? unsent() : Unsent()) ? Opened::Ok
            : m_damaged                                   ? Opened::Damaged
                                                          : Opened::Unavailable;
    }
    // Later than the others; a version that does not know it leaves it alone.
    if (!query.exec(QLatin1String(draftsSchema)))
        return failed(query.lastError());
    query.finish();
    // Reading every table once finds most of what can be wrong without reading the whole file.
    for (const char *sql : {"SELECT key, id, name, kind, epoch, last_seq, read_seq, peers FROM rooms LIMIT 1",
             "SELECT room, seq, id, sender_id, sender_name, client_id, text, time FROM events LIMIT 1",
             "SELECT room, first, last FROM spans LIMIT 1",
             "SELECT position, client_id, room, text, failed, failure, created FROM outbox LIMIT 1",
             "SELECT room, text FROM drafts LIMIT 1"}) {
        if (!query.exec(QLatin1String(sql)) || (!query.next() && query.lastError().isValid()))
            return failed(query.lastError());
        query.finish();
    }
    return Opened::Ok;
}

bool CacheStore::createSchema(const Unsent &unsent)
{
    return inTransaction([&] {
        return std::all_of(
                   schema.begin(), schema.end(), [this](const char *sql) { return run(QLatin1String(sql)); })
            && run(QLatin1String(draftsSchema)) && fillOutbox(unsent.outbox)
            && std::all_of(unsent.drafts.keyValueBegin(), unsent.drafts.keyValueEnd(),
                [this](const auto &draft) { return saveDraft(draft.first, draft.second); })
            && run(QStringLiteral("PRAGMA user_version = %1").arg(schemaVersion));
    });
}

void CacheStore::close()
{
    if (m_connection.isEmpty())
        return;
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(std::exchange(m_connection, QString()));
}

QList<CachedRoom> CacheStore::rooms()
{
    QList<CachedRoom> rooms;
    QSqlQuery found = query(QStringLiteral(
        "SELECT r.id, r.name, r.kind, r.epoch, r.last_seq, r.read_seq, r.peers, s.first, max(s.last)"
        " FROM rooms r LEFT JOIN spans s ON s.room = r.key GROUP BY r.key"));
    while (found.next()) {
        CachedRoom cached;
        cached.room = Room{found.value(0).toString(), found.value(1).toString(),
            kindFromText(found.value(2).toString()), found.value(3).toString(), found.value(4).toLongLong(),
            rookery::Role::Member, peersFromText(found.value(6).toString())};
        cached.readSeq = found.value(5).toLongLong();
        if (!found.value(8).isNull())
            cached.known = {found.value(7).toLongLong(), found.value(8).toLongLong()};
        rooms.append(cached);
    }
    return rooms;
}

QList<OutboxItem> CacheStore::outbox()
{
    QSqlQuery found = query(selectOutbox);
    return readOutbox(found);
}

Stretch CacheStore::newest(const QString &roomId, int limit)
{
    QSqlQuery found =
        query(QStringLiteral("SELECT max(last) FROM spans WHERE room = (SELECT key FROM rooms WHERE id = ?)"),
            {roomId});
    if (!found.next() || found.value(0).isNull())
        return {roomId, {}, {}};
    return older(roomId, found.value(0).toLongLong() + 1, limit);
}

Stretch CacheStore::older(const QString &roomId, qint64 before, int limit)
{
    Stretch stretch{roomId, {}, {}};
    const qint64 key = roomKey(roomId);
    QSqlQuery span =
        query(QStringLiteral("SELECT max(first) FROM spans WHERE room = ? AND first < ? AND last >= ?"),
            {key, before, before - 1});
    if (!span.next() || span.value(0).isNull())
        return stretch;
    const qint64 first = span.value(0).toLongLong();
    bool ok = false;
    QSqlQuery found = query(QStringLiteral("SELECT %1 FROM events WHERE room = ? AND seq >= ? AND seq < ?"
                                           " ORDER BY seq DESC LIMIT ?")
                                .arg(eventColumns),
        {key, first, before, limit}, &ok);
    stretch.events = readEvents(found, roomId);
    if (!ok || m_damaged)
        return {roomId, {}, {}};
    std::reverse(stretch.events.begin(), stretch.events.end());
    const bool isWhole = stretch.events.size() < limit;
    stretch.span = {isWhole ? first : stretch.events.constFirst().seq, before - 1};
    return stretch;
}

QList<RoomEvent> CacheStore::readEvents(QSqlQuery &found, const QString &roomId)
{
    QList<RoomEvent> events;
    while (found.next()) {
        RoomEvent event;
        event.roomId = roomId;
        event.seq = found.value(0).toLongLong();
        event.id = found.value(1).toString();
        event.sender = User{found.value(2).toString(), found.value(3).toString()};
        event.clientId = found.value(4).toString();
        event.content = Posted{found.value(5).toString()};
        event.timestamp = timeFrom(found.value(6));
        events.append(std::move(event));
    }
    if (found.lastError().isValid())
        note(found.lastError(), QStringLiteral("reading events"));
    return events;
}

bool CacheStore::saveRoom(const CachedRoom &cached)
{
    const Room &room = cached.room;
    return run(QStringLiteral("INSERT INTO rooms (id, name, kind, epoch, last_seq, read_seq, peers)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                              " name = excluded.name, kind = excluded.kind, epoch = excluded.epoch,"
                              " last_seq = excluded.last_seq, read_seq = excluded.read_seq,"
                              " peers = excluded.peers"),
        {text(room.id), text(room.name), QString(json::roomKindText(room.kind)), text(room.epoch),
            room.lastSeq, cached.readSeq, peersText(room.peers)});
}

bool CacheStore::removeRoom(const QString &roomId)
{
    return run(QStringLiteral("DELETE FROM rooms WHERE id = ?"), {roomId});
}

bool CacheStore::forgetHistory(const QString &roomId)
{
    return inTransaction([&] {
        const qint64 key = roomKey(roomId);
        return run(QStringLiteral("DELETE FROM events WHERE room = ?"), {key})
            && run(QStringLiteral("DELETE FROM spans WHERE room = ?"), {key});
    });
}

bool CacheStore::store(
    const QList<Stretch> &stretches, const QList<CachedRoom> &rooms, const QStringList &confirmed)
{
    return inTransaction([&] {
        return std::all_of(rooms.begin(), rooms.end(), [this](const auto &room) { return saveRoom(room); })
            && std::all_of(stretches.begin(), stretches.end(),
                [this](const auto &stretch) { return storeStretch(stretch); })
            && removeFromOutbox(confirmed);
    });
}

bool CacheStore::storeStretch(const Stretch &stretch)
{
    const qint64 key = roomKey(stretch.roomId);
    if (key == 0 || stretch.span.isEmpty())
        return !m_damaged;
    QSqlQuery insert(m_database);
    if (!insert.prepare(
            QStringLiteral("INSERT OR REPLACE INTO events (room, %1) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                .arg(eventColumns))) {
        note(insert.lastError(), insert.lastQuery());
        return false;
    }
    for (const RoomEvent &event : stretch.events) {
        if (!event.as<Posted>())
            continue;
        int place = 0;
        for (const QVariant &value :
            {QVariant(key), QVariant(event.seq), QVariant(text(event.id)), QVariant(text(event.sender.id)),
                QVariant(text(event.sender.name)), QVariant(text(event.clientId)),
                QVariant(text(event.text())), QVariant(event.timestamp.toMSecsSinceEpoch())})
            insert.bindValue(place++, value);
        if (!insert.exec()) {
            note(insert.lastError(), insert.lastQuery());
            return false;
        }
    }

    Span span = stretch.span;
    QSqlQuery met = query(QStringLiteral("SELECT min(first), max(last) FROM spans"
                                         " WHERE room = ? AND first <= ? AND last >= ?"),
        {key, span.last + 1, span.first - 1});
    if (!met.next())
        return false;
    if (!met.value(0).isNull()) {
        const Span old{met.value(0).toLongLong(), met.value(1).toLongLong()};
        span = {std::min(span.first, old.first), std::max(span.last, old.last)};
    }
    met.finish();
    return run(QStringLiteral("DELETE FROM spans WHERE room = ? AND first >= ? AND last <= ?"),
               {key, span.first, span.last})
        && run(QStringLiteral("INSERT INTO spans (room, first, last) VALUES (?, ?, ?)"),
            {key, span.first, span.last});
}

bool CacheStore::prune(qint64 added, qint64 most)
{
    m_added += added;
    if (m_added < most / 32)
        return true;
    m_added = 0;
    if (usedBytes() <= most)
        return true;
    for (const int kept : {20'000, 5'000, 1'000, 200, 50, 10, 0}) {
        QSqlQuery found = query(QStringLiteral("SELECT DISTINCT room FROM spans"));
        QList<qint64> rooms;
        while (found.next())
            rooms.append(found.value(0).toLongLong());
        found.finish();
        // A transaction each, so that the log stays short.
        for (const qint64 room : std::as_const(rooms)) {
            if (!inTransaction([&] { return keepNewest(room, kept); }))
                return false;
        }
        if (usedBytes() <= most / 4 * 3)
            break;
    }
    return true;
}

qint64 CacheStore::usedBytes()
{
    const auto number = [this](const char *pragma) {
        QSqlQuery found = query(QLatin1String(pragma));
        return found.next() ? found.value(0).toLongLong() : 0;
    };
    return (number("PRAGMA page_count") - number("PRAGMA freelist_count")) * number("PRAGMA page_size");
}

bool CacheStore::keepNewest(qint64 room, int count)
{
    if (count == 0)
        return run(QStringLiteral("DELETE FROM events WHERE room = ?"), {room})
            && run(QStringLiteral("DELETE FROM spans WHERE room = ?"), {room});
    bool ok = false;
    QSqlQuery found =
        query(QStringLiteral("SELECT seq FROM events WHERE room = ? ORDER BY seq DESC LIMIT 1 OFFSET ?"),
            {room, count - 1}, &ok);
    if (!found.next())
        return ok;
    const qint64 first = found.value(0).toLongLong();
    found.finish();
    return run(QStringLiteral("DELETE FROM events WHERE room = ? AND seq < ?"), {room, first})
        && run(QStringLiteral("DELETE FROM spans WHERE room = ? AND last < ?"), {room, first})
        && run(
            QStringLiteral("UPDATE spans SET first = ? WHERE room = ? AND first < ?"), {first, room, first});
}

bool CacheStore::addToOutbox(const OutboxItem &item)
{
    return run(QStringLiteral("INSERT OR IGNORE INTO outbox (client_id, room, text, failed, failure, created)"
                              " VALUES (?, ?, ?, ?, ?, ?)"),
        outboxValues(item));
}

bool CacheStore::requeue(const OutboxItem &item)
{
    return inTransaction([&] { return removeFromOutbox({item.clientId}) && addToOutbox(item); });
}

bool CacheStore::setFailed(const QString &clientId, const SendFailure &failure)
{
    return run(QStringLiteral("UPDATE outbox SET failed = 1, failure = ? WHERE client_id = ?"),
        {text(failure.toText()), clientId});
}

bool CacheStore::replaceOutbox(const QList<OutboxItem> &items)
{
    return inTransaction([&] { return run(QStringLiteral("DELETE FROM outbox")) && fillOutbox(items); });
}

bool CacheStore::fillOutbox(const QList<OutboxItem> &items)
{
    return std::all_of(items.begin(), items.end(), [this](const auto &item) { return addToOutbox(item); });
}

bool CacheStore::removeFromOutbox(const QStringList &clientIds)
{
    return std::all_of(clientIds.begin(), clientIds.end(), [this](const QString &clientId) {
        return run(QStringLiteral("DELETE FROM outbox WHERE client_id = ?"), {clientId});
    });
}

QHash<QString, QString> CacheStore::drafts()
{
    QSqlQuery found = query(selectDrafts);
    return readDrafts(found);
}

bool CacheStore::saveDraft(const QString &roomId, const QString &draft)
{
    if (draft.isEmpty())
        return run(QStringLiteral("DELETE FROM drafts WHERE room = ?"), {roomId});
    return run(QStringLiteral("INSERT OR REPLACE INTO drafts (room, text) VALUES (?, ?)"), {roomId, draft});
}

Unsent CacheStore::rescueUnsent(const QString &path)
{
    Unsent unsent;
    // SQLite would make an empty one.
    if (!QFile::exists(path))
        return unsent;
    const QString name = uniqueConnectionName();
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(path);
        if (database.open()) {
            QSqlQuery found(database);
            if (found.exec(selectOutbox))
                unsent.outbox = readOutbox(found);
            if (found.exec(selectDrafts))
                unsent.drafts = readDrafts(found);
        }
    }
    QSqlDatabase::removeDatabase(name);
    unsent.outbox.removeIf(
        [](const OutboxItem &item) { return item.clientId.isEmpty() || item.roomId.isEmpty(); });
    return unsent;
}

qint64 CacheStore::roomKey(const QString &roomId)
{
    QSqlQuery found = query(QStringLiteral("SELECT key FROM rooms WHERE id = ?"), {roomId});
    return found.next() ? found.value(0).toLongLong() : 0;
}

QSqlQuery CacheStore::query(const QString &sql, const QVariantList &values, bool *ok)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    bool done = query.prepare(sql);
    if (done) {
        for (qsizetype i = 0; i < values.size(); ++i)
            query.bindValue(int(i), values[i]);
        done = query.exec();
    }
    if (!done)
        note(query.lastError(), sql);
    if (ok)
        *ok = done;
    return query;
}

bool CacheStore::run(const QString &sql, const QVariantList &values)
{
    bool ok = false;
    query(sql, values, &ok);
    return ok;
}

bool CacheStore::inTransaction(const std::function<bool()> &work)
{
    // Deferred, a transaction that reads first could fail when it comes to write.
    if (!run(QStringLiteral("BEGIN IMMEDIATE")))
        return false;
    if (work() && run(QStringLiteral("COMMIT")))
        return true;
    run(QStringLiteral("ROLLBACK"));
    return false;
}

void CacheStore::note(const QSqlError &error, const QString &sql)
{
    const int code = sqliteCode(error);
    if (code == Corrupt || code == NotADatabase)
        m_damaged = true;
    qCWarning(log, "The cache cannot run '%ls': %ls", qUtf16Printable(sql), qUtf16Printable(error.text()));
}

} // namespace rookery::client
