// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace rookery::ws {

/// The dialect of a socket (resources/docs/dialects.md), by the path of its handshake.
enum class Dialect {
    Personal, ///< `/`: 000 and 002
    Direct, ///< `/websocket`: 001
    Room, ///< `/ws/chat/{room}/`: 003 and 004
    Native, ///< `/ws/v1`: common/README.md
};

struct Endpoint
{
    Dialect dialect;
    QString room; ///< of Dialect::Room: the name as written, not checked yet

    bool operator==(const Endpoint &) const = default;
};

/// The endpoint at a path of a net::Handshake (percent-decoded, no trailing slash); nullopt if there is none.
/// EchoSockets::path is not among them.
std::optional<Endpoint> endpointOf(const QString &path);

/// Every path that endpointOf() knows, `/ws/chat/{room}` as it stands here; for the test of who may do what.
QStringList endpointPatterns();

} // namespace rookery::ws
