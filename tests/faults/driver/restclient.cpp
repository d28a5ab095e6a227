// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/restclient.h"

#include "tests/wire/load/httpresponse.h"

#include <QJsonDocument>

#include <sys/epoll.h>

namespace rookery::faults {

namespace {

constexpr std::size_t bufferBytes = 16 * 1024;

} // namespace

RestClient::RestClient(
    load::EventLoop &loop, const load::Endpoint &endpoint, Access access, Findings &findings)
    : m_loop(loop)
    , m_endpoint(endpoint)
    , m_access(std::move(access))
    , m_findings(findings)
    , m_random(m_access.seed)
{ }

RestClient::~RestClient()
{
    disconnect();
}

void RestClient::start()
{
    m_wanted = true;
    m_opensAt = 0;
}

void RestClient::stop()
{
    m_wanted = false;
    disconnect();
}

void RestClient::disconnect()
{
    if (m_stream.isOpen())
        m_loop.unwatch(m_stream.descriptor());
    m_stream.close(true);
}

void RestClient::tick(load::Nanos now)
{
    if (!m_wanted)
        return;
    if (!m_stream.isOpen()) {
        if (now < m_opensAt)
            return;
        m_established = false;
        m_since = now;
        if (!m_stream.open(m_endpoint)) {
            giveUp();
            return;
        }
        m_listening = m_stream.events();
        m_loop.watch(m_stream.descriptor(), m_listening, this);
        return;
    }
    if ((!m_established || m_isAsking) && now - m_since > m_access.patience.answer) {
        giveUp();
        return;
    }
    if (m_established && !m_isAsking)
        ask();
}

void RestClient::ready(std::uint32_t)
{
    if (!m_stream.isOpen())
        return; // closed earlier in this turn
    if (!m_established) {
        const load::Stream::State state = m_stream.establish();
        if (state == load::Stream::State::Failed || state == load::Stream::State::Ended) {
            giveUp();
            return;
        }
        m_established = state == load::Stream::State::Done;
        listen(m_established ? std::uint32_t(EPOLLIN) : m_stream.events());
        if (m_established)
            ask();
        return;
    }
    write();
    if (m_stream.isOpen())
        read();
}

void RestClient::ask()
{
    const std::optional<Request> next = nextRequest();
    if (!next)
        return;
    m_isAsking = true;
    m_out = next->line + " HTTP/1.1\r\nHost: " + m_endpoint.authority() + "\r\nAuthorization: Bearer "
        + m_access.token + "\r\n";
    if (!next->body.empty())
        m_out += "Content-Type: application/json\r\n";
    m_out += "Content-Length: " + std::to_string(next->body.size()) + "\r\n\r\n" + next->body;
    m_in.clear();
    m_since = load::now();
    write();
}

void RestClient::write()
{
    std::string_view rest = m_out;
    const load::Stream::State state = m_stream.write(rest);
    if (state == load::Stream::State::Failed || state == load::Stream::State::Ended) {
        giveUp();
        return;
    }
    m_out.erase(0, m_out.size() - rest.size());
    listen(m_out.empty() ? std::uint32_t(EPOLLIN) : std::uint32_t(EPOLLIN | EPOLLOUT));
}

void RestClient::read()
{
    std::string buffer(bufferBytes, '\0');
    std::size_t count = 0;
    const load::Stream::State state = m_stream.read(buffer.data(), buffer.size(), count);
    if (state == load::Stream::State::Again)
        return;
    if (state != load::Stream::State::Done) {
        giveUp();
        return;
    }
    m_in.append(buffer, 0, count);
    std::string_view rest = m_in;
    load::HttpResponse response;
    const load::HttpState parsed = load::readHttpResponse(rest, response);
    if (parsed == load::HttpState::Incomplete)
        return;
    if (parsed == load::HttpState::Invalid) {
        m_findings.add(Fault::Broken, m_access.name + " was not answered in HTTP");
        giveUp();
        return;
    }
    if (!m_isAsking) {
        // The server may send 408 or 503 without a request before it closes an idle connection.
        giveUp();
        return;
    }
    const bool closes = load::httpField(response.head, "connection") == "close";
    m_isAsking = false;
    const std::string_view text = response.body;
    const QJsonObject json =
        QJsonDocument::fromJson(QByteArray(text.data(), qsizetype(text.size()))).object();
    if (!answered(response.status, json)) {
        giveUp();
        return;
    }
    m_in.clear();
    if (m_stream.isOpen() && closes)
        giveUp();
}

void RestClient::giveUp()
{
    disconnect();
    m_isAsking = false;
    startOver();
    const Patience &patience = m_access.patience;
    m_opensAt = load::now() + patience.returnsAfter
        + load::Nanos(m_random.below(std::uint64_t(patience.returnsBefore - patience.returnsAfter + 1)));
}

void RestClient::listen(std::uint32_t events)
{
    if (events == m_listening)
        return;
    m_listening = events;
    m_loop.change(m_stream.descriptor(), events, this);
}

} // namespace rookery::faults
