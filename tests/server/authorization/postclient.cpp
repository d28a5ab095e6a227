// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/postclient.h"

namespace rookery::test {

namespace {

constexpr int patience = 30'000;

bool isWhole(const QByteArray &bytes)
{
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    const qsizetype length = bytes.toLower().indexOf("content-length: ");
    if (end < 0)
        return false;
    if (length < 0)
        return true; // 204
    return bytes.size() >= end + 4 + bytes.sliced(length + 16).split('\r').constFirst().toInt();
}

} // namespace

PostClient::PostClient(const QUrl &server, const QHostAddress &from)
    : m_host(server.authority().toUtf8())
{
    m_socket.bind(from);
    m_socket.connectToHost(QHostAddress(server.host()), quint16(server.port()));
}

PostClient::Reply PostClient::post(const QByteArray &path, const QByteArray &body, const QByteArray &headers)
{
    m_socket.write("POST " + path + " HTTP/1.1\r\nHost: " + m_host
        + "\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n"
        + headers + "\r\n" + body);
    QByteArray bytes;
    while (!isWhole(bytes)) {
        if (!m_socket.waitForReadyRead(patience))
            return {};
        bytes += m_socket.readAll();
    }
    const QByteArray head = bytes.first(bytes.indexOf("\r\n\r\n"));
    const qsizetype retry = head.toLower().indexOf("retry-after: ");
    return {head.split(' ').value(1).toInt(),
        retry < 0 ? QByteArray() : head.sliced(retry + 13).split('\r').constFirst(),
        bytes.sliced(head.size() + 4), head};
}

} // namespace rookery::test
