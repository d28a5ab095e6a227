// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/directdraft.h"

#include "common/jsonwriter.h"

namespace rookery::ws {

Result<core::Draft> readDraft(const JsonReader &json, QLatin1String field)
{
    auto text = json.string(field);
    if (!text)
        return text.error();
    auto clientId = json.optionalString(QLatin1String("client_id"));
    if (!clientId)
        return clientId.error();
    return core::Draft{std::move(text).value(), std::move(clientId).value()};
}

Result<DirectDraft> readDirectDraft(const JsonReader &json, const DirectFields &fields)
{
    auto sender = json.id(fields.sender);
    if (!sender)
        return sender.error();
    auto receiver = json.id(fields.receiver);
    if (!receiver)
        return receiver.error();
    auto draft = readDraft(json, fields.text);
    if (!draft)
        return draft.error();
    return DirectDraft{
        std::move(sender).value(), std::move(receiver).value(), std::move(draft).value(), &fields};
}

QByteArray ackFrame(const core::Sent &sent, AckText text)
{
    JsonWriter json(320);
    json.beginObject()
        .field(QLatin1String("client_id"), sent.event.clientId)
        .field(QLatin1String("duplicate"), sent.duplicate)
        .field(QLatin1String("id"), sent.event.id);
    if (text == AckText::MessageReceived)
        json.field(QLatin1String("message"), QLatin1String("Message received"));
    return json.field(QLatin1String("seq"), sent.event.seq)
        .field(QLatin1String("timestamp"), formatTimestamp(sent.event.timestamp))
        .field(QLatin1String("type"), QLatin1String("ack"))
        .endObject()
        .take();
}

} // namespace rookery::ws
