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
    if (path.startsWith(roomPrefix)) {
        const QString room = path.sliced(roomPrefix.size());
        if (!room.isEmpty() && !room.contains(u'/'))
            return Endpoint{Dialect::Room, room};
    }
    return std::nullopt;
}

} // namespace rookery::ws
