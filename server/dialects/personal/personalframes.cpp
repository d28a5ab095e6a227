// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/personal/personalframes.h"

#include "common/jsonwriter.h"

#include <algorithm>

namespace rookery::ws::personalframes {

namespace {

bool hasAny(const JsonReader &json, std::initializer_list<QLatin1String> fields)
{
    return std::any_of(
        fields.begin(), fields.end(), [&json](QLatin1String field) { return json.has(field); });
}

/// Anything but what is blank or begins like an object, an array or a string, in which an object may be
/// wrapped, after white space, control characters or a byte order mark.
bool isPlainText(QByteArray utf8)
{
    if (utf8.startsWith("\xef\xbb\xbf"))
        utf8.remove(0, 3);
    const auto first = std::find_if(utf8.begin(), utf8.end(), [](char c) { return uchar(c) > ' '; });
    return first != utf8.end() && *first != '{' && *first != '[' && *first != '"';
}

Result<Request> toUser(const JsonReader &json, const DirectFields &fields)
{
    auto draft = readDirectDraft(json, fields);
    if (!draft)
        return draft.error();
    return Request(ToUser{std::move(draft).value()});
}

} // namespace

Result<Request> parse(const QByteArray &utf8)
{
    if (isPlainText(utf8) && utf8.contains('\0'))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'message' must not contain a NUL character."),
            QStringLiteral("message")};
    if (isPlainText(utf8))
        return Request(ToLobby{core::Draft{QString::fromUtf8(utf8), {}}, true});

    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();

    static constexpr QLatin1String eventField("event");
    const auto event = json->optionalString(eventField);
    if (!event)
        return event.error();
    if (*event == QLatin1String("disconnect"))
        return Request(Disconnect());
    if (*event && *event != QLatin1String("message"))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'event' must be 'message' or 'disconnect'."), eventField};

    if (hasAny(*json, {fieldsOf000.sender, fieldsOf000.receiver}))
        return toUser(*json, fieldsOf000);
    // `sender` alone is not enough: many chat clients put it beside a message to everybody.
    if (hasAny(*json, {fieldsOf001.receiver, fieldsOf001.text}))
        return toUser(*json, fieldsOf001);

    auto draft = readDraft(*json, QLatin1String("message"));
    if (!draft)
        return draft.error();
    return Request(ToLobby{std::move(draft).value()});
}

QByteArray chatMessage(const core::Broadcast &broadcast)
{
    const RoomEvent &event = broadcast.event();
    return JsonWriter(480 + event.text().size())
        .beginObject()
        .field(QLatin1String("client_id"), event.clientId)
        .field(QLatin1String("event"), QLatin1String("message"))
        .field(QLatin1String("id"), event.id)
        .field(QLatin1String("message"), event.text())
        .field(QLatin1String("room"), broadcast.room().name)
        .field(QLatin1String("sender_id"), event.sender.id)
        .field(QLatin1String("sender_username"), event.sender.name)
        .field(QLatin1String("seq"), event.seq)
        .field(QLatin1String("timestamp"), formatTimestamp(event.timestamp))
        .field(QLatin1String("type"), QLatin1String("chat_message"))
        .endObject()
        .take();
}

QByteArray directMessage(const core::Broadcast &broadcast)
{
    const RoomEvent &event = broadcast.event();
    return JsonWriter(480 + event.text().size())
        .beginObject()
        .field(QLatin1String("client_id"), event.clientId)
        .field(QLatin1String("id"), event.id)
        .field(QLatin1String("message"), event.text())
        .field(QLatin1String("receiverId"), broadcast.receiver().id)
        .field(QLatin1String("senderId"), event.sender.id)
        .field(QLatin1String("sender_username"), event.sender.name)
        .field(QLatin1String("seq"), event.seq)
        .field(QLatin1String("timestamp"), formatTimestamp(event.timestamp))
        .field(QLatin1String("type"), QLatin1String("direct_message"))
        .endObject()
        .take();
}

} // namespace rookery::ws::personalframes
