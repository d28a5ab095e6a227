// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"
#include "server/http/headers.h"

#include <QJsonObject>

/// The one place where an Error becomes an HTTP answer: RFC 9457 problem details.
namespace rookery::http {

inline constexpr char problemMediaType[] = "application/problem+json";

/// `{type, title, status, detail, code, error, field?}`. `error` repeats `detail` for clients of the
/// documents 001 and 004. The detail of an internal error is always the same sentence; its cause is only
/// logged.
QJsonObject problemBody(int status, const Error &error);

/// `Retry-After` in whole seconds, rounded up (RFC 9110 section 10.2.3), if the error says when to retry;
/// `WWW-Authenticate: Bearer` with every 401 (section 11.6.1).
Headers problemHeaders(int status, const Error &error);

/// The phrase of RFC 9110 section 15 for a status, which is also a problem's `title`.
QByteArray reasonPhrase(int status);

/// A complete answer, head and body, for requests that the net layer refuses before routing. It closes the
/// connection.
QByteArray refusal(int status, const Error &error);

} // namespace rookery::http
