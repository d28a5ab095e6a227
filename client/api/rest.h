// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/done.h"
#include "common/jsonreader.h"

#include <QObject>
#include <QUrlQuery>

namespace rookery::client {

enum class HttpMethod { Get, Post, Put, Patch, Delete };

/// One request of the native API.
struct RestRequest
{
    HttpMethod method = HttpMethod::Get;
    QString path; ///< below /api/v1/, percent-encoded (restPath)
    QUrlQuery query = {};
    QJsonObject body = {}; ///< of a Post, Put or Patch
};

/// Joins path segments, encoding each, so that a name with a slash stays one segment.
QString restPath(const QStringList &segments);

/// JSON requests to one server on behalf of one log-in. Lives on the GUI thread, never blocks.
class Rest : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Answers the JSON object of a 2xx (an empty one for 204), the server's refusal, or, with Problem::field
    /// `server`, why the server could not be reached. Not called once `context` is destroyed.
    virtual void send(const RestRequest &request, QObject *context, Done<JsonReader> answer) = 0;
    /// Sets the token that was not known at the start.
    virtual void setToken(const QByteArray &token) = 0;

Q_SIGNALS:
    /// The server refuses the token.
    void unauthorized();
};

} // namespace rookery::client
