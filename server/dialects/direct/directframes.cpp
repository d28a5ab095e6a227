// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/direct/directframes.h"

#include "common/jsonwriter.h"

namespace rookery::ws::directframes {

Result<DirectDraft> parse(const QByteArray &utf8)
{
    const auto json = JsonReader::parse(utf8);
    if (!json)
        return json.error();
    return readDirectDraft(*json, fieldsOf001);
}

QByteArray directMessage(const core::Broadcast &broadcast)
{
    const RoomEvent &event = broadcast.event();
    const User receiver = broadcast.receiver();
    return JsonWriter(480 + event.text().size())
        .beginObject()
        .field(QLatin1String("client_id"), event.clientId)
        .field(QLatin1String("content"), event.text())
        .field(QLatin1String("id"), event.id)
        .field(QLatin1String("receiver"), receiver.name)
        .field(QLatin1String("receiver_id"), receiver.id)
        .field(QLatin1String("sender"), event.sender.name)
        .field(QLatin1String("sender_id"), event.sender.id)
        .field(QLatin1String("seq"), event.seq)
        .field(QLatin1String("timestamp"), formatTimestamp(event.timestamp))
        .field(QLatin1String("type"), QLatin1String("direct_message"))
        .endObject()
        .take();
}

} // namespace rookery::ws::directframes
