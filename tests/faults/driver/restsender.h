// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/eventloop.h"
#include "tests/bench/stream.h"
#include "tests/faults/driver/client.h"
#include "tests/faults/driver/outbox.h"

namespace rookery::faults {

/// A sender over HTTP: one request at a time on keep-alive connections, repeating a message until it is
/// answered.
class RestSender final : public Client, private bench::Watcher
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
        std::string name; ///< in findings
        std::string token;
        Patience patience;
        std::uint64_t seed = 1;
        Outbox::What says;
        Route route = Route::Room;
        std::string roomName; ///< of RoomByName
        std::string receiver; ///< of Direct: the user's id
    };
    RestSender(bench::EventLoop &loop, const bench::Endpoint &endpoint, Setup setup, Ledger &ledger,
        Findings &findings);
    ~RestSender() override;

    void start() override;
    void stop() override;
    void tick(bench::Nanos now) override;
    void setProducing(bool producing) override { m_outbox.setProducing(producing); }
    bool isDone() const override { return m_outbox.isDone(); }
    bool isConnected() const override { return m_stream.isOpen(); }
    const std::string &name() const override { return m_setup.name; }
    const std::vector<std::unique_ptr<RoomView>> &views() const override { return m_noViews; }

private:
    void ready(std::uint32_t events) override;
    void ask();
    void write();
    void read();
    void answered(int status, std::string_view body);
    void listen(std::uint32_t events);
    void giveUp(bench::Nanos returnsAfter);
    std::string requestOf(const Outbox::Message &message) const;

    bench::EventLoop &m_loop;
    const bench::Endpoint &m_endpoint;
    Setup m_setup;
    Findings &m_findings;
    Random m_random;
    Outbox m_outbox;
    bench::Stream m_stream;
    std::vector<std::unique_ptr<RoomView>> m_noViews;
    std::string m_asking; ///< the client id of the request in flight; empty: none
    std::string m_out;
    std::string m_in;
    std::uint32_t m_listening = 0;
    bench::Nanos m_opensAt = 0;
    bench::Nanos m_since = 0; ///< of the request in flight
    bool m_wanted = false;
    bool m_established = false;
};

} // namespace rookery::faults
