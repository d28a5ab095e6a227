// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/reader.h"

#include "tests/bench/session.h"

namespace rookery::faults {

using namespace bench;
using namespace load;

Reader::Reader(
    EventLoop &loop, const Endpoint &endpoint, ReaderOwner &owner, std::string token, std::string room)
    : m_owner(owner)
    , m_token(std::move(token))
    , m_room(std::move(room))
    , m_socket(loop, endpoint, *this)
{ }

void Reader::open()
{
    m_ready = false;
    m_socket.open("/ws/v1", m_token);
}

void Reader::close()
{
    m_ready = false;
    m_socket.close();
}

void Reader::send(const std::string &text)
{
    m_socket.sendText(R"({"type":"send","room":")" + m_room + R"(","text":")" + text + "\"}");
}

void Reader::socketOpened()
{
    const std::string place = R"("room":")" + m_room + R"(","seq":)" + std::to_string(m_seq);
    if (m_epoch.empty()) {
        m_socket.sendText(R"({"type":"hello"})");
        m_socket.sendText(R"({"type":"subscribe",)" + place + "}");
    } else {
        m_socket.sendText(R"({"type":"hello","resume":[{"epoch":")" + m_epoch + "\"," + place + "}]}");
    }
}

void Reader::socketMessage(std::string_view message, Nanos)
{
    const std::string_view type = frameType(message);
    if (type == "event") {
        takeEvent(message);
    } else if (type == "subscribed") {
        m_epoch = frameString(message, "epoch");
        m_ready = true;
        attempts = 0;
        m_owner.readerReady(*this);
    } else if (type == "reset") {
        m_owner.readerCheated(*this, "the room's epoch has changed, though nothing was restored");
    } else if (type == "error") {
        m_owner.readerCheated(*this, "the server refused: " + std::string(message));
    }
}

void Reader::takeEvent(std::string_view frame)
{
    const std::int64_t seq = frameNumber(frame, "seq");
    if (seq != m_seq + 1) {
        m_owner.readerCheated(*this,
            "event " + std::to_string(seq) + " came after event " + std::to_string(m_seq) + " of one room");
        return;
    }
    m_seq = seq;
    m_owner.readerMoved(*this);
}

void Reader::socketEnded(const std::string &reason)
{
    m_ready = false;
    endReason = reason;
    m_owner.readerEnded(*this, reason);
}

} // namespace rookery::faults
