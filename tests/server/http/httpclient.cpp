// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpclient.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QTcpSocket>
#include <QTimer>

namespace rookery::test {

namespace {

constexpr std::chrono::seconds patience{10};

/// Whether `data` holds a whole answer; what a connection's end completes is not looked at here.
bool isComplete(const QByteArray &data, bool hasBody)
{
    const qsizetype headEnd = data.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return false;
    if (!hasBody)
        return true;
    const QByteArray head = data.first(headEnd).toLower();
    const qsizetype at = head.indexOf("\r\ncontent-length:");
    if (at < 0)
        return false;
    const qsizetype begin = at + qsizetype(qstrlen("\r\ncontent-length:"));
    qsizetype end = head.indexOf("\r\n", begin);
    if (end < 0)
        end = head.size();
    return data.size() >= headEnd + 4 + head.sliced(begin, end - begin).trimmed().toLongLong();
}

Answer parse(const QByteArray &data)
{
    Answer answer;
    const qsizetype headEnd = data.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return answer;
    QList<QByteArray> lines = data.first(headEnd).split('\n');
    answer.status = lines.takeFirst().split(' ').value(1).toInt();
    for (const QByteArray &line : std::as_const(lines)) {
        const qsizetype colon = line.indexOf(':');
        answer.headers.emplaceBack(line.first(colon).toLower(), line.sliced(colon + 1).trimmed());
    }
    answer.body = data.sliced(headEnd + 4);
    return answer;
}

} // namespace

QByteArray Answer::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key == name.toLower())
            return value;
    }
    return {};
}

bool Answer::hasHeader(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key == name.toLower())
            return true;
    }
    return false;
}

QJsonObject Answer::json() const
{
    return QJsonDocument::fromJson(body).object();
}

Answer call(quint16 port, const Call &request)
{
    QByteArray wire = request.method + ' ' + request.path
        + " HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(port) + "\r\nConnection: close\r\n";
    if (!request.token.isEmpty())
        wire += "Authorization: Bearer " + request.token + "\r\n";
    if (!request.body.isNull())
        wire += "Content-Length: " + QByteArray::number(request.body.size()) + "\r\n";
    for (const auto &[name, value] : request.headers)
        wire += name + ": " + value + "\r\n";
    wire += "\r\n" + request.body;

    QTcpSocket socket;
    QByteArray received;
    QEventLoop loop;
    QObject::connect(&socket, &QTcpSocket::readyRead, &loop, [&] {
        received += socket.readAll();
        if (isComplete(received, request.method != "HEAD"))
            loop.quit();
    });
    QObject::connect(&socket, &QTcpSocket::disconnected, &loop, &QEventLoop::quit);
    QObject::connect(&socket, &QTcpSocket::errorOccurred, &loop, &QEventLoop::quit);
    QTimer::singleShot(patience, &loop, &QEventLoop::quit);
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    socket.write(wire);
    loop.exec();
    received += socket.readAll();
    return parse(received);
}

} // namespace rookery::test
