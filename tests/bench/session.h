// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clientsocket.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rookery::bench {

enum class Dialect : std::uint8_t {
    Native, ///< /ws/v1: hello, subscribe, send
    Room, ///< /ws/chat/{room}/ with {"message": …}
    Personal, ///< /
    Direct, ///< /websocket
    Bare, ///< as Room, on a server without accounts, which sends no greeting
};

/// What a session that comes back asks for, and how much it gets.
struct Resumption
{
    std::string hello; ///< the frame
    std::uint64_t rooms = 0; ///< each is answered with `subscribed`
    std::uint64_t events = 0; ///< missed in all of them
};

/// The place of a session: everything that its socket must send to enter its room.
struct Seat
{
    Dialect dialect = Dialect::Native;
    std::string token; ///< empty: none is sent
    std::string room; ///< Native: the id, empty for no room; Room and Bare: the name; else unused
    std::size_t node = 0; ///< the server, of those of the run
    const Resumption *resumption = nullptr; ///< Native: resume this instead of entering a room
};

class Session;

/// Receives the events of a session, on its loop's thread.
class SessionOwner
{
public:
    /// It is in its room: it receives everything sent there from now on.
    virtual void sessionReady(Session &session) = 0;
    /// A frame of a session that is ready.
    virtual void sessionFrame(Session &session, std::string_view frame, load::Nanos at) = 0;
    virtual void sessionEnded(Session &session, const std::string &reason) = 0;

protected:
    ~SessionOwner() = default;
};

/// One socket in one dialect, from its handshake until it is in its room. Lives on its loop's thread.
class Session final : private load::ClientSocketOwner
{
public:
    Session(load::EventLoop &loop, const load::Endpoint &endpoint, SessionOwner &owner, Seat seat,
        std::uint32_t index);

    void open();
    void close();
    bool isReady() const { return m_stage == Stage::Ready; }
    /// For a session that has ended: whether it was ready before.
    bool wasReady() const { return m_wasReady; }
    /// For sessions without a room in Dialect::Native that were opened without a greeting: says hello now;
    /// the answer, and all that it resumes, reports it as ready again.
    void greet();

    /// Sends a message to the session's room; text and client id are put into JSON unescaped. `clientId` may
    /// be empty; `ref` is sent with it in Dialect::Native.
    void sendMessage(std::string_view text, std::string_view clientId = {}, std::uint64_t ref = 0);

    const Seat &seat() const { return m_seat; }
    std::uint32_t index() const { return m_index; }
    /// When open() was called, or greet().
    load::Nanos beganAt() const { return m_beganAt; }
    std::uint64_t pings() const { return m_socket.pings(); }

    /// Whether Dialect::Native says hello automatically. True by default; set it before open().
    bool greets = true;

    // State of the scenario, stored here for the sake of the CPU cache.
    std::uint32_t stream = 0; ///< the stream of messages that it receives
    std::uint32_t expected = 0; ///< the number of the next one
    bool isTimed = true; ///< whether its deliveries count for the latency

private:
    enum class Stage : std::uint8_t { Closed, Opening, Greeting, Resuming, Subscribing, Entering, Ready };

    void socketOpened() override;
    void socketMessage(std::string_view message, load::Nanos at) override;
    void socketEnded(const std::string &reason) override;
    std::string path() const;
    void becomeReady();
    void sayHello();
    void resumed(std::string_view type);

    SessionOwner &m_owner;
    Seat m_seat;
    load::ClientSocket m_socket;
    load::Nanos m_beganAt = 0;
    std::uint64_t m_rooms = 0; ///< resumed
    std::uint64_t m_events = 0; ///< of them
    std::uint32_t m_index;
    Stage m_stage = Stage::Closed;
    bool m_wasReady = false;
};

/// The value of the frame's "type"; empty if it has none. Found without parsing, so nested objects may
/// mislead it: only for frames without users' text.
std::string_view frameType(std::string_view frame);
/// The number that follows `"name":`, or -1.
std::int64_t frameNumber(std::string_view frame, std::string_view name);
/// The string that follows `"name":`, unescaped as it is; empty if there is none.
std::string_view frameString(std::string_view frame, std::string_view name);

} // namespace rookery::bench
