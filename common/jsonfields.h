// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "common/user.h"

#include <QDateTime>

#include <optional>

namespace rookery::json {

/// Reads one field after another and keeps the first error, so that a converter is a plain list of its
/// fields.
class Fields
{
public:
    /// `json` must outlive this object.
    explicit Fields(const JsonReader &json)
        : m_json(json)
    { }

    template <typename T>
    T take(Result<T> result)
    {
        if (result)
            return std::move(result).value();
        if (!m_error)
            m_error = result.error();
        return T();
    }
    QString string(QLatin1String field) { return take(m_json.string(field)); }
    std::optional<QString> optionalString(QLatin1String field) { return take(m_json.optionalString(field)); }
    qint64 integer(QLatin1String field) { return take(m_json.integer(field)); }
    qint64 optionalInteger(QLatin1String field) { return take(m_json.optionalInteger(field)).value_or(0); }
    bool flag(QLatin1String field) { return take(m_json.optionalBool(field)).value_or(false); }
    /// An ISO 8601 time.
    QDateTime time(QLatin1String field);
    /// Invalid if the field is absent.
    QDateTime optionalTime(QLatin1String field);
    User user(QLatin1String field);
    void fail(QLatin1String field, const QString &detail);

    template <typename T>
    Result<T> finish(T value) const
    {
        if (m_error)
            return *m_error;
        return value;
    }

private:
    JsonReader take(Result<JsonReader> result);
    QDateTime timeFrom(QLatin1String field, const QString &text);

    const JsonReader &m_json;
    std::optional<Error> m_error;
};

} // namespace rookery::json
