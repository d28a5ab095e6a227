// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/responsebuilder.h"

#include "common/jsonreader.h"
#include "server/core/securitylog.h"
#include "server/http/errorresponse.h"
#include "server/http/httpdate.h"
#include "server/http/metering.h"
#include "server/net/peer/addresses.h"

#include <algorithm>

namespace rookery::http {

namespace {

/// What every answer may have added to its fields.
constexpr qsizetype usualFields = 6;

void setNoStore(Headers &headers)
{
    constexpr QByteArrayView cacheControl("Cache-Control");
    const auto isCacheControl = [&](const auto &field) {
        return cacheControl.compare(field.first, Qt::CaseInsensitive) == 0;
    };
    const auto own = std::ranges::find_if(headers, isCacheControl);
    if (own == headers.end())
        headers.emplaceBack(cacheControl.toByteArray(), QByteArrayLiteral("no-store"));
    else
        own->second = QByteArrayLiteral("no-store");
}

} // namespace

net::HttpResponse ResponseBuilder::json(int status, const QJsonObject &body, Headers headers) const
{
    return writtenJson(status, toJson(body), std::move(headers));
}

net::HttpResponse ResponseBuilder::writtenJson(int status, const QByteArray &body, Headers headers) const
{
    if (m_charge)
        m_charge(body.size());
    headers.reserve(headers.size() + usualFields);
    headers.emplaceBack(QByteArrayLiteral("Content-Type"), QByteArrayLiteral("application/json"));
    headers.emplaceBack(QByteArrayLiteral("Cache-Control"), QByteArrayLiteral("no-store"));
    return made(status, std::move(headers), body);
}

net::HttpResponse ResponseBuilder::problem(const Error &error, Headers headers) const
{
    const int status = httpStatus(error.code);
    // Who has no account yet has been told of where it was counted.
    if (error.code == ErrorCode::RateLimited && !m_account.isEmpty())
        core::logSecurity(
            core::SecurityEvent::RateLimited, m_account, net::networkOf(m_address), error.detail);
    headers += problemHeaders(status, error);
    headers.emplaceBack("Content-Type", problemMediaType);
    headers.emplaceBack("Cache-Control", "no-store");
    return made(status, std::move(headers), toJson(problemBody(status, error)));
}

net::HttpResponse ResponseBuilder::upgradeRequired() const
{
    constexpr int status = 426;
    const Error error{ErrorCode::InvalidRequest,
        QStringLiteral("A WebSocket is at this path: connect with a WebSocket handshake.")};
    // net::ResponseFramer adds `Connection: Upgrade`, which RFC 9110 section 7.8 wants beside it.
    return made(status,
        {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Content-Type", problemMediaType},
            {"Cache-Control", "no-store"}},
        toJson(problemBody(status, error)));
}

net::HttpResponse ResponseBuilder::empty(Headers headers) const
{
    headers.emplaceBack("Cache-Control", "no-store");
    return made(204, std::move(headers), {});
}

net::HttpResponse ResponseBuilder::notModified(Headers headers) const
{
    return made(304, std::move(headers), {});
}

net::HttpResponse ResponseBuilder::content(
    const QByteArray &mediaType, const QByteArray &body, Headers headers) const
{
    headers.emplaceBack("Content-Type", mediaType);
    return made(200, std::move(headers), body);
}

net::HttpResponse ResponseBuilder::content(
    const QByteArray &mediaType, std::unique_ptr<net::BodySource> source, Headers headers) const
{
    net::HttpResponse response = content(mediaType, QByteArray(), std::move(headers));
    response.source = m_meter ? metered(std::move(source), m_meter) : std::move(source);
    return response;
}

net::HttpResponse ResponseBuilder::made(int status, Headers headers, const QByteArray &body) const
{
    if (m_forOneUser)
        setNoStore(headers);
    headers += m_common;
    headers.emplaceBack(QByteArrayLiteral("X-Content-Type-Options"), QByteArrayLiteral("nosniff"));
    headers.emplaceBack(QByteArrayLiteral("Date"), httpDate());
    net::HttpResponse response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = body;
    return response;
}

} // namespace rookery::http
