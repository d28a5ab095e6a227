// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/rawclient.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QJsonDocument>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <optional>

#include <sys/socket.h>

namespace rookery::test {

namespace {

constexpr int patience = 30'000;

QByteArray bytesOf(const Call &request, const QByteArray &host)
{
    QByteArray bytes = request.method + ' ' + request.path + " HTTP/1.1\r\nHost: " + host + "\r\n";
    if (!request.token.isEmpty())
        bytes += "Authorization: Bearer " + request.token + "\r\n";
    if (!request.body.isNull())
        bytes += "Content-Length: " + QByteArray::number(request.body.size()) + "\r\n";
    for (const auto &[name, value] : request.headers)
        bytes += name + ": " + value + "\r\n";
    return bytes + "\r\n" + request.body;
}

std::optional<QByteArray> valueOf(const QByteArray &head, const QByteArray &name)
{
    const QByteArrayList lines = head.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0)
            return line.mid(colon + 1).trimmed();
    }
    return std::nullopt;
}

} // namespace

QByteArray Answer::header(const QByteArray &name) const
{
    return valueOf(head, name).value_or(QByteArray());
}

bool Answer::hasHeader(const QByteArray &name) const
{
    return valueOf(head, name).has_value();
}

QJsonObject Answer::json() const
{
    return QJsonDocument::fromJson(body).object();
}

RawClient::RawClient(const QUrl &server, const QHostAddress &from)
    : m_socket(std::make_unique<QSslSocket>())
    , m_host(server.authority().toUtf8())
{
    m_socket->setPeerVerifyMode(QSslSocket::VerifyNone);
    if (!from.isNull())
        m_socket->bind(from);
    const auto port = quint16(server.port());
    const bool secure = server.scheme() == QLatin1String("https");
    if (secure)
        m_socket->connectToHostEncrypted(server.host(), port);
    else
        m_socket->connectToHost(server.host(), port);
    const auto up = [&] { return secure ? m_socket->isEncrypted() : connected(); };
    const bool late = !QTest::qWaitFor(
        [&] { return up() || m_socket->state() == QAbstractSocket::UnconnectedState; }, patience);
    if (late || !up())
        qWarning("no connection: %s", qPrintable(m_socket->errorString()));
}

RawClient::~RawClient() = default;

void RawClient::send(const QByteArray &bytes)
{
    m_socket->write(bytes);
    m_socket->flush();
}

void RawClient::sendBytewise(const QByteArray &bytes)
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    for (const char byte : bytes) {
        m_socket->write(&byte, 1);
        m_socket->flush();
        QCoreApplication::processEvents();
    }
}

void RawClient::endSending()
{
    ::shutdown(int(m_socket->socketDescriptor()), SHUT_WR);
}

bool RawClient::more(const QDeadlineTimer &deadline)
{
    // Sleeps until something happens: tests measure the server's time, and share its cores.
    QTimer end;
    end.setSingleShot(true);
    end.start(int(deadline.remainingTime()));
    const qsizetype before = received().size();
    while (received().size() == before) {
        if (deadline.hasExpired()
            || (m_socket->state() == QAbstractSocket::UnconnectedState && !m_socket->bytesAvailable()))
            return false;
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    }
    return true;
}

const QByteArray &RawClient::received()
{
    m_received += m_socket->readAll();
    return m_received;
}

Answer RawClient::answer(bool bodyless)
{
    const QDeadlineTimer deadline(patience);
    qsizetype end = -1;
    while ((end = received().indexOf("\r\n\r\n")) < 0) {
        if (!more(deadline))
            return {};
    }
    Answer answer;
    answer.head = m_received.first(end);
    m_received.remove(0, end + 4);
    answer.status = answer.head.mid(9, 3).toInt();
    const qsizetype length = bodyless ? 0 : answer.header("content-length").toLongLong();
    while (received().size() < length) {
        if (!more(deadline))
            return {};
    }
    answer.body = m_received.first(length);
    m_received.remove(0, length);
    return answer;
}

Answer RawClient::call(const Call &request)
{
    send(bytesOf(request, m_host));
    return answer(request.method == "HEAD");
}

Answer RawClient::post(const QByteArray &path, const QByteArray &body, const Headers &headers)
{
    return call({"POST", path, body, {}, Headers{{"Content-Type", "application/json"}} + headers});
}

QByteArray RawClient::take(qsizetype count)
{
    const QDeadlineTimer deadline(patience);
    while (received().size() < count && more(deadline)) { }
    const QByteArray taken = m_received.first(std::min(count, m_received.size()));
    m_received.remove(0, taken.size());
    return taken;
}

QByteArray RawClient::takeAll()
{
    received();
    return std::exchange(m_received, {});
}

bool RawClient::waitForEnd(int milliseconds)
{
    return QTest::qWaitFor(
        [&] {
            received();
            return m_socket->state() == QAbstractSocket::UnconnectedState;
        },
        milliseconds);
}

Answer call(quint16 port, const Call &request)
{
    QUrl server;
    server.setScheme(QStringLiteral("http"));
    server.setHost(QStringLiteral("127.0.0.1"));
    server.setPort(port);
    RawClient client(server);
    Call last = request;
    last.headers.prepend({"Connection", "close"});
    Answer answer = client.call(last);
    if (request.method != "HEAD" && !answer.hasHeader("content-length") && client.waitForEnd(patience))
        answer.body = client.takeAll();
    return answer;
}

} // namespace rookery::test
