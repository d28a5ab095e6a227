// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/selfframes.h"

#include "common/selfjson.h"

namespace rookery::client {

namespace {

Error idTooLong()
{
    return {ErrorCode::InvalidField, QStringLiteral("id too long")};
}

} // namespace

Result<ServerFrame> decodeSelfFrame(const JsonReader &json)
{
    const auto child = json.child(QLatin1String("event"));
    if (!child)
        return child.error();
    auto event = json::toSelfEvent(*child);
    if (!event)
        return event.error();
    if (const auto *marked = event->as<ReadMarked>(); marked && marked->roomId.size() > nameUnits)
        return idTooLong();
    // This version keeps nothing of what it cannot read: a later one is told anew.
    if (const auto *unknown = event->as<Unknown>())
        event->content = Unknown{unknown->kind.left(nameUnits), "{}"};
    return ServerFrame(SelfFrame{std::move(event).value()});
}

Result<ServerFrame> decodeMarkedFrame(const JsonReader &json)
{
    const auto room = json.string(QLatin1String("room"));
    if (!room)
        return room.error();
    if (room->size() > nameUnits)
        return idTooLong();
    const auto lastSeq = json.integer(QLatin1String("last_seq"));
    if (!lastSeq)
        return lastSeq.error();
    const auto mark = json::toReadMark(json);
    if (!mark)
        return Error{ErrorCode::MissingField, QStringLiteral("no marker"), QStringLiteral("read_seq")};
    const auto ref = json.id(QLatin1String("ref"));
    return ServerFrame(MarkedFrame{ref ? *ref : QString(), *room, *mark, *lastSeq});
}

QHash<QString, ReadMark> decodeMarks(const JsonReader &json, QLatin1String field)
{
    QHash<QString, ReadMark> marks;
    const QJsonArray rooms = json.object().value(field).toArray();
    for (const QJsonValue &room : rooms) {
        const QString id = room[QLatin1String("id")].toString();
        const auto mark = json::toReadMark(JsonReader(room.toObject()));
        if (mark && !id.isEmpty() && id.size() <= nameUnits)
            marks.insert(id, *mark);
    }
    return marks;
}

QJsonObject readRequest(const QString &roomId, qint64 seq)
{
    return {{QStringLiteral("type"), QStringLiteral("read")}, {QStringLiteral("room"), roomId},
        {QStringLiteral("seq"), seq}};
}

} // namespace rookery::client
