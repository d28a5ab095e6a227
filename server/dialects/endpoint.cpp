// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/endpoint.h"

#include <algorithm>
#include <array>

namespace rookery::ws {

namespace {

struct FixedPath
{
    QLatin1String path;
    Dialect dialect;
};
constexpr std::array fixedPaths{
    FixedPath{QLatin1String("/"), Dialect::Personal},
    FixedPath{QLatin1String("/websocket"), Dialect::Direct},
    FixedPath{QLatin1String("/ws/v1"), Dialect::Native},
};
constexpr QLatin1String roomPrefix("/ws/chat/");

} // namespace

std::optional<Endpoint> endpointOf(const QString &path)
{
    const auto fixed =
        std::ranges::find_if(fixedPaths, [&](const FixedPath &one) { return path == one.path; });
    if (fixed != fixedPaths.end())
        return Endpoint{fixed->dialect, {}};
    // Whatever is named: a name that no room can have is answered with close code 4000, as an unknown room
    // is.
    if (path.size() > roomPrefix.size() && path.startsWith(roomPrefix))
        return Endpoint{Dialect::Room, path.sliced(roomPrefix.size())};
    return std::nullopt;
}

QStringList endpointPatterns()
{
    QStringList patterns;
    for (const FixedPath &fixed : fixedPaths)
        patterns.append(fixed.path);
    patterns.append(roomPrefix + QStringLiteral("{room}"));
    return patterns;
}

} // namespace rookery::ws
