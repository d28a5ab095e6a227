// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/restsender.h"

#include "tests/bench/httpresponse.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <sys/epoll.h>

namespace rookery::faults {

namespace {

constexpr std::size_t bufferBytes = 16 * 1024;

bool isForATime(int status)
{
    constexpr int tooMany = 429;
    return status == tooMany || status / 100 == 5;
}

} // namespace

RestSender::RestSender(
    bench::EventLoop &loop, const bench::Endpoint &endpoint, Setup setup, Ledger &ledger, Findings &findings)
    : m_loop(loop)
    , m_endpoint(endpoint)
    , m_setup(std::move(setup))
    , m_findings(findings)
    , m_random(m_setup.seed)
    , m_outbox(m_setup.says, ledger, m_setup.seed)
{ }

RestSender::~RestSender()
{
    stop();
}

void RestSender::start()
{
    m_wanted = true;
    m_opensAt = 0;
}

void RestSender::stop()
{
    m_wanted = false;
    if (m_stream.isOpen())
        m_loop.unwatch(m_stream.descriptor());
    m_stream.close(true);
}

void RestSender::tick(bench::Nanos now)
{
    if (!m_wanted)
        return;
    if (!m_stream.isOpen()) {
        if (now < m_opensAt)
            return;
        m_established = false;
        m_since = now;
        if (!m_stream.open(m_endpoint)) {
            giveUp(0);
            return;
        }
        m_listening = m_stream.events();
        m_loop.watch(m_stream.descriptor(), m_listening, this);
        return;
    }
    if ((!m_established || !m_asking.empty()) && now - m_since > m_setup.patience.answer) {
        giveUp(0);
        return;
    }
    m_outbox.produce();
    if (m_established && m_asking.empty())
        ask();
}

void RestSender::ready(std::uint32_t)
{
    if (!m_stream.isOpen())
        return; // closed earlier in this turn
    if (!m_established) {
        const bench::Stream::State state = m_stream.establish();
        if (state == bench::Stream::State::Failed || state == bench::Stream::State::Ended) {
            giveUp(0);
            return;
        }
        m_established = state == bench::Stream::State::Done;
        listen(m_established ? std::uint32_t(EPOLLIN) : m_stream.events());
        if (m_established)
            ask();
        return;
    }
    write();
    if (m_stream.isOpen())
        read();
}

void RestSender::ask()
{
    const Outbox::Message *next = m_outbox.next();
    if (!next)
        return;
    m_asking = next->clientId;
    m_out = requestOf(*next);
    m_in.clear();
    m_since = bench::now();
    write();
}

void RestSender::write()
{
    std::string_view rest = m_out;
    const bench::Stream::State state = m_stream.write(rest);
    if (state == bench::Stream::State::Failed || state == bench::Stream::State::Ended) {
        giveUp(0);
        return;
    }
    m_out.erase(0, m_out.size() - rest.size());
    listen(m_out.empty() ? std::uint32_t(EPOLLIN) : std::uint32_t(EPOLLIN | EPOLLOUT));
}

void RestSender::read()
{
    std::string buffer(bufferBytes, '\0');
    std::size_t count = 0;
    const bench::Stream::State state = m_stream.read(buffer.data(), buffer.size(), count);
    if (state == bench::Stream::State::Again)
        return;
    if (state != bench::Stream::State::Done) {
        giveUp(0);
        return;
    }
    m_in.append(buffer, 0, count);
    std::string_view rest = m_in;
    bench::HttpResponse response;
    const bench::HttpState parsed = bench::readHttpResponse(rest, response);
    if (parsed == bench::HttpState::Incomplete)
        return;
    if (parsed == bench::HttpState::Invalid) {
        m_findings.add(Fault::Broken, m_setup.name + " was not answered in HTTP");
        giveUp(0);
        return;
    }
    if (m_asking.empty()) {
        // The server may say 408 or 503 unasked before it closes an idle connection.
        giveUp(0);
        return;
    }
    const bool closes = bench::httpField(response.head, "connection") == "close";
    answered(response.status, response.body);
    if (m_stream.isOpen() && closes)
        giveUp(0);
}

void RestSender::answered(int status, std::string_view body)
{
    QJsonObject json = QJsonDocument::fromJson(QByteArray(body.data(), qsizetype(body.size()))).object();
    if (status / 100 != 2) {
        const std::string problem = m_setup.name + ": HTTP " + std::to_string(status) + ' '
            + json.value(QLatin1String("detail")).toString().toStdString();
        if (!isForATime(status)) {
            m_findings.add(Fault::Refused, problem);
            m_outbox.giveUpOldest();
        }
        m_outbox.startOver(true);
        giveUp(0);
        return;
    }
    if (json.contains(QLatin1String("event")))
        json = json.value(QLatin1String("event")).toObject();
    m_outbox.acknowledged(std::exchange(m_asking, {}),
        json.value(QLatin1String("id")).toString().toStdString(),
        json.value(QLatin1String("seq")).toInteger());
    m_in.clear();
    m_outbox.produce();
}

void RestSender::giveUp(bench::Nanos returnsAfter)
{
    if (m_stream.isOpen())
        m_loop.unwatch(m_stream.descriptor());
    m_stream.close(true);
    m_asking.clear();
    m_outbox.startOver(false);
    const Patience &patience = m_setup.patience;
    m_opensAt = bench::now() + returnsAfter + patience.returnsAfter
        + bench::Nanos(m_random.below(std::uint64_t(patience.returnsBefore - patience.returnsAfter + 1)));
}

void RestSender::listen(std::uint32_t events)
{
    if (events == m_listening)
        return;
    m_listening = events;
    m_loop.change(m_stream.descriptor(), events, this);
}

std::string RestSender::requestOf(const Outbox::Message &message) const
{
    std::string target;
    std::string body = R"({"client_id":")" + message.clientId + R"(",")";
    switch (m_setup.route) {
    case Route::Room:
        target = "/api/v1/rooms/" + m_outbox.room() + "/messages";
        body += R"(text":")";
        break;
    case Route::RoomByName:
        target = "/chat/send/";
        body += R"(room":")" + m_setup.roomName + R"(","message":")";
        break;
    case Route::Lobby:
        target = "/api/chats/send";
        body += R"(message":")";
        break;
    case Route::Direct:
        target = "/api/messages";
        body += R"(senderId":")" + m_setup.says.sender + R"(","receiverId":")" + m_setup.receiver
            + R"(","message":")";
        break;
    }
    body += message.text + "\"}";
    return "POST " + target + " HTTP/1.1\r\nHost: " + m_endpoint.authority() + "\r\nAuthorization: Bearer "
        + m_setup.token + "\r\nContent-Type: application/json\r\nContent-Length: "
        + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace rookery::faults
