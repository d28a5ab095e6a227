// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonfields.h"

#include "common/jsoncodec.h"

namespace rookery::json {

QDateTime Fields::time(QLatin1String field)
{
    return timeFrom(field, string(field));
}

QDateTime Fields::optionalTime(QLatin1String field)
{
    const auto text = optionalString(field);
    return text ? timeFrom(field, *text) : QDateTime();
}

QDateTime Fields::timeFrom(QLatin1String field, const QString &text)
{
    const QDateTime time = parseTimestamp(text);
    if (!time.isValid())
        fail(field, QStringLiteral("The field '%1' must be an ISO 8601 time.").arg(field));
    return time;
}

User Fields::user(QLatin1String field)
{
    auto child = m_json.child(field);
    if (!child) {
        take(std::move(child));
        return {};
    }
    return take(toUser(*child));
}

void Fields::fail(QLatin1String field, const QString &detail)
{
    if (!m_error)
        m_error = Error{ErrorCode::InvalidField, detail, field};
}

JsonReader Fields::take(Result<JsonReader> result)
{
    if (!m_error)
        m_error = result.error();
    return JsonReader(QJsonObject());
}

} // namespace rookery::json
