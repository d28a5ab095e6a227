// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/session/hostileserver.h"

#include <QCryptographicHash>
#include <QTcpSocket>
#include <QtEndian>

#include <memory>
#include <utility>

namespace rookery::client {

namespace {

constexpr qint64 ahead = 1024 * 1024;

QByteArray field(const QByteArray &head, const QByteArray &name)
{
    const QByteArray lower = head.toLower();
    const qsizetype at = lower.indexOf("\r\n" + name + ':');
    if (at < 0)
        return {};
    const qsizetype from = at + name.size() + 3;
    return head.mid(from, head.indexOf('\r', from) - from).trimmed();
}

} // namespace

HostileServer::HostileServer(QObject *parent)
    : QTcpServer(parent)
{
    listen(QHostAddress::LocalHost);
    connect(this, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket *socket = nextPendingConnection())
            serve(socket);
    });
}

QUrl HostileServer::url() const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort()));
}

void HostileServer::serve(QTcpSocket *socket)
{
    connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    const auto buffer = std::make_shared<QByteArray>();
    connect(socket, &QTcpSocket::readyRead, socket, [this, socket, buffer] {
        *buffer += socket->readAll();
        // A body, if there is one, comes with the head and is not looked at.
        const qsizetype end = buffer->indexOf("\r\n\r\n");
        if (end < 0)
            return;
        const QByteArray head = buffer->left(end + 2);
        buffer->clear();
        onHead(socket, head);
    });
}

void HostileServer::onHead(QTcpSocket *socket, const QByteArray &head)
{
    const QByteArray key = field(head, "sec-websocket-key");
    if (key.isEmpty()) {
        ++m_requests;
        const QByteArray target = head.split(' ').value(1);
        pump(socket, answer ? answer(target) : Source());
        return;
    }
    ++m_handshakes;
    QObject::disconnect(socket, &QTcpSocket::readyRead, nullptr, nullptr);
    socket->write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: "
        + QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1)
              .toBase64()
        + "\r\n\r\n");
    const auto started = std::make_shared<bool>(false);
    connect(socket, &QTcpSocket::readyRead, socket, [this, socket, started] {
        if (*started && !reads)
            return;
        socket->readAll();
        if (*started)
            return;
        *started = true;
        if (!reads)
            socket->setReadBufferSize(1);
        pump(socket, stream);
    });
}

void HostileServer::pump(QTcpSocket *socket, const Source &source)
{
    if (!source)
        return;
    const auto go = [socket, next = std::make_shared<Source>(source)] {
        while (socket->state() == QAbstractSocket::ConnectedState && socket->bytesToWrite() < ahead) {
            const QByteArray chunk = (*next)();
            if (chunk.isEmpty())
                return;
            socket->write(chunk);
        }
    };
    connect(socket, &QTcpSocket::bytesWritten, socket, go);
    go();
}

HostileServer::Source HostileServer::once(const QByteArray &chunk)
{
    return [chunk, done = false]() mutable { return std::exchange(done, true) ? QByteArray() : chunk; };
}

QByteArray HostileServer::frameHead(quint8 firstByte, quint64 size)
{
    QByteArray head(1, char(firstByte));
    if (size < 126) {
        head += char(size);
    } else if (size < 65'536) {
        head += char(126);
        head.resize(4);
        qToBigEndian(quint16(size), head.data() + 2);
    } else {
        head += char(127);
        head.resize(10);
        qToBigEndian(size, head.data() + 2);
    }
    return head;
}

QByteArray HostileServer::ok(const QByteArray &json)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + QByteArray::number(json.size()) + "\r\n\r\n" + json;
}

} // namespace rookery::client
