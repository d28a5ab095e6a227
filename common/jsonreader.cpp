#include "common/jsonreader.h"

#include <QJsonDocument>

#include <cmath>

namespace rookery {

namespace {

Error missing(QLatin1String field)
{
    return {ErrorCode::MissingField, QStringLiteral("The field '%1' is missing.").arg(field), field};
}

Error wrongType(QLatin1String field, QLatin1String expected)
{
    return {
        ErrorCode::InvalidField, QStringLiteral("The field '%1' must be %2.").arg(field, expected), field};
}

bool isAbsent(const QJsonValue &value)
{
    return value.isUndefined() || value.isNull();
}

} // namespace

Result<JsonReader> JsonReader::parse(const QByteArray &utf8)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(utf8, &problem);
    if (problem.error != QJsonParseError::NoError)
        return Error{ErrorCode::InvalidJson,
            QStringLiteral("Not valid JSON at byte %1: %2.").arg(problem.offset).arg(problem.errorString())};
    if (!document.isObject())
        return Error{ErrorCode::InvalidJson, QStringLiteral("A JSON object is expected.")};
    return JsonReader(document.object());
}

bool JsonReader::has(QLatin1String field) const
{
    return !isAbsent(m_object.value(field));
}

Result<QString> JsonReader::string(QLatin1String field) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return missing(field);
    if (!value.isString())
        return wrongType(field, QLatin1String("a string"));
    return value.toString();
}

Result<std::optional<QString>> JsonReader::optionalString(QLatin1String field) const
{
    if (!has(field))
        return std::optional<QString>();
    auto value = string(field);
    if (!value)
        return value.error();
    return std::optional<QString>(std::move(value).value());
}

Result<QString> JsonReader::id(QLatin1String field) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return missing(field);
    if (value.isString())
        return value.toString();
    if (value.isDouble()) {
        auto number = integer(field);
        if (number)
            return QString::number(*number);
    }
    return wrongType(field, QLatin1String("a string"));
}

Result<qint64> JsonReader::integer(QLatin1String field, qint64 min, qint64 max) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return missing(field);
    const double number = value.toDouble(std::nan(""));
    if (!value.isDouble() || number != std::floor(number) || number < double(min) || number > double(max))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field '%1' must be a whole number from %2 to %3.")
                .arg(field)
                .arg(min)
                .arg(max),
            field};
    return qint64(number);
}

Result<std::optional<qint64>> JsonReader::optionalInteger(QLatin1String field, qint64 min, qint64 max) const
{
    if (!has(field))
        return std::optional<qint64>();
    auto value = integer(field, min, max);
    if (!value)
        return value.error();
    return std::optional<qint64>(*value);
}

Result<std::optional<bool>> JsonReader::optionalBool(QLatin1String field) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return std::optional<bool>();
    if (!value.isBool())
        return wrongType(field, QLatin1String("true or false"));
    return std::optional<bool>(value.toBool());
}

Result<QJsonArray> JsonReader::optionalArray(QLatin1String field) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return QJsonArray();
    if (!value.isArray())
        return wrongType(field, QLatin1String("an array"));
    return value.toArray();
}

Result<JsonReader> JsonReader::child(QLatin1String field) const
{
    const QJsonValue value = m_object.value(field);
    if (isAbsent(value))
        return missing(field);
    if (!value.isObject())
        return wrongType(field, QLatin1String("an object"));
    return JsonReader(value.toObject());
}

QByteArray toJson(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

} // namespace rookery
