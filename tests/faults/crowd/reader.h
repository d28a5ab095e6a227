// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clientsocket.h"

#include <cstdint>
#include <string>

namespace rookery::faults {

class Reader;

/// Receives the events of a reader, on its loop's thread.
class ReaderOwner
{
public:
    /// It is in its room; missed events follow.
    virtual void readerReady(Reader &reader) = 0;
    /// The next event of its room has arrived.
    virtual void readerMoved(Reader &reader) = 0;
    /// The socket is gone; `reason` is a sentence.
    virtual void readerEnded(Reader &reader, const std::string &reason) = 0;
    /// The server has broken a promise; `what` is a sentence.
    virtual void readerCheated(Reader &reader, const std::string &what) = 0;

protected:
    ~ReaderOwner() = default;
};

/// A reader of a room over /ws/v1 that may reconnect any number of times: it resumes after its last event and
/// checks that none is missing, duplicated or early. Lives on its loop's thread.
class Reader final : private load::ClientSocketOwner
{
public:
    /// `room` is the room's id.
    Reader(load::EventLoop &loop, const load::Endpoint &endpoint, ReaderOwner &owner, std::string token,
        std::string room);

    void open();
    void close();
    /// Texts are put into JSON unescaped. The acknowledgement is not awaited.
    void send(const std::string &text);
    void setReading(bool reading) { m_socket.setReading(reading); }

    bool isReady() const { return m_ready; }
    const std::string &room() const { return m_room; }
    /// Seq of the last event; 0: none.
    std::int64_t seq() const { return m_seq; }

    // State of its crowd.
    int attempts = 0; ///< consecutive ones without becoming ready
    std::string endReason; ///< of the last socket

private:
    void socketOpened() override;
    void socketMessage(std::string_view message, load::Nanos at) override;
    void socketEnded(const std::string &reason) override;
    void takeEvent(std::string_view frame);

    ReaderOwner &m_owner;
    std::string m_token;
    std::string m_room;
    std::string m_epoch; ///< empty until the room was first seen
    std::int64_t m_seq = 0;
    bool m_ready = false;
    load::ClientSocket m_socket;
};

} // namespace rookery::faults
