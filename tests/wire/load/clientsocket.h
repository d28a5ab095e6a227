// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"
#include "tests/wire/load/eventloop.h"
#include "tests/wire/load/framecodec.h"
#include "tests/wire/load/stream.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rookery::load {

class ClientSocket;

/// Receives the events of a ClientSocket, on the loop's thread.
class ClientSocketOwner
{
public:
    /// The handshake was answered with 101.
    virtual void socketOpened() = 0;
    /// A whole text or binary message, valid during the call; `at` is the time it was read.
    virtual void socketMessage(std::string_view message, Nanos at) = 0;
    /// The connection has ended, or failed to open; once per open(), never after close(). `reason` is a
    /// sentence.
    virtual void socketEnded(const std::string &reason) = 0;

protected:
    ~ClientSocketOwner() = default;
};

/// A minimal WebSocket client: answers pings, and sends everything that was written during a read in one
/// piece afterwards. Lives on the thread of its loop.
class ClientSocket final : private Watcher
{
public:
    ClientSocket(EventLoop &loop, const Endpoint &endpoint, ClientSocketOwner &owner);
    ~ClientSocket();

    /// Begins the connection and the handshake. `token` may be empty.
    void open(const std::string &path, const std::string &token);
    void sendText(std::string_view text);
    /// Resets the connection. Cheap for both sides, and leaves no port in TIME_WAIT.
    void close();

    /// False: stops reading, so that the kernel's buffers fill up. A new connection starts with reading
    /// enabled.
    void setReading(bool reading);

    bool isOpen() const { return m_phase == Phase::Open; }
    std::uint64_t pings() const { return m_pings; }
    /// The server's close frame that ended the last connection; 0 and empty if there was none.
    int closeCode() const { return m_closeCode; }
    const std::string &closeReason() const { return m_closeReason; }

private:
    enum class Phase : std::uint8_t { Closed, Connecting, Shaking, Open };

    void ready(std::uint32_t events) override;
    void establish();
    void receive();
    void take(std::string_view bytes, Nanos at);
    std::string_view takeHandshake(std::string_view bytes);
    bool takeFrame(const Frame &frame, Nanos at);
    void flush();
    void listenFor(std::uint32_t events);
    void end(const std::string &reason);

    EventLoop &m_loop;
    const Endpoint &m_endpoint;
    ClientSocketOwner &m_owner;
    Stream m_stream;
    std::string m_in; ///< the beginning of an incomplete frame
    std::string m_out; ///< bytes to be written
    std::string m_fragments; ///< of a message in several frames
    std::string m_closeReason;
    std::uint64_t m_pings = 0;
    int m_closeCode = 0;
    std::uint32_t m_listening = 0;
    std::uint32_t m_random;
    Phase m_phase = Phase::Closed;
    bool m_receiving = false;
};

} // namespace rookery::load
