// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/httpclient.h"

#include "tests/wire/load/clock.h"
#include "tests/wire/load/crew.h"
#include "tests/wire/load/httpresponse.h"
#include "tests/wire/load/refusal.h"

#include <QJsonDocument>

#include <poll.h>
#include <sys/epoll.h>

namespace rookery::load {

namespace {

constexpr Nanos patience = 30 * second;

Failure unreachable(const Endpoint &endpoint, const std::string &why)
{
    return Failure(
        QStringLiteral("%1: %2").arg(QString::fromStdString(endpoint.text()), QString::fromStdString(why)));
}

} // namespace

QJsonObject HttpClient::get(const QString &path, int tolerated)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(request("GET", path, {}, tolerated))).object();
}

QJsonObject HttpClient::post(const QString &path, const QJsonObject &body, int tolerated)
{
    const std::string text = QJsonDocument(body).toJson(QJsonDocument::Compact).toStdString();
    const std::string answer = request("POST", path, text, tolerated);
    return QJsonDocument::fromJson(QByteArray::fromStdString(answer)).object();
}

void HttpClient::wait()
{
    pollfd watched{m_stream.descriptor(), 0, 0};
    watched.events = short(((m_stream.events() & EPOLLIN) != 0 ? POLLIN : 0)
        | ((m_stream.events() & EPOLLOUT) != 0 ? POLLOUT : 0));
    constexpr int lookMs = 100;
    while (::poll(&watched, 1, lookMs) <= 0) {
        if (interrupted())
            throw Interrupted();
        if (now() > m_deadline)
            throw unreachable(m_endpoint, "no answer within 30 seconds");
    }
}

void HttpClient::connectNow()
{
    if (!m_stream.open(m_endpoint))
        throw unreachable(m_endpoint, m_stream.problem());
    // Only a descriptor that is writable has its connection or its error.
    wait();
    for (Stream::State state = m_stream.establish(); state != Stream::State::Done;
         state = m_stream.establish()) {
        if (state != Stream::State::Again)
            throw unreachable(m_endpoint, m_stream.problem());
        wait();
    }
}

void HttpClient::send(std::string_view bytes)
{
    for (Stream::State state = m_stream.write(bytes); state != Stream::State::Done;
         state = m_stream.write(bytes)) {
        if (state != Stream::State::Again)
            throw unreachable(m_endpoint, m_stream.problem());
        wait();
    }
}

std::string HttpClient::request(
    const char *method, const QString &path, const std::string &body, int tolerated)
{
    m_deadline = now() + patience;
    if (!m_stream.isOpen())
        connectNow();
    std::string head = std::string(method) + ' ' + path.toStdString()
        + " HTTP/1.1\r\nHost: " + m_endpoint.authority() + "\r\n";
    if (!m_token.empty())
        head += "Authorization: Bearer " + m_token + "\r\n";
    if (!body.empty())
        head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    send(head + "\r\n" + body);

    std::string answer;
    std::string buffer(64 * 1024, '\0');
    for (;;) {
        std::size_t count = 0;
        const Stream::State state = m_stream.read(buffer.data(), buffer.size(), count);
        if (state == Stream::State::Again) {
            wait();
            continue;
        }
        if (state != Stream::State::Done)
            throw unreachable(m_endpoint,
                state == Stream::State::Ended ? "closed the connection instead of answering"
                                              : m_stream.problem());
        answer.append(buffer, 0, count);
        std::string_view rest = answer;
        HttpResponse response;
        const HttpState parsed = readHttpResponse(rest, response);
        if (parsed == HttpState::Incomplete)
            continue;
        if (parsed == HttpState::Invalid)
            throw unreachable(m_endpoint, "does not answer in HTTP/1.1 with a Content-Length");
        if (response.status / 100 != 2 && response.status != tolerated)
            throw Failure(QStringLiteral("%1 %2 was refused: %3")
                              .arg(QString::fromLatin1(method), path,
                                  QString::fromStdString(explainRefusal(response.status, response.body))));
        if (httpField(response.head, "connection") == "close")
            m_stream.close();
        return std::string(response.body);
    }
}

} // namespace rookery::load
