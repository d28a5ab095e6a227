// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/socketclient.h"

#include <unordered_set>

namespace rookery::faults {

/// A client of one of the older dialects.
class DialectClient final : public SocketClient
{
public:
    enum class Dialect : std::uint8_t {
        Room, ///< /ws/chat/NAME/: follows the room with ?since=; its own messages come back as answers
        Lobby, ///< / with {"message"}
        Personal, ///< / with {"senderId", "receiverId", "message"}
        Direct, ///< /websocket with {"sender", "receiver", "content"}
    };
    struct Seat
    {
        Dialect dialect = Dialect::Room;
        std::string roomName; ///< of Room
        std::string sender; ///< of Personal and Direct: id or name of the user
        std::string receiver;
    };
    /// setup.says must be set, without changes: these dialects have no edits.
    DialectClient(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Seat seat,
        Ledger &ledger, Findings &findings);

private:
    std::string path() const override;
    void opened() override;
    void message(const QJsonObject &frame) override;
    std::string frameOf(const Outbox::Entry &entry) override;
    bool maySend() const override { return m_entered; }
    void takeRoomMessage(const QJsonObject &frame);
    void takeLobbyMessage(const QJsonObject &frame);

    Seat m_seat;
    std::unordered_set<std::string> m_resent; ///< client ids that may be received outside of the room's order
    std::int64_t m_lobbySeq = 0; ///< of this connection's last message in the lobby
    bool m_entered = false;
};

} // namespace rookery::faults
