// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include <cstdint>
#include <optional>
#include <string>

namespace rookery::faults {

/// One event of a room's log, as sent to a client.
struct Event
{
    std::string room; ///< id
    std::string id;
    std::string clientId;
    std::string sender; ///< id of the user
    std::string text;
    std::int64_t seq = 0;

    /// Of everything except room and seq: events with equal fingerprints are equal.
    std::uint64_t fingerprint() const;
};

/// Parses the native API's shape. nullopt if a field is missing.
std::optional<Event> readEvent(const QJsonObject &json);
/// Parses the shape of `chat_message` and `direct_message`; the room is that of the socket.
std::optional<Event> readChatMessage(const QJsonObject &json, const std::string &room);

} // namespace rookery::faults
