#include "server/ws/directframes.h"

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
    return toJson({
        {QStringLiteral("type"), QStringLiteral("direct_message")},
        {QStringLiteral("sender"), event.sender.name},
        {QStringLiteral("receiver"), receiver.name},
        {QStringLiteral("content"), event.text},
        {QStringLiteral("sender_id"), event.sender.id},
        {QStringLiteral("receiver_id"), receiver.id},
        {QStringLiteral("timestamp"), formatTimestamp(event.timestamp)},
        {QStringLiteral("id"), event.id},
        {QStringLiteral("seq"), event.seq},
        {QStringLiteral("client_id"), event.clientId},
    });
}

} // namespace rookery::ws::directframes
