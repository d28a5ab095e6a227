// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/selfjson.h"

#include "common/jsoncodec.h"
#include "common/jsonfields.h"

namespace rookery::json {

namespace {

constexpr QLatin1String kindField("kind");
constexpr QLatin1String seqField("seq");
constexpr QLatin1String timestampField("timestamp");
constexpr QLatin1String roomField("room");
constexpr QLatin1String readSeqField("read_seq");
constexpr QLatin1String unreadField("unread");
constexpr QLatin1String lastSeqField("last_seq");

// The writer and the reader of each kind's fields.

void writeFields(JsonWriter &json, const ReadMarked &marked)
{
    json.field(lastSeqField, marked.lastSeq)
        .field(readSeqField, marked.readSeq)
        .field(roomField, QStringView(marked.roomId))
        .field(unreadField, marked.unread);
}

ReadMarked readMarked(Fields &fields)
{
    return {fields.string(roomField), fields.integer(readSeqField), fields.integer(unreadField),
        fields.integer(lastSeqField)};
}

} // namespace

void write(JsonWriter &json, const SelfEvent &event)
{
    if (const auto *unknown = event.as<Unknown>()) {
        json.raw(unknown->raw);
        return;
    }
    json.beginObject();
    if (const auto *marked = event.as<ReadMarked>()) {
        json.field(kindField, marked->kind);
        writeFields(json, *marked);
    }
    json.field(seqField, event.seq);
    json.field(timestampField, QStringView(formatTimestamp(event.timestamp)));
    json.endObject();
}

Result<SelfEvent> toSelfEvent(const JsonReader &json)
{
    Fields fields(json);
    SelfEvent event;
    event.seq = fields.integer(seqField);
    event.timestamp = fields.time(timestampField);
    const QString kind = fields.string(kindField);
    if (kind == ReadMarked::kind)
        event.content = readMarked(fields);
    else
        event.content = Unknown{kind, toJson(json.object())};
    return fields.finish(std::move(event));
}

void write(JsonWriter &json, const Room &room, const std::optional<ReadMark> &mark)
{
    if (!mark) {
        write(json, room);
        return;
    }
    JsonWriter one(384);
    write(one, room);
    QByteArray object = one.take();
    object.chop(1);
    object.append(",\"read_seq\":").append(QByteArray::number(mark->readSeq));
    object.append(",\"unread\":").append(QByteArray::number(mark->unread)).append('}');
    json.raw(object);
}

std::optional<ReadMark> toReadMark(const JsonReader &room)
{
    const auto readSeq = room.optionalInteger(readSeqField);
    const auto unread = room.optionalInteger(unreadField);
    if (!readSeq || !unread || !*readSeq || !*unread || **readSeq < 0 || **unread < 0)
        return std::nullopt;
    return ReadMark{**readSeq, **unread};
}

} // namespace rookery::json
