// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/errorresponse.h"

#include "common/jsonreader.h"
#include "server/http/httpdate.h"
#include "server/net/http/refusal.h"

#include <algorithm>
#include <array>

namespace rookery::http {

namespace {

struct Phrase
{
    int status;
    const char *text;
};

constexpr std::array phrases{
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{411, "Length Required"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{426, "Upgrade Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

} // namespace

QByteArray reasonPhrase(int status)
{
    const auto found = std::ranges::find(phrases, status, &Phrase::status);
    if (found != phrases.end())
        return found->text;
    return status < 500 ? "Bad Request" : "Internal Server Error";
}

QJsonObject problemBody(int status, const Error &error)
{
    const QString detail = error.code == ErrorCode::Internal
        ? QStringLiteral("Something went wrong in the server. Try again later.")
        : error.detail;
    QJsonObject body{
        {QStringLiteral("type"), QStringLiteral("about:blank")},
        {QStringLiteral("title"), QString::fromLatin1(reasonPhrase(status))},
        {QStringLiteral("status"), status},
        {QStringLiteral("detail"), detail},
        {QStringLiteral("code"), net::refusalCode(status, error)},
        {QStringLiteral("error"), detail},
    };
    if (!error.field.isEmpty())
        body.insert(QStringLiteral("field"), error.field);
    return body;
}

Headers problemHeaders(int status, const Error &error)
{
    Headers headers;
    if (error.retryAfter.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(error.retryAfter);
        headers.emplaceBack("Retry-After", QByteArray::number(qint64(seconds.count())));
    }
    if (status == 401)
        headers.emplaceBack("WWW-Authenticate", "Bearer");
    return headers;
}

QByteArray refusal(int status, const Error &error)
{
    const QByteArray body = toJson(problemBody(status, error));
    QByteArray answer = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status) + "\r\n";
    Headers headers{
        {"Content-Type", problemMediaType},
        {"Content-Length", QByteArray::number(body.size())},
        {"Connection", "close"},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Date", httpDate()},
    };
    headers += problemHeaders(status, error);
    for (const auto &[name, value] : std::as_const(headers))
        answer += name + ": " + value + "\r\n";
    return answer + "\r\n" + body;
}

} // namespace rookery::http
