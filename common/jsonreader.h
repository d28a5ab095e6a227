// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>

#include <limits>
#include <optional>

namespace rookery {

/// Checked access to a JSON object: every getter returns the value or an Error that names the field. Unknown
/// fields are ignored. JSON `null` counts as absent.
class JsonReader
{
public:
    explicit JsonReader(QJsonObject object)
        : m_object(std::move(object))
    { }

    /// Parses one JSON object in UTF-8 (RFC 8259). Otherwise InvalidJson, with the byte offset and, if the
    /// error is inside a member of that object, the member's name as the error's field. A duplicate name in
    /// one object is InvalidJson too, with that name.
    static Result<JsonReader> parse(const QByteArray &utf8);

    const QJsonObject &object() const { return m_object; }
    bool has(QLatin1String field) const;

    /// A required string, which may be empty. Otherwise MissingField or InvalidField; the latter also for
    /// lone surrogates and U+0000, which cannot be passed on unchanged.
    Result<QString> string(QLatin1String field) const;
    /// An optional string: nullopt if absent, InvalidField if it is not a string.
    Result<std::optional<QString>> optionalString(QLatin1String field) const;
    /// A required id: a string, or an integer, which is converted to its decimal digits.
    Result<QString> id(QLatin1String field) const;
    /// An optional whole number within [min, max].
    Result<std::optional<qint64>> optionalInteger(
        QLatin1String field, qint64 min = 0, qint64 max = (qint64(1) << 53) - 1) const;
    Result<qint64> integer(QLatin1String field, qint64 min = 0, qint64 max = (qint64(1) << 53) - 1) const;
    Result<std::optional<bool>> optionalBool(QLatin1String field) const;
    /// An optional array, empty if absent.
    Result<QJsonArray> optionalArray(QLatin1String field) const;
    /// A required object.
    Result<JsonReader> child(QLatin1String field) const;

private:
    QJsonObject m_object;
};

/// Compact UTF-8 with every control character escaped, including C1 (U+0080 to U+009F), which QJsonDocument
/// does not escape: a terminal that prints such JSON would interpret them.
QByteArray toJson(const QJsonObject &object);
QByteArray listToJson(const QJsonArray &array);

} // namespace rookery
