// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clientsocket.h"

#include <cstdint>
#include <string>

namespace rookery::faults {

class Reader;

/// Hears of a reader, on its loop's thread.
class ReaderOwner
{
public:
    /// It is in its room; what it missed is on its way.
    virtual void readerReady(Reader &reader) = 0;
    /// The next event of its room has come.
    virtual void readerMoved(Reader &reader) = 0;
    /// The socket is gone; `reason` is a sentence.
    virtual void readerEnded(Reader &reader, const std::string &reason) = 0;
    /// The server broke its promise; `what` is a sentence.
    virtual void readerCheated(Reader &reader, const std::string &what) = 0;

protected:
    ~ReaderOwner() = default;
};

/// One who reads a room over /ws/v1 and may come back as often as he likes: he resumes after the last event
/// he has, and sees to it that none is missing, comes again or comes too early. Lives on its loop's thread.
class Reader final : private bench::ClientSocketOwner
{
public:
    /// `room` is the room's id.
    Reader(bench::EventLoop &loop, const bench::Endpoint &endpoint, ReaderOwner &owner, std::string token,
        std::string room);

    void open();
    void close();
    /// Texts are put into JSON as they are. Whether it is stored nobody will tell.
    void send(const std::string &text);
    void setReading(bool reading) { m_socket.setReading(reading); }

    bool isReady() const { return m_ready; }
    const std::string &room() const { return m_room; }
    /// Of the last event it has; 0: none.
    std::int64_t seq() const { return m_seq; }

    // What its crowd remembers of it.
    int attempts = 0; ///< in a row without having become ready
    std::string endReason; ///< of the last socket

private:
    void socketOpened() override;
    void socketMessage(std::string_view message, bench::Nanos at) override;
    void socketEnded(const std::string &reason) override;
    void takeEvent(std::string_view frame);

    ReaderOwner &m_owner;
    std::string m_token;
    std::string m_room;
    std::string m_epoch; ///< empty until the room was seen once
    std::int64_t m_seq = 0;
    bool m_ready = false;
    bench::ClientSocket m_socket;
};

} // namespace rookery::faults
