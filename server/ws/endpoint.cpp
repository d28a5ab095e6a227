#include "server/ws/endpoint.h"

namespace rookery::ws {

std::optional<Endpoint> endpointOf(const QString &path)
{
    static constexpr QLatin1String roomPrefix("/ws/chat/");

    if (path == QLatin1String("/"))
        return Endpoint{Dialect::Personal, {}};
    if (path == QLatin1String("/websocket"))
        return Endpoint{Dialect::Direct, {}};
    if (path == QLatin1String("/ws/v1"))
        return Endpoint{Dialect::Native, {}};
    // Whatever is named: a name that no room can have is answered with close code 4000, as an unknown room
    // is.
    if (path.size() > roomPrefix.size() && path.startsWith(roomPrefix))
        return Endpoint{Dialect::Room, path.sliced(roomPrefix.size())};
    return std::nullopt;
}

} // namespace rookery::ws
