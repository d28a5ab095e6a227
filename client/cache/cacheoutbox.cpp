// SPDX-License-Identifier: GPL-3.0-or-later
// The part of CacheStore for the data that exists only on this computer: the outbox and the drafts.

#include "client/cache/cachestore.h"
#include "client/cache/eventrows.h"

#include <QFile>
#include <QVariant>

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

using eventrows::text;
using eventrows::timeFrom;

const QString selectOutbox = QStringLiteral(
    "SELECT client_id, room, text, failed, failure, created, position FROM outbox ORDER BY position");
const QString selectChanges = QStringLiteral(
    "SELECT client_id, room, text, failed, failure, created, target, target_client_id, position FROM changes"
    " ORDER BY position");
const QString selectDrafts = QStringLiteral("SELECT room, text FROM drafts");

/// Behind everything that waits, in both tables.
const QString lastPosition = QStringLiteral("(SELECT 1 + max(coalesce((SELECT max(position) FROM outbox), 0),"
                                            " coalesce((SELECT max(position) FROM changes), 0)))");

using Positioned = std::pair<qint64, OutboxItem>;

QList<Positioned> readOutbox(QSqlQuery &query)
{
    QList<Positioned> items;
    while (query.next()) {
        items.append({query.value(6).toLongLong(),
            {query.value(0).toString(), query.value(1).toString(), query.value(2).toString(),
                query.value(3).toBool(), SendFailure::fromText(query.value(4).toString()),
                timeFrom(query.value(5))}});
    }
    return items;
}

QList<Positioned> readChanges(QSqlQuery &query)
{
    QList<Positioned> items;
    while (query.next()) {
        items.append({query.value(8).toLongLong(),
            {query.value(0).toString(), query.value(1).toString(), query.value(2).toString(),
                query.value(3).toBool(), SendFailure::fromText(query.value(4).toString()),
                timeFrom(query.value(5)),
                query.value(2).isNull() ? OutboxItem::Kind::Deletion : OutboxItem::Kind::Edit,
                query.value(6).toLongLong(), query.value(7).toString()}});
    }
    return items;
}

QList<OutboxItem> inOrder(QList<Positioned> items)
{
    std::stable_sort(items.begin(), items.end(),
        [](const Positioned &a, const Positioned &b) { return a.first < b.first; });
    QList<OutboxItem> ordered;
    for (const Positioned &item : std::as_const(items))
        ordered.append(item.second);
    return ordered;
}

QHash<QString, QString> readDrafts(QSqlQuery &query)
{
    QHash<QString, QString> drafts;
    while (query.next())
        drafts.insert(query.value(0).toString(), query.value(1).toString());
    return drafts;
}

} // namespace

QList<OutboxItem> CacheStore::outbox()
{
    QSqlQuery messages = query(selectOutbox);
    QSqlQuery changes = query(selectChanges);
    return inOrder(readOutbox(messages) + readChanges(changes));
}

bool CacheStore::addToOutbox(const OutboxItem &item)
{
    QVariantList values{text(item.clientId), text(item.roomId), text(item.text), item.failed,
        text(item.failure.toText()), item.created.toMSecsSinceEpoch()};
    if (item.kind == OutboxItem::Kind::Message)
        return run(QStringLiteral("INSERT OR IGNORE INTO outbox"
                                  " (position, client_id, room, text, failed, failure, created)"
                                  " VALUES (%1, ?, ?, ?, ?, ?, ?)")
                       .arg(lastPosition),
            values);
    if (item.kind == OutboxItem::Kind::Deletion)
        values[2] = QVariant(QMetaType::fromType<QString>());
    return run(
        QStringLiteral("INSERT OR IGNORE INTO changes (position, client_id, room, text, failed, failure,"
                       " created, target, target_client_id) VALUES (%1, ?, ?, ?, ?, ?, ?, ?, ?)")
            .arg(lastPosition),
        values + QVariantList{item.target, text(item.targetClientId)});
}

bool CacheStore::replaceInOutbox(const OutboxItem &item)
{
    if (item.kind == OutboxItem::Kind::Message)
        return run(QStringLiteral("UPDATE outbox SET text = ? WHERE client_id = ?"),
            {text(item.text), item.clientId});
    return run(QStringLiteral("UPDATE changes SET text = ?, target = ? WHERE client_id = ?"),
        {item.kind == OutboxItem::Kind::Deletion ? QVariant(QMetaType::fromType<QString>())
                                                 : QVariant(text(item.text)),
            item.target, item.clientId});
}

bool CacheStore::requeue(const OutboxItem &item)
{
    return inTransaction([&] { return removeFromOutbox({item.clientId}) && addToOutbox(item); });
}

bool CacheStore::setFailed(const QString &clientId, const SendFailure &failure)
{
    return inBoth(
        "UPDATE %1 SET failed = 1, failure = ? WHERE client_id = ?", {text(failure.toText()), clientId});
}

bool CacheStore::inBoth(const char *sql, const QVariantList &values)
{
    return run(QString::fromLatin1(sql).arg(QLatin1String("outbox")), values)
        && run(QString::fromLatin1(sql).arg(QLatin1String("changes")), values);
}

bool CacheStore::replaceOutbox(const QList<OutboxItem> &items)
{
    return inTransaction([&] { return inBoth("DELETE FROM %1") && fillOutbox(items); });
}

bool CacheStore::fillOutbox(const QList<OutboxItem> &items)
{
    return std::all_of(items.begin(), items.end(), [this](const auto &item) { return addToOutbox(item); });
}

bool CacheStore::removeFromOutbox(const QStringList &clientIds)
{
    return std::all_of(clientIds.begin(), clientIds.end(),
        [this](const QString &clientId) { return inBoth("DELETE FROM %1 WHERE client_id = ?", {clientId}); });
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
    const QString name = connectionName();
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(path);
        if (database.open()) {
            QSqlQuery found(database);
            QList<Positioned> items;
            if (found.exec(selectOutbox))
                items += readOutbox(found);
            if (found.exec(selectChanges))
                items += readChanges(found);
            unsent.outbox = inOrder(std::move(items));
            if (found.exec(selectDrafts))
                unsent.drafts = readDrafts(found);
        }
    }
    QSqlDatabase::removeDatabase(name);
    unsent.outbox.removeIf(
        [](const OutboxItem &item) { return item.clientId.isEmpty() || item.roomId.isEmpty(); });
    return unsent;
}

} // namespace rookery::client
