// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/eventrows.h"

#include "common/events/codec.h"
#include "common/jsonreader.h"
#include "common/jsonwriter.h"

namespace rookery::client::eventrows {

namespace {

qint64 milliseconds(const QDateTime &time)
{
    return time.isValid() ? time.toMSecsSinceEpoch() : 0;
}

QDateTime optionalTime(const QVariant &value)
{
    return value.toLongLong() == 0 ? QDateTime() : timeFrom(value);
}

QString kindOf(const EventContent &content)
{
    return std::visit([](const auto &kind) { return QString(kind.kind); }, content);
}

QString fieldsOf(const EventContent &content)
{
    if (const auto *unknown = std::get_if<Unknown>(&content))
        return QString::fromUtf8(unknown->raw);
    EventContent kept = content;
    if (auto *edited = std::get_if<Edited>(&kept))
        edited->text.reset();
    JsonWriter json;
    json.beginObject();
    json::writeContent(json, kept);
    json.endObject();
    return QString::fromUtf8(json.take());
}

EventContent contentFrom(const QString &kind, const QString &fields)
{
    const QByteArray raw = fields.toUtf8();
    const auto json = JsonReader::parse(raw);
    auto content = json ? json::toContent(kind, *json) : Result<EventContent>(json.error());
    return content ? std::move(content).value() : EventContent(Unknown{kind, raw});
}

} // namespace

QString text(const QString &value)
{
    return value.isNull() ? QLatin1String("") : value;
}

QDateTime timeFrom(const QVariant &milliseconds)
{
    return utcTime(milliseconds.toLongLong());
}

QVariantList values(const RoomEvent &event)
{
    const auto *posted = event.as<Posted>();
    const Posted message = posted ? *posted : Posted();
    return {event.seq, text(event.id), text(event.sender.id), text(event.sender.name), text(event.clientId),
        text(message.text), event.timestamp.toMSecsSinceEpoch(), text(kindOf(event.content)),
        message.editedSeq, milliseconds(message.editedAt), milliseconds(message.deletedAt),
        posted ? QString(QLatin1String("")) : text(fieldsOf(event.content))};
}

RoomEvent read(const QSqlQuery &query, const QString &roomId)
{
    RoomEvent event;
    event.roomId = roomId;
    event.seq = query.value(0).toLongLong();
    event.id = query.value(1).toString();
    event.sender = User{query.value(2).toString(), query.value(3).toString()};
    event.clientId = query.value(4).toString();
    event.timestamp = timeFrom(query.value(6));
    const QString kind = query.value(7).toString();
    if (kind == Posted::kind)
        event.content = Posted{query.value(5).toString(), query.value(8).toLongLong(),
            optionalTime(query.value(9)), optionalTime(query.value(10))};
    else
        event.content = contentFrom(kind, query.value(11).toString());
    return event;
}

} // namespace rookery::client::eventrows
