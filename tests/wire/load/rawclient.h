// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/eventloop.h"

#include <netinet/in.h>

#include <functional>
#include <string>
#include <string_view>

namespace rookery::load {

/// A TCP client under full control: sends given bytes when told to, reads or does not, from any address of
/// the loopback network. Belongs to its loop's thread from open() on.
class RawClient final : private Watcher
{
public:
    struct What
    {
        in_port_t port = 0; ///< of 127.0.0.1, in host byte order
        in_addr_t from = 0; ///< 127.x.y.z in host byte order; 0: the kernel's choice
        std::string first; ///< sent once connected
        bool reads = true;
    };
    enum class End {
        Open, ///< not ended yet
        Closed, ///< by the server, in an orderly way
        Reset, ///< by the server
        Failed, ///< the connection failed
    };

    /// `answered` is called once the status of an answer is known, if there is one.
    RawClient(EventLoop &loop, What what, std::function<void(RawClient &)> answered = {});
    ~RawClient() { close(); }
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;

    void open();
    /// If the connection is still open.
    void send(std::string_view bytes);
    /// With a reset, so that no port stays in TIME_WAIT.
    void close();

    bool isOpen() const { return m_descriptor >= 0; }
    End end() const { return m_end; }
    /// The status of the first answer; 0: none arrived.
    int status() const { return m_status; }
    /// Its head.
    std::string_view head() const { return m_received; }
    /// From the beginning of open() to the end; 0 if it has not ended.
    Nanos lasted() const { return m_endedAt == 0 ? 0 : m_endedAt - m_begunAt; }

private:
    void ready(std::uint32_t events) override;
    void established();
    void receive();
    void ended(End end);

    EventLoop &m_loop;
    const What m_what;
    std::function<void(RawClient &)> m_answered;
    int m_descriptor = -1;
    bool m_connected = false;
    End m_end = End::Open;
    int m_status = 0;
    std::string m_received; ///< until the end of the first head
    Nanos m_begunAt = 0;
    Nanos m_endedAt = 0;
};

} // namespace rookery::load
