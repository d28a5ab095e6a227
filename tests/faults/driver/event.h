// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include <cstdint>
#include <optional>
#include <string>

namespace rookery::faults {

/// The kinds of events that the checker knows. Others take a seq and are compared as a whole.
enum class EventKind : std::uint8_t { Message, Edited, Deleted, MemberChanged, Other };
/// "message", "edit" …
const char *eventKindName(EventKind kind);

/// What is shown of an event whose text can change: that of a message, and that of an edit.
struct Shown
{
    /// For editedSeq: the shape in which the event was sent does not say it.
    static constexpr std::int64_t unknown = -1;

    std::uint64_t text = 0; ///< a hash; 0: none
    std::int64_t editedSeq = 0; ///< of the edit that set this text; 0: the original text
    bool isDeleted = false;

    bool operator==(const Shown &) const = default;
};
/// 0 for an empty text.
std::uint64_t textHash(const std::string &text);

/// One event of a room's log, as sent to a client.
struct Event
{
    std::string room; ///< id
    std::string id;
    std::string clientId;
    std::string sender; ///< id of the user
    std::string text;
    std::int64_t seq = 0;
    EventKind kind = EventKind::Message;
    std::int64_t target = 0; ///< of an edit or deletion: seq of the message
    std::int64_t editedSeq = 0; ///< see Shown
    bool isDeleted = false;
    std::string user = {}; ///< of MemberChanged: id
    std::string before = {}; ///< of MemberChanged: the role
    std::string role = {};
    std::string rest = {}; ///< of Other: the whole event

    /// A hash of everything that never changes, except room and seq.
    std::uint64_t identity() const;
    Shown shown() const { return {textHash(text), editedSeq, isDeleted}; }
};

/// Parses the native API's shape. nullopt if a field is missing.
std::optional<Event> readEvent(const QJsonObject &json);
/// Parses the shape of `chat_message` and `direct_message`; the room is that of the socket.
std::optional<Event> readChatMessage(const QJsonObject &json, const std::string &room);

} // namespace rookery::faults
