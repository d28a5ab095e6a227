// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/personal/personalframes.h"

#include "common/jsonreader.h"
#include "server/dialects/drafts.h"
#include "server/dialects/spelling.h"

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
    auto draft = dialects::readDirectDraft(json, fields);
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

    if (hasAny(*json, {spelling::personalFields.sender, spelling::personalFields.receiver}))
        return toUser(*json, spelling::personalFields);
    // `sender` alone is not enough: many chat clients put it beside a message to everybody.
    if (hasAny(*json, {spelling::directFields.receiver, spelling::directFields.text}))
        return toUser(*json, spelling::directFields);

    auto draft = dialects::readDraft(*json, spelling::message);
    if (!draft)
        return draft.error();
    return Request(ToLobby{std::move(draft).value()});
}

QByteArray chatMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::personalChat, broadcast);
}

QByteArray directMessage(const core::Broadcast &broadcast)
{
    return spelling::frameOf(spelling::personalDirect, broadcast);
}

} // namespace rookery::ws::personalframes
