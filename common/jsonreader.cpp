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

/// A string that can be stored, sent and shown as it came.
Result<QString> wholeText(const QJsonValue &value, QLatin1String field)
{
    QString text = value.toString();
    if (!text.isValidUtf16() || text.contains(QChar(u'\0')))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field '%1' must not contain lone surrogates or U+0000.").arg(field), field};
    return text;
}

/// How many members the objects of this JSON text have as they are written. In valid JSON every colon outside
/// a string stands between a name and its value.
qsizetype writtenMembers(const QByteArray &utf8)
{
    qsizetype members = 0;
    bool inString = false;
    for (qsizetype i = 0; i < utf8.size(); ++i) {
        const char c = utf8[i];
        if (inString && c == '\\')
            ++i;
        else if (c == '"')
            inString = !inString;
        else if (c == ':' && !inString)
            ++members;
    }
    return members;
}

/// How many are left when those of one name count once. As deep as the parser lets a document be.
qsizetype distinctMembers(const QJsonValue &value)
{
    qsizetype members = 0;
    if (value.isObject()) {
        const QJsonObject object = value.toObject();
        members = object.size();
        for (const QJsonValue &member : object)
            members += distinctMembers(member);
    } else if (value.isArray()) {
        for (const QJsonValue &item : value.toArray())
            members += distinctMembers(item);
    }
    return members;
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
    // Two readers may each take another one of the two (RFC 8259 section 4), and one of them is a check.
    QJsonObject object = document.object();
    if (writtenMembers(utf8) != distinctMembers(object))
        return Error{ErrorCode::InvalidJson, QStringLiteral("A name stands twice in one JSON object.")};
    return JsonReader(std::move(object));
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
    return wholeText(value, field);
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
        return wholeText(value, field);
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
