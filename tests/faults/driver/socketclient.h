// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/client.h"
#include "tests/faults/driver/outbox.h"
#include "tests/wire/load/clientsocket.h"

#include <QJsonObject>

#include <functional>
#include <optional>

namespace rookery::faults {

/// Common code of the clients on WebSockets: one connection after the other, one outbox, and the
/// server's close codes.
class SocketClient : public Client, private load::ClientSocketOwner
{
public:
    struct Setup
    {
        std::string name; ///< in findings
        std::string token;
        Patience patience;
        std::uint64_t seed = 1;
        bool expectsFarewell = true; ///< false: a fault may prevent it
        std::optional<Outbox::What> says;
        std::function<void()> heard; ///< called for every frame before it is handled
        /// Called for every frame with the time it was read, before it is handled.
        std::function<void(const QJsonObject &frame, load::Nanos at)> told;
        /// The server to connect to next; null: always the one of the constructor.
        std::function<const load::Endpoint &()> route;
        load::Nanos every = 0; ///< between two operations, or two bursts; 0: as soon as the window has room
    };
    SocketClient(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Ledger &ledger,
        Findings &findings);

    void start() override;
    void stop() override;
    void tick(load::Nanos now) override;
    void setProducing(bool producing) override;
    bool isDone() const override { return !m_outbox || m_outbox->isDone(); }
    bool isConnected() const override { return m_socket.isOpen(); }
    const std::string &name() const override { return m_setup.name; }
    const std::vector<std::unique_ptr<RoomView>> &views() const override { return m_views; }
    std::optional<Farewell> farewell() const override { return m_farewell; }
    bool expectsFarewell() const override { return m_setup.expectsFarewell; }

protected:
    virtual std::string path() const = 0;
    /// The handshake is complete.
    virtual void opened() = 0;
    virtual void message(const QJsonObject &frame) = 0;
    /// The frame that asks for this.
    virtual std::string frameOf(const Outbox::Entry &entry) = 0;
    /// Whether messages may be sent on the current connection.
    virtual bool maySend() const = 0;
    /// Whether an error frame is the right answer to its request, and was handled.
    virtual bool isRightRefusal(const QJsonObject &) { return false; }
    /// Sent when an answer is awaited and there is nothing else to send; empty: none.
    virtual std::string heartbeat() const { return {}; }

    void send(std::string_view frame) { m_socket.sendText(frame); }
    void sendWhatWaits();
    /// An error frame has arrived.
    void refused(const QJsonObject &frame);
    /// Ends this connection; the client reconnects.
    void giveUp(load::Nanos returnsAfter = 0);
    Outbox *outbox() { return m_outbox ? &*m_outbox : nullptr; }
    Findings &findings() { return m_findings; }
    void follow(std::unique_ptr<RoomView> view) { m_views.push_back(std::move(view)); }
    RoomView *viewOf(const std::string &room);

private:
    void socketOpened() override;
    void socketMessage(std::string_view message, load::Nanos at) override;
    void socketEnded(const std::string &reason) override;
    void comeBack(load::Nanos after);
    load::Nanos pause();

    Setup m_setup;
    Findings &m_findings;
    load::Endpoint m_endpoint;
    load::ClientSocket m_socket;
    Random m_random;
    std::optional<Outbox> m_outbox;
    std::vector<std::unique_ptr<RoomView>> m_views;
    std::optional<Farewell> m_farewell;
    std::int64_t m_goodbyeMs = -1; ///< as sent in going_away
    load::Nanos m_opensAt = 0;
    load::Nanos m_heardAt = 0; ///< time of the last input on this connection
    load::Nanos m_producesAt = 0; ///< the next operation, if they come at a pace
    bool m_wanted = false;
    bool m_connecting = false;
    bool m_beating = false; ///< a heartbeat was sent and nothing received since
};

} // namespace rookery::faults
