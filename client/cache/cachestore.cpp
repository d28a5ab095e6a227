// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cachestore.h"

#include "client/cache/cacheschema.h"
#include "client/cache/eventrows.h"
#include "common/jsoncodec.h"
#include "common/sql/database.h"

#include <QJsonDocument>
#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace rookery::client {

Q_LOGGING_CATEGORY(cacheLog, "rookery.cache", QtInfoMsg)

namespace {

using eventrows::text;

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

} // namespace

QString CacheStore::connectionName()
{
    static std::atomic<int> last = 0;
    return QStringLiteral("rookery-cache-%1").arg(++last);
}

CacheStore::~CacheStore()
{
    close();
}

CacheStore::Opened CacheStore::open(const QString &path, Role role, const FirstUnsent &unsent)
{
    m_damaged = false;
    m_connection = connectionName();
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    if (!sql::open(m_database, path,
            role == Role::Front ? QStringLiteral("QSQLITE_BUSY_TIMEOUT=250")
                                : QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"))) {
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
    if (version > cacheschema::version)
        return Opened::Newer;
    query.finish();
    for (const char *pragma :
        {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON",
            "PRAGMA cache_size = -1024", "PRAGMA temp_store = MEMORY", "PRAGMA secure_delete = ON"}) {
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
    if (!query.exec(QLatin1String(cacheschema::drafts)))
        return failed(query.lastError());
    query.finish();
    for (int next = version + 1; next <= cacheschema::version; ++next) {
        if (!upgradeTo(next))
            return m_isBusy && !m_damaged ? Opened::Unavailable : Opened::Damaged;
    }
    for (const char *sql : cacheschema::probes) {
        if (!query.exec(QLatin1String(sql)) || (!query.next() && query.lastError().isValid()))
            return failed(query.lastError());
        query.finish();
    }
    return Opened::Ok;
}

bool CacheStore::createSchema(const Unsent &unsent)
{
    return inTransaction([&] {
        return runAll(cacheschema::statements()) && fillOutbox(unsent.outbox)
            && std::all_of(unsent.drafts.keyValueBegin(), unsent.drafts.keyValueEnd(),
                [this](const auto &draft) { return saveDraft(draft.first, draft.second); })
            && run(QStringLiteral("PRAGMA user_version = %1").arg(cacheschema::version));
    });
}

bool CacheStore::upgradeTo(int version)
{
    return inTransaction([&] {
        // Another connection may have been here since.
        QSqlQuery found = query(QStringLiteral("PRAGMA user_version"));
        if (!found.next() || found.value(0).toInt() >= version)
            return true;
        found.finish();
        return runAll(cacheschema::upgrade(version))
            && run(QStringLiteral("PRAGMA user_version = %1").arg(version));
    });
}

bool CacheStore::runAll(const QList<const char *> &statements)
{
    return std::all_of(
        statements.begin(), statements.end(), [this](const char *sql) { return run(QLatin1String(sql)); });
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
        "SELECT r.id, r.name, r.kind, r.epoch, r.last_seq, r.read_seq, r.peers, s.first, max(s.last),"
        " r.role, r.topic, r.unread, r.counted_seq"
        " FROM rooms r LEFT JOIN spans s ON s.room = r.key GROUP BY r.key"));
    while (found.next()) {
        CachedRoom cached;
        cached.room = Room{found.value(0).toString(), found.value(1).toString(),
            kindFromText(found.value(2).toString()), found.value(3).toString(), found.value(4).toLongLong(),
            roleFromText(found.value(9).toString()).value_or(rookery::Role::Member),
            peersFromText(found.value(6).toString()), found.value(10).toString()};
        cached.readSeq = found.value(5).toLongLong();
        cached.unread = found.value(11).toLongLong();
        cached.countedTo = found.value(12).toLongLong();
        if (!found.value(8).isNull())
            cached.known = {found.value(7).toLongLong(), found.value(8).toLongLong()};
        rooms.append(cached);
    }
    return rooms;
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
                                .arg(QLatin1String(eventrows::columns)),
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
    while (found.next())
        events.append(eventrows::read(found, roomId));
    if (found.lastError().isValid())
        note(found.lastError(), QStringLiteral("reading events"));
    return events;
}

bool CacheStore::saveRoom(const CachedRoom &cached)
{
    const Room &room = cached.room;
    return run(QStringLiteral("INSERT INTO rooms"
                              " (id, name, kind, epoch, last_seq, read_seq, peers, role, topic, unread,"
                              " counted_seq)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                              " name = excluded.name, kind = excluded.kind, epoch = excluded.epoch,"
                              " last_seq = excluded.last_seq, read_seq = excluded.read_seq,"
                              " peers = excluded.peers, role = excluded.role, topic = excluded.topic,"
                              " unread = excluded.unread, counted_seq = excluded.counted_seq"),
        {text(room.id), text(room.name), QString(json::roomKindText(room.kind)), text(room.epoch),
            room.lastSeq, cached.readSeq, peersText(room.peers), QString(roleText(room.role)),
            text(room.topic), cached.unread, cached.countedTo});
}

bool CacheStore::removeRoom(const QString &roomId)
{
    return run(QStringLiteral("DELETE FROM rooms WHERE id = ?"), {roomId}) && forgetWords();
}

bool CacheStore::forgetHistory(const QString &roomId)
{
    return inTransaction([&] {
        const qint64 key = roomKey(roomId);
        return run(QStringLiteral("DELETE FROM events WHERE room = ?"), {key})
            && run(QStringLiteral("DELETE FROM spans WHERE room = ?"), {key});
    }) && forgetWords();
}

bool CacheStore::store(
    const QList<Stretch> &stretches, const QList<CachedRoom> &rooms, const QStringList &confirmed)
{
    return inTransaction([&] {
        return std::all_of(rooms.begin(), rooms.end(), [this](const auto &room) { return saveRoom(room); })
            && std::all_of(stretches.begin(), stretches.end(),
                [this](const auto &stretch) { return storeStretch(stretch); })
            && removeFromOutbox(confirmed);
    }) && (!m_hasErased || forgetWords());
}

bool CacheStore::forgetWords()
{
    // What was deleted is overwritten in the file, but the log still has it, and older pages with it.
    m_hasErased = true;
    QSqlQuery done = query(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (!done.next() || done.value(0).toInt() != 0)
        return true; // with the next one: somebody is reading
    m_hasErased = false;
    done.finish();
    // The pages that this connection keeps in memory have it in their unused space, where the file has zeros now.
    return run(QStringLiteral("PRAGMA shrink_memory"));
}

bool CacheStore::applyChange(qint64 key, const RoomEvent &event)
{
    if (const auto *edited = event.as<Edited>(); edited && edited->text) {
        if (!run(QStringLiteral("UPDATE events SET text = ?, edited_seq = ?, edited_at = ? WHERE room = ?"
                                " AND seq = ? AND kind = 'message' AND edited_seq < ? AND deleted_at = 0"),
                {text(*edited->text), event.seq, event.timestamp.toMSecsSinceEpoch(), key, edited->target,
                    event.seq}))
            return false;
    } else if (const auto *deleted = event.as<Deleted>()) {
        if (!run(QStringLiteral("UPDATE events SET text = '', edited_seq = 0, edited_at = 0, deleted_at = ?"
                                " WHERE room = ? AND seq = ? AND kind = 'message' AND deleted_at = 0"),
                {event.timestamp.toMSecsSinceEpoch(), key, deleted->target}))
            return false;
    }
    // Also of a message that is not in the cache any more: the log may still have it.
    m_hasErased = m_hasErased || event.as<Edited>() || event.as<Deleted>();
    return true;
}

bool CacheStore::storeStretch(const Stretch &stretch)
{
    const qint64 key = roomKey(stretch.roomId);
    if (key == 0 || stretch.span.isEmpty())
        return !m_damaged;
    QSqlQuery insert(m_database);
    // An older answer may come after a newer event: a text never goes back.
    if (!insert.prepare(
            QStringLiteral("INSERT INTO events (room, %1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                           " ?) ON CONFLICT (room, seq) DO UPDATE SET text = excluded.text,"
                           " kind = excluded.kind, edited_seq = excluded.edited_seq,"
                           " edited_at = excluded.edited_at, deleted_at = excluded.deleted_at,"
                           " fields = excluded.fields, sender_id = excluded.sender_id,"
                           " sender_name = excluded.sender_name, client_id = excluded.client_id,"
                           " id = excluded.id, time = excluded.time WHERE deleted_at = 0 AND"
                           " (excluded.edited_seq >= edited_seq OR excluded.deleted_at > 0)")
                .arg(QLatin1String(eventrows::columns)))) {
        note(insert.lastError(), insert.lastQuery());
        return false;
    }
    for (const RoomEvent &event : stretch.events) {
        int place = 0;
        insert.bindValue(place++, key);
        for (const QVariant &value : eventrows::values(event))
            insert.bindValue(place++, value);
        if (!insert.exec()) {
            note(insert.lastError(), insert.lastQuery());
            return false;
        }
        const auto *posted = event.as<Posted>();
        m_hasErased = m_hasErased || (posted && (posted->isEdited() || posted->isDeleted()));
    }
    // In the end: a message and its change may come in one stretch, whichever is first.
    for (const RoomEvent &event : stretch.events) {
        if (!applyChange(key, event))
            return false;
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
    m_isBusy = code == Busy || code == ReadOnly || code == IoError || code == Full || code == CannotOpen;
    qCWarning(
        cacheLog, "The cache cannot run '%ls': %ls", qUtf16Printable(sql), qUtf16Printable(error.text()));
}

} // namespace rookery::client
