// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/transfer/tables.h"

#include <QStringList>
#include <QUuid>
#include <QtEndian>

namespace rookery::store::transfer {

namespace {

constexpr Column big(const char *name)
{
    return {name, Kind::Big};
}
constexpr Column maybeBig(const char *name)
{
    return {name, Kind::Big, true};
}
constexpr Column small(const char *name)
{
    return {name, Kind::Small};
}
constexpr Column id(const char *name)
{
    return {name, Kind::Id};
}
constexpr Column text(const char *name, Nul nul = Nul::Refused)
{
    return {name, Kind::Text, false, nul};
}
constexpr Column maybeText(const char *name)
{
    return {name, Kind::Text, true};
}

QByteArray quotedNames(const std::vector<Column> &columns, size_t count)
{
    QByteArrayList names;
    for (size_t i = 0; i < count; ++i)
        names.append('"' + QByteArray(columns[i].name) + '"');
    return names.join(", ");
}

} // namespace

QByteArray Table::columnList() const
{
    return quotedNames(columns, columns.size());
}

QByteArray Table::keyList() const
{
    return quotedNames(columns, size_t(keys));
}

const std::vector<Table> &tables()
{
    static const std::vector<Table> all{
        // What is left out: the file beside the database, what /health writes, and what the steps of one of the two say.
        {"meta", 1, {text("key"), text("value")}, "key NOT IN ('history_mark', 'probe', 'schema_min')"},
        {"users", 1,
            {big("id"), id("public_id"), text("name"), text("skeleton"), maybeText("lookalike"),
                text("password_hash"), small("guest"), big("created_at")}},
        {"quiet_guests", 1, {big("user"), big("seen")}},
        {"sessions", 1,
            {id("id"), big("user"), big("created_at"), big("expires_at"), text("client", Nul::Replaced),
                text("address")}},
        {"rooms", 1,
            {big("id"), id("public_id"), small("kind"), text("name"), text("folded"), maybeText("skeleton"),
                maybeText("lookalike"), text("topic", Nul::Replaced), maybeBig("direct_low"),
                maybeBig("direct_high"), big("last_seq"), big("member_count"), small("owned"),
                big("created_at")}},
        {"former_room_names", 1, {text("skeleton"), text("name"), maybeText("lookalike"), big("room")}},
        {"members", 2, {big("room"), big("user"), big("since"), small("role"), maybeBig("read_seq")}},
        {"room_bans", 2, {big("room"), big("user"), big("by"), big("at")}},
        {"invitations", 1,
            {big("id"), big("room"), big("invited"), big("inviter"), big("at"), maybeText("network")}},
        {"blocked_users", 2, {big("user"), big("blocked"), big("at")}},
        {"events", 2,
            {big("room"), big("seq"), big("at"), big("sender"), id("id"), id("client_id"),
                big("client_id_capitals"), small("kind"), big("others"), maybeBig("target"),
                maybeBig("edited_seq"), maybeBig("edited_at"), maybeBig("deleted_at"),
                text("sender_name", Nul::Replaced), text("text", Nul::Replaced), maybeText("body")},
            nullptr, true},
        {"message_versions", 3,
            {big("room"), big("seq"), big("version_seq"), text("text", Nul::Replaced), big("at")}, nullptr,
            true},
        {"self_events", 2,
            {big("user"), big("seq"), small("kind"), big("subject"), maybeText("body"), big("at")}},
        {"control_log", 1, {big("seq"), big("at"), small("kind"), id("session"), small("reason")}},
        {"control_head", 1, {small("id"), big("last_seq"), big("purged_seq")}},
    };
    return all;
}

QByteArrayView takeField(QByteArrayView bytes, qsizetype &at)
{
    const qint32 size = qFromBigEndian<qint32>(bytes.data() + at);
    at += qsizetype(sizeof size);
    if (size < 0)
        return {};
    const QByteArrayView field = bytes.sliced(at, size);
    at += size;
    return field;
}

QByteArrayView keyOf(const Table &table, QByteArrayView row)
{
    if (row.isEmpty())
        return {};
    constexpr qsizetype begin = sizeof(qint16); // the number of fields
    qsizetype end = begin;
    for (int i = 0; i < table.keys; ++i)
        takeField(row, end);
    return row.sliced(begin, end - begin);
}

int compareKeys(const Table &table, QByteArrayView first, QByteArrayView second)
{
    qsizetype inFirst = 0;
    qsizetype inSecond = 0;
    for (int i = 0; i < table.keys; ++i) {
        const QByteArrayView a = takeField(first, inFirst);
        const QByteArrayView b = takeField(second, inSecond);
        if (table.columns[size_t(i)].kind == Kind::Big) {
            const qint64 x = qFromBigEndian<qint64>(a.data());
            const qint64 y = qFromBigEndian<qint64>(b.data());
            if (x != y)
                return x < y ? -1 : 1;
        } else if (const int order = a.compare(b); order != 0) {
            return order;
        }
    }
    return 0;
}

QByteArray keyLiteral(const Table &table, QByteArrayView key)
{
    QByteArrayList literals;
    qsizetype at = 0;
    for (int i = 0; i < table.keys; ++i) {
        const QByteArrayView field = takeField(key, at);
        switch (table.columns[size_t(i)].kind) {
        case Kind::Big:
            literals.append(QByteArray::number(qFromBigEndian<qint64>(field.data())));
            break;
        case Kind::Small:
            literals.append(QByteArray::number(qFromBigEndian<qint16>(field.data())));
            break;
        case Kind::Id:
            literals.append("CAST('" + field.toByteArray().toHex() + "' AS uuid)");
            break;
        case Kind::Text:
            literals.append('\'' + field.toByteArray().replace('\'', "''") + '\'');
            break;
        }
    }
    return '(' + literals.join(", ") + ')';
}

QString keyText(const Table &table, QByteArrayView key)
{
    QStringList parts;
    qsizetype at = 0;
    for (int i = 0; i < table.keys; ++i) {
        const Column &column = table.columns[size_t(i)];
        const QByteArrayView field = takeField(key, at);
        QString value;
        switch (column.kind) {
        case Kind::Big:
            value = QString::number(qFromBigEndian<qint64>(field.data()));
            break;
        case Kind::Small:
            value = QString::number(qFromBigEndian<qint16>(field.data()));
            break;
        case Kind::Id:
            value = QUuid::fromRfc4122(field.toByteArray()).toString(QUuid::WithoutBraces);
            break;
        case Kind::Text:
            value = QStringLiteral("'%1'").arg(QString::fromUtf8(field));
            break;
        }
        parts.append(QStringLiteral("%1 %2").arg(QLatin1String(column.name), value));
    }
    return parts.join(QStringLiteral(", "));
}

} // namespace rookery::store::transfer
