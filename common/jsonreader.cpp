// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonreader.h"

#include "common/jsonfault.h"
#include "common/jsonnumber.h"
#include "common/jsonplace.h"

#include <QJsonDocument>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

namespace rookery {

namespace {

constexpr char mark[] = "\xef\xbb\xbf"; // U+FEFF in UTF-8
constexpr int mostDepth = 1024; // Qt's parser allows no deeper nesting

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

/// A string that can be stored, sent and shown unchanged.
Result<QString> wholeText(const QJsonValue &value, QLatin1String field)
{
    QString text = value.toString();
    if (!text.isValidUtf16() || text.contains(QChar(u'\0')))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field '%1' must not contain lone surrogates or U+0000.").arg(field), field};
    return text;
}

/// `offset`: where Qt's parser stopped, used if no other error is found.
Error invalidJson(const QByteArray &utf8, qsizetype offset, const QString &what)
{
    const auto fault = firstJsonFault(utf8, mostDepth);
    const qsizetype place = fault ? fault->offset : std::clamp<qsizetype>(offset, 0, utf8.size());
    const QString field = jsonplace::memberAt(utf8, place);
    const QString where = field.isEmpty() ? QString() : QStringLiteral(", in the field '%1'").arg(field);
    return {ErrorCode::InvalidJson,
        QStringLiteral("Not valid JSON at byte %1%2: %3.")
            .arg(QString::number(place), where, fault ? QString::fromLatin1(fault->what) : what),
        field};
}

Error noObject()
{
    return {ErrorCode::InvalidJson, QStringLiteral("A JSON object is expected.")};
}

/// Finds what Qt's parser accepts although RFC 8259 forbids it, and what it changes silently. Walks over the
/// text once and counts the members of its objects (in valid JSON every colon outside a string separates a
/// name from its value). All other errors are left to Qt.
class Scanner
{
public:
    explicit Scanner(const QByteArray &utf8)
        : m_text(utf8)
    { }

    /// False: invalid JSON.
    bool run()
    {
        while (m_good && m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '"')
                string();
            else if (c == '-' || c == '.' || jsonnumber::isDigit(c))
                number(); // Qt accepts .5 as a number
            else
                m_members += m_text[m_at++] == ':';
        }
        return m_good;
    }
    qsizetype offset() const { return m_at; }
    qsizetype members() const { return m_members; }
    /// Whether a string contains U+FEFF, which Qt takes for a byte order mark at the beginning of the string.
    bool hasMark() const { return m_hasMark; }

private:
    char at(qsizetype index) const { return index < m_text.size() ? m_text[index] : '\0'; }

    void fail() { m_good = false; }

    void string()
    {
        for (++m_at; m_at < m_text.size(); ++m_at) {
            const char c = m_text[m_at];
            if (c == '"') {
                ++m_at;
                return;
            }
            if (uchar(c) < 0x20)
                return fail();
            if (c == '\\' && !escape())
                return fail();
            m_hasMark = m_hasMark || (c == '\xef' && at(m_at + 1) == '\xbb' && at(m_at + 2) == '\xbf');
        }
    }

    bool escape()
    {
        ++m_at;
        if (at(m_at) != 'u')
            return at(m_at) != '\0' && std::strchr("\"\\/bfnrt", at(m_at));
        for (int i = 0; i < 4; ++i) {
            if (!std::isxdigit(uchar(at(++m_at))))
                return false;
        }
        return true;
    }

    void number()
    {
        const qsizetype end = jsonnumber::endOf(m_text, m_at);
        if (end < 0)
            return fail();
        m_at = end;
    }

    const QByteArray &m_text;
    qsizetype m_at = 0;
    qsizetype m_members = 0;
    bool m_hasMark = false;
    bool m_good = true;
};

Error twice(const QString &name)
{
    const QString said =
        name.isEmpty() ? QStringLiteral("A name") : QStringLiteral("The name '%1'").arg(name);
    return {ErrorCode::InvalidJson, QStringLiteral("%1 stands twice in one JSON object.").arg(said), name};
}

/// The number of members without duplicates. Recurses as deep as the parser allows.
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

/// The JSON is UTF-8, where U+0080 to U+009F can occur in strings only.
QByteArray withEscapedC1(QByteArray json)
{
    constexpr char lead = '\xc2';
    const auto isC1 = [&json](qsizetype at) {
        return at + 1 < json.size() && uchar(json[at + 1]) >= 0x80 && uchar(json[at + 1]) < 0xa0;
    };
    qsizetype at = json.indexOf(lead);
    while (at >= 0 && !isC1(at))
        at = json.indexOf(lead, at + 1);
    if (at < 0)
        return json; // nearly always
    QByteArray escaped;
    escaped.reserve(json.size() + 64);
    for (qsizetype i = 0; i < json.size(); ++i) {
        if (json[i] == lead && isC1(i))
            escaped.append("\\u00").append(QByteArray::number(uint(uchar(json[++i])), 16));
        else
            escaped.append(json[i]);
    }
    return escaped;
}

} // namespace

Result<JsonReader> JsonReader::parse(const QByteArray &utf8)
{
    Scanner scanner(utf8);
    if (!scanner.run())
        return invalidJson(utf8, scanner.offset(), QStringLiteral("it cannot be read"));
    QByteArray text = utf8;
    if (scanner.hasMark()) {
        // A byte order mark before the document is not part of the text, and is allowed (RFC 8259 section
        // 8.1).
        if (text.startsWith(mark))
            text.remove(0, qsizetype(std::strlen(mark)));
        text.replace(mark, "\\ufeff");
    }
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(text, &problem);
    if (problem.error != QJsonParseError::NoError) {
        // A single string or number is valid JSON, but Qt's parser rejects it.
        const char first = text.trimmed().isEmpty() ? '\0' : text.trimmed().at(0);
        if (first != '{' && first != '[' && !firstJsonFault(utf8, mostDepth))
            return noObject();
        return invalidJson(utf8, problem.offset - 1, problem.errorString());
    }
    if (!document.isObject())
        return noObject();
    // With duplicate names two parsers may use different values (RFC 8259 section 4), and one of the two
    // parsers is a check.
    QJsonObject object = document.object();
    if (scanner.members() != distinctMembers(object))
        return twice(jsonplace::repeatedName(text));
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
    return withEscapedC1(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QByteArray listToJson(const QJsonArray &array)
{
    return withEscapedC1(QJsonDocument(array).toJson(QJsonDocument::Compact));
}

} // namespace rookery
