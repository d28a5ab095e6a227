// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/clientsocket.h"

#include "tests/wire/load/handshake.h"

#include <sys/epoll.h>

#include <random>

namespace rookery::load {

namespace {

/// The longest answer to a handshake that is waited for.
constexpr std::size_t answerBound = 64 * 1024;

std::string closeSentence(int code, const std::string &reason)
{
    if (code == 0)
        return "the server closed the socket without a code";
    return "the server closed the socket with " + std::to_string(code) + ": " + reason;
}

} // namespace

ClientSocket::ClientSocket(EventLoop &loop, const Endpoint &endpoint, ClientSocketOwner &owner)
    : m_loop(loop)
    , m_endpoint(endpoint)
    , m_owner(owner)
    , m_random(std::random_device()() | 1)
{ }

ClientSocket::~ClientSocket()
{
    close();
}

void ClientSocket::open(const std::string &path, const std::string &token)
{
    close();
    m_closeCode = 0;
    m_closeReason.clear();
    if (!m_stream.open(m_endpoint)) {
        end(m_stream.problem());
        return;
    }
    m_out = handshake::request(m_endpoint.authority(), path, token);
    m_phase = Phase::Connecting;
    m_listening = m_stream.events();
    if (!m_loop.watch(m_stream.descriptor(), m_listening, this))
        end("the kernel does not watch another descriptor");
}

void ClientSocket::close()
{
    if (m_stream.isOpen())
        m_loop.unwatch(m_stream.descriptor());
    m_stream.close(true);
    m_phase = Phase::Closed;
    m_listening = 0;
    m_in.clear();
    m_out.clear();
    m_fragments.clear();
}

void ClientSocket::end(const std::string &reason)
{
    close();
    m_owner.socketEnded(reason);
}

void ClientSocket::sendText(std::string_view text)
{
    if (m_phase != Phase::Open)
        return;
    m_random ^= m_random << 13;
    m_random ^= m_random >> 17;
    m_random ^= m_random << 5;
    appendFrame(m_out, Opcode::Text, text, m_random);
    if (!m_receiving)
        flush();
}

void ClientSocket::setReading(bool reading)
{
    if (!m_stream.isOpen())
        return;
    // Taken off the loop, which else would go on telling of errors and of the end.
    m_loop.unwatch(m_stream.descriptor());
    m_listening = EPOLLIN;
    if (reading && !m_loop.watch(m_stream.descriptor(), m_listening, this))
        end("the kernel does not watch another descriptor");
}

void ClientSocket::ready(std::uint32_t events)
{
    switch (m_phase) {
    case Phase::Closed:
        return; // closed earlier in this turn
    case Phase::Connecting:
        establish();
        return;
    case Phase::Shaking:
    case Phase::Open:
        if ((events & EPOLLOUT) != 0)
            flush();
        if (m_phase != Phase::Closed && (events & ~std::uint32_t(EPOLLOUT)) != 0)
            receive();
        return;
    }
}

void ClientSocket::establish()
{
    switch (m_stream.establish()) {
    case Stream::State::Done:
        m_phase = Phase::Shaking;
        flush();
        return;
    case Stream::State::Again:
        listenFor(m_stream.events());
        return;
    case Stream::State::Ended:
        end("the server closed the connection during the TLS handshake");
        return;
    case Stream::State::Failed:
        end(m_stream.problem());
        return;
    }
}

void ClientSocket::receive()
{
    m_receiving = true;
    auto &buffer = m_loop.readBuffer();
    for (;;) {
        std::size_t count = 0;
        const Stream::State state = m_stream.read(buffer.data(), buffer.size(), count);
        if (state == Stream::State::Again) {
            break;
        } else if (state == Stream::State::Ended) {
            end("the server closed the connection");
        } else if (state == Stream::State::Failed) {
            end(m_stream.problem());
        } else {
            take({buffer.data(), count}, now());
            // A TLS record at a time; a plain descriptor that has more announces it again.
            if (m_phase != Phase::Closed && m_endpoint.tls())
                continue;
        }
        break;
    }
    m_receiving = false;
    if (m_phase != Phase::Closed && !m_out.empty())
        flush();
}

void ClientSocket::take(std::string_view bytes, Nanos at)
{
    const bool gathered = !m_in.empty();
    if (gathered) {
        m_in.append(bytes);
        bytes = m_in;
    }
    if (m_phase == Phase::Shaking)
        bytes = takeHandshake(bytes);
    while (m_phase == Phase::Open) {
        Frame frame;
        const FrameState state = readFrame(bytes, frame);
        if (state == FrameState::Incomplete)
            break;
        if (state == FrameState::Invalid) {
            end("the server sent a frame that RFC 6455 forbids, or one of more than 16 MiB");
            return;
        }
        if (!takeFrame(frame, at))
            return;
    }
    if (m_phase == Phase::Closed)
        return;
    if (gathered)
        m_in.erase(0, m_in.size() - bytes.size());
    else
        m_in.assign(bytes);
}

std::string_view ClientSocket::takeHandshake(std::string_view bytes)
{
    const handshake::Answer answer = handshake::readAnswer(bytes);
    if (answer.state == handshake::Answer::State::Incomplete && bytes.size() < answerBound)
        return bytes;
    if (answer.state != handshake::Answer::State::Accepted) {
        end(answer.reason.empty() ? "the handshake's answer does not end" : answer.reason);
        return {};
    }
    bytes.remove_prefix(answer.bytes);
    m_phase = Phase::Open;
    m_owner.socketOpened();
    return bytes;
}

bool ClientSocket::takeFrame(const Frame &frame, Nanos at)
{
    switch (frame.opcode) {
    case Opcode::Text:
    case Opcode::Binary:
        if (frame.final)
            m_owner.socketMessage(frame.payload, at);
        else
            m_fragments = frame.payload;
        return true;
    case Opcode::Continuation:
        m_fragments.append(frame.payload);
        if (m_fragments.size() > frameBound) {
            end("the server sent a message of more than 16 MiB");
            return false;
        }
        if (frame.final) {
            const std::string message = std::exchange(m_fragments, {});
            m_owner.socketMessage(message, at);
        }
        return true;
    case Opcode::Ping:
        ++m_pings;
        appendFrame(m_out, Opcode::Pong, frame.payload, m_random);
        return true;
    case Opcode::Close:
        if (frame.payload.size() >= 2) {
            m_closeCode = std::uint8_t(frame.payload[0]) << 8 | std::uint8_t(frame.payload[1]);
            m_closeReason = frame.payload.substr(2);
        }
        end(closeSentence(m_closeCode, m_closeReason));
        return false;
    case Opcode::Pong:
        return true;
    }
    return true;
}

void ClientSocket::flush()
{
    std::string_view rest = m_out;
    const Stream::State state = m_stream.write(rest);
    if (state == Stream::State::Failed || state == Stream::State::Ended) {
        end(state == Stream::State::Failed ? m_stream.problem() : "the server closed the connection");
        return;
    }
    m_out.erase(0, m_out.size() - rest.size());
    listenFor(state == Stream::State::Again ? m_stream.events() | EPOLLIN : std::uint32_t(EPOLLIN));
}

void ClientSocket::listenFor(std::uint32_t events)
{
    if (events == m_listening)
        return;
    m_listening = events;
    m_loop.change(m_stream.descriptor(), events, this);
}

} // namespace rookery::load
