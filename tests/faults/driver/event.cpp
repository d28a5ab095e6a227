// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/event.h"

#include <functional>

namespace rookery::faults {

namespace {

std::string text(const QJsonObject &json, QLatin1String name)
{
    return json.value(name).toString().toStdString();
}

std::optional<Event> complete(Event event)
{
    if (event.room.empty() || event.id.empty() || event.clientId.empty() || event.sender.empty()
        || event.seq <= 0)
        return std::nullopt;
    return event;
}

} // namespace

std::uint64_t Event::fingerprint() const
{
    return std::hash<std::string>()(id + '\n' + clientId + '\n' + sender + '\n' + text);
}

std::optional<Event> readEvent(const QJsonObject &json)
{
    return complete({text(json, QLatin1String("room")), text(json, QLatin1String("id")),
        text(json, QLatin1String("client_id")),
        text(json.value(QLatin1String("sender")).toObject(), QLatin1String("id")),
        text(json, QLatin1String("text")), json.value(QLatin1String("seq")).toInteger()});
}

std::optional<Event> readChatMessage(const QJsonObject &json, const std::string &room)
{
    return complete({room, text(json, QLatin1String("id")), text(json, QLatin1String("client_id")),
        text(json, QLatin1String("sender_id")), text(json, QLatin1String("message")),
        json.value(QLatin1String("seq")).toInteger()});
}

} // namespace rookery::faults
