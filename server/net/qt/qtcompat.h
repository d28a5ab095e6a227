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

/// All differences between Qt 6.4 and Qt 6.8 that the daemon's sources would otherwise contain.
namespace rookery::net {

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
/// How a route's handler takes its responder. Keep it by `QHttpServerResponder mine(std::move(responder))`,
/// which both versions allow.
using ResponderArgument = QHttpServerResponder &;
#else
using ResponderArgument = QHttpServerResponder &&;
#endif

/// The handler of requests that match no route: `void(const QHttpServerRequest &, ResponderArgument)`. Its
/// lifetime is bounded by `context` on Qt 6.8 and by the server on 6.4.
template <typename Handler>
void setMissingHandler(QHttpServer &server, [[maybe_unused]] QObject *context, Handler handler)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    server.setMissingHandler(context, std::move(handler));
#else
    server.setMissingHandler(std::move(handler));
#endif
}

/// Writes a complete answer whose headers are known only at run time (Qt 6.4 accepts them only as an
/// initializer_list). `headers` is any range of name and value; it must not contain Content-Length, which is
/// added here.
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
    // Each field would cost four writes to the socket. Joined into the value of the first, all fields cost
    // four together.
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
