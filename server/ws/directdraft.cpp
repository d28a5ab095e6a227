#include "server/ws/directdraft.h"

#include "common/ids.h"
#include "server/core/names.h"

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

bool isUser(const User &user, const QString &idOrName)
{
    if (isId(idOrName))
        return idOrName.compare(user.id, Qt::CaseInsensitive) == 0;
    return core::isSameName(idOrName, user.name);
}

QByteArray ackFrame(const core::Sent &sent)
{
    return toJson({
        {QStringLiteral("type"), QStringLiteral("ack")},
        {QStringLiteral("message"), QStringLiteral("Message received")},
        {QStringLiteral("id"), sent.event.id},
        {QStringLiteral("seq"), sent.event.seq},
        {QStringLiteral("client_id"), sent.event.clientId},
        {QStringLiteral("timestamp"), formatTimestamp(sent.event.timestamp)},
        {QStringLiteral("duplicate"), sent.duplicate},
    });
}

} // namespace rookery::ws
