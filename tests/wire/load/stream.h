// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/endpoint.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct ssl_st;

namespace rookery::load {

/// Bytes over a non-blocking TCP connection, with or without TLS.
class Stream
{
public:
    Stream() = default;
    ~Stream() { close(); }
    Stream(const Stream &) = delete;
    Stream &operator=(const Stream &) = delete;

    enum class State {
        Done,
        Again, ///< retry when the descriptor is ready for events()
        Ended, ///< the peer has closed
        Failed, ///< see problem()
    };

    /// Begins to connect. False: see problem().
    bool open(const Endpoint &endpoint);
    /// Continues connecting and shaking hands; call it when the descriptor is ready, until it is Done.
    State establish();
    /// `count` is the number of bytes read; Done with at least one.
    State read(char *buffer, std::size_t size, std::size_t &count);
    /// Removes the written bytes from the front of `bytes`.
    State write(std::string_view &bytes);
    /// With `abort` the peer sees a reset, and no port stays in TIME_WAIT; ten thousand of those would soon
    /// use up all ports.
    void close(bool abort = false);

    bool isOpen() const { return m_descriptor >= 0; }
    int descriptor() const { return m_descriptor; }
    /// What to wait for after Again: EPOLLIN, EPOLLOUT.
    std::uint32_t events() const { return m_events; }
    const std::string &problem() const { return m_problem; }

private:
    State failed(const char *what, int error);
    State tlsState(int result);

    int m_descriptor = -1;
    ssl_st *m_tls = nullptr;
    bool m_connected = false;
    std::uint32_t m_events = 0;
    std::string m_problem;
};

} // namespace rookery::load
