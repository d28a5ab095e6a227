// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/eventrow.h"

#include "common/events/codec.h"
#include "common/ids.h"

namespace rookery::store::events {

namespace {

// Only one row, so that SQLite needs no statement journal.
const char *const insertPosted =
    "INSERT INTO events (room, seq, id, kind, sender, sender_name, client_id, text, at, client_id_capitals, "
    "others) "
    "VALUES ($1, $2, $3, $4, $5, CAST($6 AS TEXT), $7, CAST($8 AS TEXT), $9, $10, $11) "
    "ON CONFLICT (sender, client_id) DO NOTHING";
const char *const insertOther =
    "INSERT INTO events (room, seq, id, kind, sender, sender_name, client_id, text, at, client_id_capitals, "
    "others, "
    "target, body) "
    "VALUES ($1, $2, $3, $4, $5, CAST($6 AS TEXT), $7, CAST($8 AS TEXT), $9, $10, $11, "
    "$12, nullif(CAST($13 AS TEXT), '')) "
    "ON CONFLICT (sender, client_id) DO NOTHING";

/// The last column: `target edited_seq edited_at deleted_at body`, each empty where it is NULL. The body may have
/// spaces of its own.
class Further
{
public:
    explicit Further(QByteArray column)
        : m_column(std::move(column))
    { }

    qint64 target() const { return part(0).toLongLong(); }
    qint64 editedSeq() const { return part(1).toLongLong(); }
    QDateTime editedAt() const { return timeOf(part(2)); }
    QDateTime deletedAt() const { return timeOf(part(3)); }
    QByteArray body() const { return m_column.sliced(begin(4)); }

private:
    qsizetype begin(int number) const
    {
        qsizetype at = 0;
        for (; number > 0; --number)
            at = m_column.indexOf(' ', at) + 1;
        return at;
    }
    QByteArray part(int number) const
    {
        const qsizetype at = begin(number);
        return m_column.sliced(at, m_column.indexOf(' ', at) - at);
    }
    static QDateTime timeOf(const QByteArray &milliseconds)
    {
        return milliseconds.isEmpty() ? QDateTime() : utcTime(milliseconds.toLongLong());
    }

    const QByteArray m_column;
};

EventContent readBody(int kind, const QByteArray &body)
{
    if (const auto json = JsonReader::parse(body)) {
        if (auto content = json::toContent(kind, *json))
            return std::move(content).value();
    }
    // Returned as an event of unknown kind, so that the rest of the log can be read.
    return Unknown{QString::number(kind), body};
}

EventContent readContent(const Statement &row, int kind)
{
    constexpr int textColumn = 5;
    constexpr int furtherColumn = 8;
    if (kind == Posted::number && row.isNullAt(furtherColumn))
        return Posted{exactTextAt(row, textColumn)};
    const Further further(row.blobAt(furtherColumn));
    switch (kind) {
    case Posted::number:
        if (const QDateTime deletedAt = further.deletedAt(); deletedAt.isValid())
            return Posted{exactTextAt(row, textColumn), 0, {}, deletedAt};
        return Posted{exactTextAt(row, textColumn), further.editedSeq(), further.editedAt(), {}};
    case Edited::number:
        return Edited{further.target(),
            row.isNullAt(textColumn) ? std::nullopt : std::optional(exactTextAt(row, textColumn))};
    case Deleted::number:
        return Deleted{further.target()};
    default:
        return readBody(kind, further.body());
    }
}

qint64 targetOf(const EventContent &content)
{
    if (const auto *edited = std::get_if<Edited>(&content))
        return edited->target;
    const auto *deleted = std::get_if<Deleted>(&content);
    return deleted ? deleted->target : 0;
}

QString bodyOf(const EventContent &content)
{
    if (targetOf(content) != 0)
        return {};
    JsonWriter json;
    json.beginObject();
    json::writeContent(json, content);
    return QString::fromUtf8(json.endObject().take());
}

} // namespace

QString canonical(const QString &id)
{
    return isId(id) ? id.toLower() : id;
}

RoomEvent readEvent(const Statement &row, const QString &roomId)
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = row.integerAt(0);
    event.id = row.idAt(1);
    const qint64 numbers = row.integerAt(7); // the kind, whether the sender is a guest, the capitals
    event.sender = User{row.idAt(2), exactTextAt(row, 3), (numbers >> 32 & 1) != 0};
    event.clientId = withCapitals(row.idAt(4), quint32(numbers));
    event.timestamp = utcTime(row.integerAt(6));
    event.content = readContent(row, int(numbers >> 33));
    return event;
}

std::optional<RoomEvent> bySeq(Connection &connection, qint64 room, const QString &roomId, qint64 seq)
{
    Statement row = connection.statement("SELECT " EVENT_COLUMNS " FROM events e CROSS JOIN users u "
                                         "WHERE u.id = e.sender AND e.room = $1 AND e.seq = $2");
    if (!row.integer(1, room).integer(2, seq).next())
        return std::nullopt;
    return readEvent(row, roomId);
}

std::optional<Known> byClientId(Connection &connection, qint64 sender, const QString &clientId)
{
    Statement row = connection.statement(
        "SELECT " EVENT_COLUMNS ", r.public_id, r.id FROM events e JOIN users u ON u.id = e.sender "
        "JOIN rooms r ON r.id = e.room WHERE e.sender = $1 AND e.client_id = $2");
    if (!row.integer(1, sender).id(2, clientId).next())
        return std::nullopt;
    return Known{readEvent(row, row.idAt(eventColumns)), row.integerAt(eventColumns + 1)};
}

void number(const LogHeads &heads, const LogHeads::Room &room, RoomEvent &event)
{
    event.seq = room.lastSeq + 1;
    event.id = newId();
    event.timestamp = utcTime(heads.now(room));
}

bool insert(
    Connection &connection, LogHeads &heads, LogHeads::Room &room, qint64 sender, const RoomEvent &event)
{
    const int kind = json::kindNumber(event.content);
    const bool posted = kind == Posted::number;
    const qint64 others = room.others + (posted ? 0 : 1);
    Statement row = connection.statement(posted ? insertPosted : insertOther);
    row.integer(1, room.key)
        .integer(2, event.seq)
        .id(3, event.id)
        .integer(4, kind)
        .integer(5, sender)
        .text(6, event.sender.name)
        .id(7, event.clientId)
        .text(8, event.text())
        .integer(9, event.timestamp.toMSecsSinceEpoch())
        .integer(10, idCapitals(event.clientId))
        .integer(11, others);
    if (!posted) {
        if (const qint64 target = targetOf(event.content))
            row.integer(12, target);
        else
            row.null(12);
        row.text(13, bodyOf(event.content));
    }
    if (row.run() == 0)
        return false;
    heads.added(connection, room, event, others);
    return true;
}

} // namespace rookery::store::events
