// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/request.h"

#include "server/auth/presented.h"
#include "server/http/percenttext.h"
#include "server/net/incoming.h"
#include "server/net/peer/addresses.h"

#include <QUrl>

#include <algorithm>

namespace rookery::http {

Request::Request(
    const net::Incoming &incoming, PathParameters parameters, core::Principal principal, bool originAllowed)
    : m_incoming(incoming)
    , m_parameters(std::move(parameters))
    , m_principal(std::move(principal))
    , m_originAllowed(originAllowed)
{ }

QString Request::parameter(QLatin1String name) const
{
    for (const auto &[key, value] : m_parameters) {
        if (key == name)
            return value;
    }
    Q_ASSERT_X(false, "Request::parameter", "the route's pattern has no such part");
    return {};
}

Result<JsonReader> Request::json() const
{
    const QByteArray &body = m_incoming.body;
    if (body.isEmpty())
        return Error{ErrorCode::InvalidJson, QStringLiteral("The body is empty; a JSON object is expected.")};
    return JsonReader::parse(body);
}

Result<std::optional<QString>> Request::query(QLatin1String name) const
{
    QByteArrayView rest = m_incoming.head.query;
    while (!rest.isEmpty()) {
        rest = rest.sliced(1); // the '?', and later each '&'
        const qsizetype end = rest.indexOf('&');
        const QByteArrayView item = end < 0 ? rest : rest.first(end);
        rest = rest.sliced(item.size());
        const qsizetype equals = item.indexOf('=');
        const QByteArrayView key = equals < 0 ? item : item.first(equals);
        if (QUrl::fromPercentEncoding(key.toByteArray()) != name)
            continue;
        QByteArray value = equals < 0 ? QByteArray() : item.sliced(equals + 1).toByteArray();
        value.replace('+', ' '); // as HTML forms and URLSearchParams write it
        std::optional<QString> text = percentText(value);
        if (!text || text->contains(QChar(u'\0')))
            return Error{ErrorCode::InvalidField,
                QStringLiteral("The query parameter '%1' must be text in UTF-8 without U+0000.").arg(name),
                name};
        return text;
    }
    return std::optional<QString>();
}

Result<QString> Request::requiredQuery(QLatin1String name) const
{
    const auto value = query(name);
    if (!value)
        return value.error();
    if (value->value_or(QString()).isEmpty())
        return Error{
            ErrorCode::MissingField, QStringLiteral("The query parameter '%1' is missing.").arg(name), name};
    return **value;
}

Result<std::optional<qint64>> Request::queryInteger(QLatin1String name, qint64 min, qint64 max) const
{
    const auto given = query(name);
    if (!given)
        return given.error();
    const std::optional<QString> &text = *given;
    if (!text)
        return std::optional<qint64>();
    // Digits only: toLongLong() takes signs and white space too.
    bool ok = !text->isEmpty()
        && std::all_of(text->begin(), text->end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const qint64 value = ok ? text->toLongLong(&ok) : 0;
    if (!ok || value < min || value > max)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The query parameter '%1' must be a whole number from %2 to %3.")
                .arg(name)
                .arg(min)
                .arg(max),
            name};
    return std::optional<qint64>(value);
}

QByteArrayList Request::fieldList(QByteArrayView name) const
{
    return m_incoming.head.list(name);
}

core::ClientInfo Request::client() const
{
    const QHostAddress &address = m_incoming.peer.address;
    return {address.toString(), net::networkOf(address),
        QString::fromUtf8(m_incoming.head.first("user-agent")),
        auth::presentedDevice(m_incoming.head.cookies(), m_incoming.peer.secure)};
}

bool Request::secure() const
{
    return m_incoming.peer.secure;
}

bool Request::endsWithSlash() const
{
    return m_incoming.head.path.endsWith('/');
}

QByteArray Request::mediaType() const
{
    return m_incoming.head.first("content-type").split(';').constFirst().trimmed().toLower();
}

bool Request::declaresForm() const
{
    const QByteArray type = mediaType();
    return type.isEmpty() || type == "application/x-www-form-urlencoded" || type == "multipart/form-data"
        || type == "text/plain";
}

bool Request::declaresJson() const
{
    const QByteArray type = mediaType();
    return type == "application/json" || (type.startsWith("application/") && type.endsWith("+json"));
}

bool Request::hasBody() const
{
    return !m_incoming.body.isEmpty();
}

} // namespace rookery::http
