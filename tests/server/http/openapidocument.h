// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace rookery::test {

/// The OpenAPI document, parsed so that answers can be validated against it. Supports as much of JSON Schema
/// as the document uses; an unknown keyword is an error, so that no check is skipped.
class OpenApiDocument
{
public:
    OpenApiDocument();

    const QJsonObject &root() const { return m_root; }
    /// `GET /api/v1/rooms/{room}` …, sorted.
    QStringList routes() const;
    /// The target of `#/a/b`; an empty object if there is none.
    QJsonObject resolve(const QString &reference) const;
    /// Whether the operation needs no token.
    static bool isOpen(const QJsonObject &operation);

    /// Why this answer does not match the document for the path template; empty if it does.
    QString check(const QString &method, const QString &pathTemplate, int status, const QByteArray &mediaType,
        const QByteArray &body) const;
    /// Why the value does not match the schema; empty if it does.
    QString mismatch(const QJsonValue &value, const QJsonObject &schema, const QString &where) const;

private:
    QJsonObject followed(const QJsonObject &object) const;

    QJsonObject m_root;
};

} // namespace rookery::test
