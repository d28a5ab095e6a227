// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/openapidocument.h"

#include "common/ids.h"
#include "common/messages.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <cmath>

namespace rookery::test {

namespace {

const QStringList methods{QStringLiteral("get"), QStringLiteral("put"), QStringLiteral("post"),
    QStringLiteral("delete"), QStringLiteral("patch")};

bool hasType(const QJsonValue &value, const QString &type)
{
    if (type == QLatin1String("object"))
        return value.isObject();
    if (type == QLatin1String("array"))
        return value.isArray();
    if (type == QLatin1String("string"))
        return value.isString();
    if (type == QLatin1String("boolean"))
        return value.isBool();
    if (type == QLatin1String("null"))
        return value.isNull();
    if (type == QLatin1String("integer"))
        return value.isDouble() && value.toDouble() == std::floor(value.toDouble());
    return false;
}

bool hasFormat(const QString &text, const QString &format)
{
    if (format == QLatin1String("uuid"))
        return isId(text);
    if (format == QLatin1String("date-time"))
        return formatTimestamp(parseTimestamp(text)) == text;
    return format == QLatin1String("password");
}

} // namespace

OpenApiDocument::OpenApiDocument()
{
    QFile file(
        qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QStringLiteral("/resources/openapi/openapi.json"));
    if (file.open(QFile::ReadOnly))
        m_root = QJsonDocument::fromJson(file.readAll()).object();
}

QStringList OpenApiDocument::routes() const
{
    QStringList list;
    const QJsonObject paths = m_root.value(QLatin1String("paths")).toObject();
    for (auto path = paths.begin(); path != paths.end(); ++path) {
        const QJsonObject operations = path.value().toObject();
        for (const QString &method : methods) {
            if (operations.contains(method))
                list.append(method.toUpper() + u' ' + path.key());
        }
    }
    list.sort();
    return list;
}

QJsonObject OpenApiDocument::resolve(const QString &reference) const
{
    if (!reference.startsWith(QLatin1String("#/")))
        return {};
    QJsonValue value = m_root;
    const QStringList steps = reference.mid(2).split(u'/');
    for (const QString &step : steps)
        value = value.toObject().value(step);
    return value.toObject();
}

QJsonObject OpenApiDocument::followed(const QJsonObject &object) const
{
    const auto reference = object.value(QLatin1String("$ref"));
    return reference.isString() ? resolve(reference.toString()) : object;
}

bool OpenApiDocument::isOpen(const QJsonObject &operation)
{
    // An array that holds `{}` among others lets guests in, where there are any.
    const QJsonValue security = operation.value(QLatin1String("security"));
    return security.isArray() && security.toArray().isEmpty();
}

QString OpenApiDocument::check(const QString &method, const QString &pathTemplate, int status,
    const QByteArray &mediaType, const QByteArray &body) const
{
    const QJsonObject operation = m_root.value(QLatin1String("paths"))
                                      .toObject()
                                      .value(pathTemplate)
                                      .toObject()
                                      .value(method.toLower())
                                      .toObject();
    if (operation.isEmpty())
        return QStringLiteral("%1 %2 is not documented").arg(method, pathTemplate);
    const QJsonObject responses = operation.value(QLatin1String("responses")).toObject();
    QJsonValue response = responses.value(QString::number(status));
    if (!response.isObject() && status >= 400)
        response = responses.value(QLatin1String("default"));
    if (!response.isObject())
        return QStringLiteral("status %1 is not documented").arg(status);
    const QJsonObject content = followed(response.toObject()).value(QLatin1String("content")).toObject();
    if (content.isEmpty())
        return body.isEmpty() ? QString() : QStringLiteral("a body is not documented");
    const QString type = QString::fromLatin1(mediaType.split(';').constFirst());
    if (!content.contains(type))
        return QStringLiteral("the media type '%1' is not documented").arg(type);
    if (!type.endsWith(QLatin1String("json")))
        return {};
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(body, &problem);
    if (problem.error != QJsonParseError::NoError)
        return problem.errorString();
    return mismatch(document.object(),
        content.value(type).toObject().value(QLatin1String("schema")).toObject(), QStringLiteral("answer"));
}

QString OpenApiDocument::mismatch(
    const QJsonValue &value, const QJsonObject &schema, const QString &where) const
{
    for (auto rule = schema.begin(); rule != schema.end(); ++rule) {
        const QString keyword = rule.key();
        const QJsonValue wanted = rule.value();
        QString problem;
        if (keyword == QLatin1String("$ref")) {
            const QJsonObject target = resolve(wanted.toString());
            problem = target.isEmpty() ? QStringLiteral("%1 leads nowhere").arg(wanted.toString())
                                       : mismatch(value, target, where);
        } else if (keyword == QLatin1String("allOf")) {
            const QJsonArray parts = wanted.toArray();
            for (const QJsonValue &part : parts) {
                if (problem.isEmpty())
                    problem = mismatch(value, part.toObject(), where);
            }
        } else if (keyword == QLatin1String("type")) {
            const QJsonArray types = wanted.isArray() ? wanted.toArray() : QJsonArray{wanted};
            bool fits = false;
            for (const QJsonValue &type : types)
                fits = fits || hasType(value, type.toString());
            if (!fits)
                problem = where + QStringLiteral(" has the wrong type");
        } else if (keyword == QLatin1String("required")) {
            const QJsonArray names = wanted.toArray();
            for (const QJsonValue &name : names) {
                if (!value.toObject().contains(name.toString()))
                    problem = where + QStringLiteral(" lacks ") + name.toString();
            }
        } else if (keyword == QLatin1String("properties")) {
            const QJsonObject properties = wanted.toObject();
            const QJsonObject object = value.toObject();
            for (auto property = properties.begin(); property != properties.end(); ++property) {
                if (problem.isEmpty() && object.contains(property.key()))
                    problem = mismatch(object.value(property.key()), property.value().toObject(),
                        where + u'.' + property.key());
            }
        } else if (keyword == QLatin1String("items")) {
            const QJsonArray items = value.toArray();
            for (const QJsonValue &item : items) {
                if (problem.isEmpty())
                    problem = mismatch(item, wanted.toObject(), where + QStringLiteral("[]"));
            }
        } else if (keyword == QLatin1String("enum")) {
            if (!wanted.toArray().contains(value))
                problem = where + QStringLiteral(" is none of the allowed values");
        } else if (keyword == QLatin1String("const")) {
            if (value != wanted)
                problem = where + QStringLiteral(" is not the one allowed value");
        } else if (keyword == QLatin1String("format")) {
            if (value.isString() && !hasFormat(value.toString(), wanted.toString()))
                problem = where + QStringLiteral(" is no ") + wanted.toString();
        } else if (keyword == QLatin1String("minimum")) {
            if (value.isDouble() && value.toDouble() < wanted.toDouble())
                problem = where + QStringLiteral(" is too small");
        } else if (keyword == QLatin1String("maximum")) {
            if (value.isDouble() && value.toDouble() > wanted.toDouble())
                problem = where + QStringLiteral(" is too great");
        } else if (keyword == QLatin1String("minLength")) {
            if (value.isString() && value.toString().size() < wanted.toInt())
                problem = where + QStringLiteral(" is too short");
        } else if (keyword == QLatin1String("maxLength")) {
            if (value.isString() && value.toString().toUcs4().size() > wanted.toInt())
                problem = where + QStringLiteral(" is too long");
        } else if (keyword == QLatin1String("pattern")) {
            // A character and the very end as JavaScript writes them, and as PCRE does.
            static const QRegularExpression character(QStringLiteral("\\\\u([0-9A-Fa-f]{4})"));
            QString text = wanted.toString().replace(character, QStringLiteral("\\x{\\1}"));
            if (text.endsWith(u'$'))
                text.replace(text.size() - 1, 1, QStringLiteral("\\z"));
            const QRegularExpression pattern(text, QRegularExpression::UseUnicodePropertiesOption);
            if (!pattern.isValid())
                problem = where + QStringLiteral(" has a broken pattern");
            else if (value.isString() && !pattern.match(value.toString()).hasMatch())
                problem = where + QStringLiteral(" does not fit its pattern");
        } else if (keyword != QLatin1String("description") && keyword != QLatin1String("default")) {
            problem =
                QStringLiteral("the schema of %1 uses '%2', which is not known here").arg(where, keyword);
        }
        if (!problem.isEmpty())
            return problem;
    }
    return {};
}

} // namespace rookery::test
