// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/jsonwriter.h"
#include "common/messages.h"

/// The native API's JSON form of the types in messages.h. The daemon and the desktop client share it, so that
/// the two cannot diverge. The shapes are documented in common/README.md.
namespace rookery::json {

QJsonObject fromUser(const User &user);
Result<User> toUser(const JsonReader &json);

QLatin1String roomKindText(RoomKind kind);
QJsonObject fromRoom(const Room &room);
Result<Room> toRoom(const JsonReader &json);

QJsonObject fromMember(const Member &member);
Result<Member> toMember(const JsonReader &json);

QJsonObject fromEvent(const RoomEvent &event);
Result<RoomEvent> toEvent(const JsonReader &json);

QJsonObject fromPage(const Page &page);
Result<Page> toPage(const JsonReader &json);

/// The same objects written straight into a buffer, byte for byte except for the order of an event's names.
/// For messages that the daemon writes many times a second.
void write(JsonWriter &json, const User &user);
void write(JsonWriter &json, const Room &room);
void write(JsonWriter &json, const Member &member);
void write(JsonWriter &json, const RoomEvent &event);
void write(JsonWriter &json, const Page &page);

QJsonObject fromSession(const SessionInfo &session);
Result<SessionInfo> toSession(const JsonReader &json);

QJsonObject fromResumePoint(const ResumePoint &point);
Result<ResumePoint> toResumePoint(const JsonReader &json);

/// `{"type":"error","error":…,"code":…}`, with `field` and `retry_after_ms` if they are set.
QJsonObject fromError(const Error &error);
Error toError(const JsonReader &json);

/// A JSON array of objects, each read by `read`; the error names the array's field.
template <typename T>
Result<QList<T>> toList(const JsonReader &json, QLatin1String field, Result<T> (*read)(const JsonReader &));

template <typename T>
QJsonArray fromList(const QList<T> &items, QJsonObject (*write)(const T &))
{
    QJsonArray array;
    for (const T &item : items)
        array.append(write(item));
    return array;
}

template <typename T>
Result<QList<T>> toList(const JsonReader &json, QLatin1String field, Result<T> (*read)(const JsonReader &))
{
    const auto array = json.optionalArray(field);
    if (!array)
        return array.error();
    QList<T> items;
    items.reserve(array->size());
    for (const QJsonValue &value : *array) {
        if (!value.isObject())
            return Error{ErrorCode::InvalidField,
                QStringLiteral("The field '%1' must hold objects.").arg(field), field};
        auto item = read(JsonReader(value.toObject()));
        if (!item)
            return item.error();
        items.append(std::move(item).value());
    }
    return items;
}

} // namespace rookery::json
