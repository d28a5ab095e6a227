// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/eventloop.h"
#include "tests/faults/proxy/pipe.h"

#include <cstdint>
#include <optional>

namespace rookery::faults {

class ProxyConnection;

/// Who owns a ProxyConnection hears of it here, on the loop's thread.
class ProxyConnectionOwner
{
public:
    /// proceed() wants to be called at that time.
    virtual void connectionDue(TimePoint when) = 0;
    /// It is over; once.
    virtual void connectionOver(ProxyConnection &connection) = 0;

protected:
    ~ProxyConnectionOwner() = default;
};

/// A client's socket, the server's socket, and a Pipe for each direction between them. Lives on the thread of
/// its loop, and must outlive the turn in which it was over.
class ProxyConnection final
{
public:
    /// Takes over both descriptors, which are non-blocking; the server's may still be connecting.
    ProxyConnection(bench::EventLoop &loop, ProxyConnectionOwner &owner, std::uint64_t number, int client,
        int server, const ConnectionFaults &faults);
    ~ProxyConnection();
    ProxyConnection(const ProxyConnection &) = delete;
    ProxyConnection &operator=(const ProxyConnection &) = delete;

    std::uint64_t number() const { return m_number; }

    void cut(Cut how);
    void hold(Direction direction);
    void release();
    void drop(Direction direction);
    /// Does what has become due. To be called at the times that were asked for, or more often, and after
    /// every call above.
    void proceed();

    std::uint64_t passed(Direction direction) const;
    /// Whether a fault has ended it, and not a peer.
    bool wasCut() const { return m_wasCut; }

private:
    /// One of the two sockets.
    struct Side final : bench::Watcher
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
        bool isShut = false; ///< an end was written to it
    };
    enum class Phase : std::uint8_t {
        Passing,
        Finishing, ///< both sides were told the end; what still comes is read and thrown away
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

    bench::EventLoop &m_loop;
    ProxyConnectionOwner &m_owner;
    std::uint64_t m_number;
    Side m_client;
    Side m_server;
    Pipe m_toServer;
    Pipe m_toClient;
    std::optional<TimePoint> m_expires;
    std::optional<Cut> m_cutting; ///< waits for the last bytes to have left
    TimePoint m_givesUp; ///< waiting for them, or for the ends of both sides
    Phase m_phase = Phase::Passing;
    bool m_wasCut = false;
};

} // namespace rookery::faults
