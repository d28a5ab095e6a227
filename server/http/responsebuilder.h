// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "server/http/headers.h"
#include "server/net/exchange.h"

#include <QHostAddress>
#include <QJsonObject>

#include <functional>
#include <memory>

namespace rookery::http {

/// Makes the answer to one request in each of its forms, with the fields that every answer carries. Given to
/// the sinks of routes that stream, which answer through net::Exchange::respond(); a Reply has one for the rest.
///
/// May be copied and kept beyond the request. Thread: any, but one at a time.
class ResponseBuilder
{
public:
    ResponseBuilder() = default;
    /// `common` goes into every form (CORS).
    explicit ResponseBuilder(Headers common)
        : m_common(std::move(common))
    { }

    /// Nobody may keep this answer, whatever its handler says (THREATS 28).
    void setForOneUser() { m_forOneUser = true; }
    /// Who asks, and from where: for the log, should it be too often.
    void setAsker(const QString &account, const QHostAddress &address)
    {
        m_account = account;
        m_address = address;
    }
    /// What an answer in JSON of so many bytes costs whom, besides what was paid.
    void setCharge(std::function<void(qsizetype bytes)> charge) { m_charge = std::move(charge); }
    /// What so many bytes cost whom of an answer that streams; called as they leave.
    void setMeter(std::function<void(qint64 bytes)> meter) { m_meter = std::move(meter); }

    net::HttpResponse json(int status, const QJsonObject &body, Headers headers = {}) const;
    /// The same for an answer that a JsonWriter has written.
    net::HttpResponse writtenJson(int status, const QByteArray &body, Headers headers = {}) const;
    net::HttpResponse problem(const Error &error, Headers headers = {}) const;
    /// 426: this path is a WebSocket's, and the request no handshake.
    net::HttpResponse upgradeRequired() const;
    /// 304 with the fields that a 200 would have had.
    net::HttpResponse notModified(Headers headers) const;
    /// 204.
    net::HttpResponse empty(Headers headers = {}) const;
    /// A page or an asset, which says itself how long it may be cached.
    net::HttpResponse content(const QByteArray &mediaType, const QByteArray &body, Headers headers) const;
    /// The same from a source.
    net::HttpResponse content(
        const QByteArray &mediaType, std::unique_ptr<net::BodySource> source, Headers headers) const;

private:
    net::HttpResponse made(int status, Headers headers, const QByteArray &body) const;

    Headers m_common;
    bool m_forOneUser = false;
    std::function<void(qsizetype)> m_charge;
    std::function<void(qint64)> m_meter;
    QString m_account;
    QHostAddress m_address;
};

} // namespace rookery::http
