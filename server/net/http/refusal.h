// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QByteArray>

namespace rookery::net {

/// An error that is answered before the request reaches a handler. The status is more precise than
/// httpStatus(error.code): several statuses (414, 431, 505 …) share one public code.
struct Refusal
{
    int status = 400;
    Error error;
    /// Additional header lines, each ended by CRLF.
    QByteArray headers = {};
};

/// 400 with ErrorCode::InvalidRequest, the answer to most malformed input.
Refusal malformed(const QString &detail);

/// The `code` of the body: that of the error, except for three statuses. 501: `not_implemented`; 417:
/// `expectation_failed`; 421: `misdirected_request`.
QLatin1String refusalCode(int status, const Error &error);

/// The built-in answer, head and body: RFC 9457 problem details. The connection must be closed after it.
QByteArray plainRefusal(int status, const Error &error);

/// Prepares a complete HTTP/1.1 answer for sending: adds `refusal.headers`, replaces every Connection field
/// by "close", and removes the body if `bodyless` (RFC 9110 section 9.3.2). Falls back to plainRefusal() if
/// `answer` is not valid HTTP.
QByteArray finishRefusal(const QByteArray &answer, const Refusal &refusal, bool bodyless);

} // namespace rookery::net
