// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/http/refusal.h"

#include "common/jsonreader.h"
#include "server/net/http/responseframer.h"
#include "server/net/http/responsehead.h"

#include <QJsonObject>

namespace rookery::net {

Refusal malformed(const QString &detail)
{
    return {400, {ErrorCode::InvalidRequest, detail}};
}

QLatin1String refusalCode(int status, const Error &error)
{
    switch (status) {
    case 417:
        return QLatin1String("expectation_failed");
    case 421:
        return QLatin1String("misdirected_request");
    case 501:
        return QLatin1String("not_implemented");
    default:
        return codeText(error.code);
    }
}

QByteArray plainRefusal(int status, const Error &error)
{
    const QByteArray body = toJson({
        {QStringLiteral("type"), QStringLiteral("about:blank")},
        {QStringLiteral("title"), QString::fromLatin1(reasonPhrase(status))},
        {QStringLiteral("status"), status},
        {QStringLiteral("detail"), error.detail},
        {QStringLiteral("code"), refusalCode(status, error)},
        {QStringLiteral("error"), error.detail},
    });
    QByteArray answer = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status)
        + "\r\nContent-Type: application/problem+json\r\nContent-Length: " + QByteArray::number(body.size())
        + "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
    if (error.retryAfter.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(error.retryAfter);
        answer += "Retry-After: " + QByteArray::number(qint64(seconds.count())) + "\r\n";
    }
    return answer + "\r\n" + body;
}

QByteArray finishRefusal(const QByteArray &answer, const Refusal &refusal, bool bodyless)
{
    const auto frame = [&](QByteArray whole) {
        if (const qsizetype firstLine = whole.indexOf("\r\n"); firstLine > 0)
            whole.insert(firstLine + 2, refusal.headers);
        ResponseFramer framer(bodyless);
        framer.setConnectionField("close");
        QByteArray out;
        framer.feed(whole, out);
        return framer.state() == ResponseFramer::State::Complete ? out : QByteArray();
    };
    const QByteArray framed = frame(answer);
    return framed.isEmpty() ? frame(plainRefusal(refusal.status, refusal.error)) : framed;
}

} // namespace rookery::net
