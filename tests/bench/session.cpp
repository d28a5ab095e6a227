// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/session.h"

#include "tests/wire/load/refusal.h"

#include <charconv>

namespace rookery::bench {

using namespace load;

namespace {

/// What follows `"name":` and blanks.
std::string_view valueOf(std::string_view frame, std::string_view name)
{
    for (auto at = frame.find(name); at != std::string_view::npos; at = frame.find(name, at + 1)) {
        const auto end = at + name.size();
        if (at == 0 || frame[at - 1] != '"' || end + 2 > frame.size() || frame[end] != '"')
            continue;
        std::string_view rest = frame.substr(end + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (!rest.starts_with(':'))
            continue;
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        return rest;
    }
    return {};
}

} // namespace

std::string_view frameString(std::string_view frame, std::string_view name)
{
    std::string_view value = valueOf(frame, name);
    if (!value.starts_with('"'))
        return {};
    value.remove_prefix(1);
    return value.substr(0, value.find('"'));
}

std::string_view frameType(std::string_view frame)
{
    return frameString(frame, "type");
}

std::int64_t frameNumber(std::string_view frame, std::string_view name)
{
    const std::string_view value = valueOf(frame, name);
    std::int64_t number = -1;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

Session::Session(
    EventLoop &loop, const Endpoint &endpoint, SessionOwner &owner, Seat seat, std::uint32_t index)
    : m_owner(owner)
    , m_seat(std::move(seat))
    , m_socket(loop, endpoint, *this)
    , m_index(index)
{ }

std::string Session::path() const
{
    switch (m_seat.dialect) {
    case Dialect::Native:
        return "/ws/v1";
    case Dialect::Room:
        return "/ws/chat/" + m_seat.room + "/?history=0";
    case Dialect::Bare:
        return "/ws/chat/" + m_seat.room + "/";
    case Dialect::Personal:
        return "/";
    case Dialect::Direct:
        return "/websocket";
    }
    return {};
}

void Session::open()
{
    m_beganAt = now();
    m_rooms = 0;
    m_events = 0;
    m_stage = Stage::Opening;
    m_socket.open(path(), m_seat.token);
}

void Session::close()
{
    m_stage = Stage::Closed;
    m_socket.close();
}

void Session::greet()
{
    m_beganAt = now();
    sayHello();
}

void Session::sayHello()
{
    m_stage = Stage::Greeting;
    m_socket.sendText(
        m_seat.resumption ? m_seat.resumption->hello : R"({"type":"hello","ref":0,"resume":[]})");
}

void Session::resumed(std::string_view type)
{
    m_rooms += type == "subscribed" ? 1 : 0;
    m_events += type == "event" ? 1 : 0;
    if (m_rooms >= m_seat.resumption->rooms && m_events >= m_seat.resumption->events)
        becomeReady();
}

void Session::becomeReady()
{
    m_stage = Stage::Ready;
    m_owner.sessionReady(*this);
}

void Session::socketOpened()
{
    if (m_seat.dialect == Dialect::Native && greets)
        sayHello();
    else if (m_seat.dialect == Dialect::Room)
        m_stage = Stage::Entering;
    else
        becomeReady();
}

void Session::socketMessage(std::string_view message, Nanos at)
{
    if (m_stage == Stage::Ready) {
        m_owner.sessionFrame(*this, message, at);
        return;
    }
    const std::string_view type = frameType(message);
    if (type == "error") {
        const std::string reason = explainRefusal(0, message);
        close();
        m_owner.sessionEnded(*this, reason);
    } else if (m_stage == Stage::Resuming) {
        resumed(type);
    } else if (m_stage == Stage::Greeting && type == "hello") {
        if (m_seat.resumption) {
            m_stage = Stage::Resuming;
            return;
        }
        if (m_seat.room.empty()) {
            becomeReady();
            return;
        }
        m_stage = Stage::Subscribing;
        m_socket.sendText(R"({"type":"subscribe","ref":0,"room":")" + m_seat.room + "\"}");
    } else if ((m_stage == Stage::Subscribing && type == "subscribed")
        || (m_stage == Stage::Entering && type == "room_users_list")) {
        becomeReady();
    }
}

void Session::socketEnded(const std::string &reason)
{
    m_wasReady = m_stage == Stage::Ready;
    m_stage = Stage::Closed;
    m_owner.sessionEnded(*this, reason);
}

void Session::sendMessage(std::string_view text, std::string_view clientId, std::uint64_t ref)
{
    std::string frame;
    frame.reserve(160 + text.size());
    if (m_seat.dialect == Dialect::Native) {
        frame += R"({"type":"send","ref":)";
        frame += std::to_string(ref);
        frame += R"(,"room":")";
        frame += m_seat.room;
        frame += R"(","text":")";
    } else {
        frame += R"({"message":")";
    }
    frame += text;
    if (!clientId.empty()) {
        frame += R"(","client_id":")";
        frame += clientId;
    }
    frame += "\"}";
    m_socket.sendText(frame);
}

} // namespace rookery::bench
