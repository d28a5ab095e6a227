// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include <cstdint>
#include <optional>
#include <string>

namespace rookery::faults {

/// One event of a room's log, as a client is told it.
struct Event
{
    std::string room; ///< id
    std::string id;
    std::string clientId;
    std::string sender; ///< id of the user
    std::string text;
    std::int64_t seq = 0;

    /// Of everything but room and seq: two events with one fingerprint are the same.
    std::uint64_t fingerprint() const;
};

/// The native API's shape. Nothing where a field is missing.
std::optional<Event> readEvent(const QJsonObject &json);
/// The shape of `chat_message` and `direct_message`, whose room is known by the socket that brought it.
std::optional<Event> readChatMessage(const QJsonObject &json, const std::string &room);

} // namespace rookery::faults
