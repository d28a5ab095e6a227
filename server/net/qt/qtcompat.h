// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHttpServer>
#include <QHttpServerRequest>
#include <QHttpServerResponder>
#include <QtGlobal>
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
#include <QHttpHeaders>
#endif

#include <utility>

/// Everything in which the daemon's sources would differ between Qt 6.4 and Qt 6.8.
namespace rookery::net {

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
/// How a route's handler takes its responder. Keep it by `QHttpServerResponder mine(std::move(responder))`,
/// which both versions allow.
using ResponderArgument = QHttpServerResponder &;
#else
using ResponderArgument = QHttpServerResponder &&;
#endif

/// What handles a request that no route takes: `void(const QHttpServerRequest &, ResponderArgument)`.
/// `context` bounds its life on Qt 6.8; on 6.4 it lives as long as the server.
template <typename Handler>
void setMissingHandler(QHttpServer &server, [[maybe_unused]] QObject *context, Handler handler)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    server.setMissingHandler(context, std::move(handler));
#else
    server.setMissingHandler(std::move(handler));
#endif
}

/// Writes a whole answer whose headers are known only at run time (Qt 6.4 takes them as an initializer_list
/// only). `headers` is any range of name and value; Content-Length is added here, so it must not hold it.
template <typename Headers>
void writeAnswer(QHttpServerResponder &responder, int status, const Headers &headers, const QByteArray &body)
{
    const auto code = QHttpServerResponder::StatusCode(status);
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    QHttpHeaders all;
    for (const auto &[name, value] : headers)
        all.append(name, value);
    all.append(QHttpHeaders::WellKnownHeader::ContentLength, QByteArray::number(body.size()));
    responder.write(body, all, code);
#else
    // Each field would be four writes to the socket. As the value of the first one they are four in all.
    QByteArray fields = QByteArray::number(body.size());
    fields.reserve(512);
    for (const auto &[name, value] : headers)
        fields.append("\r\n").append(name).append(": ").append(value);
    responder.writeStatusLine(code);
    responder.writeHeader(QByteArrayLiteral("content-length"), fields);
    responder.writeBody(body);
#endif
}

} // namespace rookery::net
