// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "server/http/headers.h"

#include <QJsonObject>

/// The one place where an Error becomes an HTTP answer: RFC 9457 problem details.
namespace rookery::http {

inline constexpr char problemMediaType[] = "application/problem+json";

/// `{type, title, status, detail, code, error, field?}`. `error` repeats `detail` for clients of the
/// documents 001 and 004. What an internal fault was about stays in the log: its detail is always the same
/// sentence.
QJsonObject problemBody(int status, const Error &error);

/// `Retry-After` in whole seconds, rounded up (RFC 9110 section 10.2.3), where the error says when to come
/// back; `WWW-Authenticate: Bearer` with every 401 (section 11.6.1).
Headers problemHeaders(int status, const Error &error);

/// The phrase of RFC 9110 section 15 for a status, which is also a problem's `title`.
QByteArray reasonPhrase(int status);

/// A whole answer, head and body, for what the net layer refuses before there is a request to route. It asks
/// for the connection to be closed.
QByteArray refusal(int status, const Error &error);

} // namespace rookery::http
