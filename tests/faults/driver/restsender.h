// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/outbox.h"
#include "tests/faults/driver/restclient.h"

namespace rookery::faults {

/// Sends the messages of an outbox over one of the routes that do, and edits and deletes over the native ones.
class RestSender final : public RestClient
{
public:
    enum class Route : std::uint8_t {
        Room, ///< POST /api/v1/rooms/ID/messages
        RoomByName, ///< POST /chat/send/ with {"room"}
        Lobby, ///< POST /api/chats/send
        Direct, ///< POST /api/messages
    };
    struct Setup
    {
        Access access;
        Outbox::What says;
        Route route = Route::Room;
        std::string roomName; ///< of RoomByName
        std::string receiver; ///< of Direct: the user's id
    };
    RestSender(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger,
        Findings &findings);

    void setProducing(bool producing) override { m_outbox.setProducing(producing); }
    bool isDone() const override { return m_outbox.isDone(); }

private:
    std::optional<Request> nextRequest() override;
    bool answered(int status, const QJsonObject &body) override;
    void startOver() override { m_outbox.startOver(false); }
    Request requestOf(const Outbox::Entry &entry) const;

    Setup m_setup;
    Outbox m_outbox;
    Outbox::Entry m_asking; ///< of the last request
};

} // namespace rookery::faults
