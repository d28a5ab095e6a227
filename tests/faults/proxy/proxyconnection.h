// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/proxy/pipe.h"
#include "tests/wire/load/eventloop.h"

#include <cstdint>
#include <optional>

namespace rookery::faults {

class ProxyConnection;

/// Receives the events of a ProxyConnection, on the loop's thread.
class ProxyConnectionOwner
{
public:
    /// Requests a call of proceed() at that time.
    virtual void connectionDue(TimePoint when) = 0;
    /// The connection has ended; called once.
    virtual void connectionOver(ProxyConnection &connection) = 0;

protected:
    ~ProxyConnectionOwner() = default;
};

/// A client's socket, the server's socket, and a Pipe for each direction between them. Lives on the thread of
/// its loop, and must outlive the turn in which it ended.
class ProxyConnection final
{
public:
    /// Takes ownership of both descriptors, which are non-blocking; the server's may still be connecting.
    ProxyConnection(load::EventLoop &loop, ProxyConnectionOwner &owner, std::uint64_t number, int client,
        int server, const ConnectionFaults &faults);
    ~ProxyConnection();
    ProxyConnection(const ProxyConnection &) = delete;
    ProxyConnection &operator=(const ProxyConnection &) = delete;

    std::uint64_t number() const { return m_number; }

    void cut(Cut how);
    void hold(Direction direction);
    void release();
    void drop(Direction direction);
    /// Does whatever is due. Call it at the requested times, or more often, and after every call above.
    void proceed();

    std::uint64_t passed(Direction direction) const;
    /// Whether a fault has ended it, not a peer.
    bool wasCut() const { return m_wasCut; }

private:
    /// One of the two sockets.
    struct Side final : load::Watcher
    {
        explicit Side(ProxyConnection &connection, int socket)
            : owner(connection)
            , descriptor(socket)
        { }
        void ready(std::uint32_t events) override { owner.ready(*this, events); }

        ProxyConnection &owner;
        int descriptor;
        std::uint32_t interest = 0;
        bool isWatched = true;
        bool isConnected = true;
        bool isShut = false; ///< its sending direction was shut down
    };
    enum class Phase : std::uint8_t {
        Passing,
        Finishing, ///< both sides were shut down; remaining input is read and discarded
        Over,
    };

    void ready(Side &side, std::uint32_t events);
    bool read(Side &from, Pipe &pipe);
    bool write(Side &to, Pipe &pipe);
    void shut(Side &side);
    void swallow(Side &side);
    void listen(Side &side, std::uint32_t events);
    bool isDelivered() const;
    void pass(TimePoint now);
    std::optional<TimePoint> deadline(TimePoint now) const;
    void beginCut(Cut how);
    void end(bool abort);

    load::EventLoop &m_loop;
    ProxyConnectionOwner &m_owner;
    std::uint64_t m_number;
    Side m_client;
    Side m_server;
    Pipe m_toServer;
    Pipe m_toClient;
    std::optional<TimePoint> m_expires;
    std::optional<Cut> m_cutting; ///< pending until the last bytes are written
    TimePoint m_givesUp; ///< time limit for that, or for both sides to end
    Phase m_phase = Phase::Passing;
    bool m_wasCut = false;
};

} // namespace rookery::faults
