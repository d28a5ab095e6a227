// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace rookery::test {

/// The OpenAPI document, read so that answers can be held against it. Knows as much of JSON Schema as the
/// document uses; a keyword that it does not know is a problem, so that no check is passed by being skipped.
class OpenApiDocument
{
public:
    OpenApiDocument();

    const QJsonObject &root() const { return m_root; }
    /// `GET /api/v1/rooms/{room}` …, sorted.
    QStringList routes() const;
    /// What `#/a/b` leads to; empty object where it leads nowhere.
    QJsonObject resolve(const QString &reference) const;
    /// Whether the operation takes anybody, without a token.
    static bool isOpen(const QJsonObject &operation);

    /// Why this is not an answer that the document promises for the path template; empty: it is.
    QString check(const QString &method, const QString &pathTemplate, int status, const QByteArray &mediaType,
        const QByteArray &body) const;
    /// Why the value does not fit the schema; empty: it does.
    QString mismatch(const QJsonValue &value, const QJsonObject &schema, const QString &where) const;

private:
    QJsonObject followed(const QJsonObject &object) const;

    QJsonObject m_root;
};

} // namespace rookery::test
