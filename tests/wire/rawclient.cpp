// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/rawclient.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>

#include <sys/socket.h>

namespace rookery::net::test {

namespace {

constexpr int patience = 5000;

} // namespace

QByteArray Answer::field(const QByteArray &name) const
{
    const QByteArrayList lines = head.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0)
            return line.mid(colon + 1).trimmed();
    }
    return {};
}

RawClient::RawClient(const QUrl &server, const QHostAddress &from)
    : m_socket(std::make_unique<QSslSocket>())
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
    const bool up = QTest::qWaitFor([&] { return secure ? m_socket->isEncrypted() : connected(); }, patience);
    if (!up)
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

bool RawClient::more(qint64 deadline)
{
    const qsizetype before = received().size();
    while (received().size() == before) {
        const qint64 left = deadline - QDateTime::currentMSecsSinceEpoch();
        if (left <= 0
            || (m_socket->state() == QAbstractSocket::UnconnectedState && !m_socket->bytesAvailable()))
            return false;
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, int(left));
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
    const qint64 deadline = QDateTime::currentMSecsSinceEpoch() + patience;
    qsizetype end = -1;
    while ((end = received().indexOf("\r\n\r\n")) < 0) {
        if (!more(deadline))
            return {};
    }
    Answer answer;
    answer.head = m_received.first(end);
    m_received.remove(0, end + 4);
    answer.status = answer.head.mid(9, 3).toInt();
    const qsizetype length = bodyless ? 0 : answer.field("content-length").toLongLong();
    while (received().size() < length) {
        if (!more(deadline))
            return {};
    }
    answer.body = m_received.first(length);
    m_received.remove(0, length);
    return answer;
}

QByteArray RawClient::take(qsizetype count)
{
    const qint64 deadline = QDateTime::currentMSecsSinceEpoch() + patience;
    while (received().size() < count && more(deadline)) { }
    const QByteArray taken = m_received.first(std::min(count, m_received.size()));
    m_received.remove(0, taken.size());
    return taken;
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

} // namespace rookery::net::test
