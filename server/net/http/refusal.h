// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QByteArray>

namespace rookery::net {

/// Why the guard answers a request itself. The status is more precise than httpStatus(error.code): several of
/// them (414, 431, 505 …) share one public code.
struct Refusal
{
    int status = 400;
    Error error;
    /// Further lines of the answer's head, each ended by CRLF.
    QByteArray headers = {};
};

/// 400 with ErrorCode::InvalidRequest, which is what most malformed input gets.
Refusal malformed(const QString &detail);

/// The `code` of the body: that of the error, except where the status says more. 501: `not_implemented`; 417:
/// `expectation_failed`; 421: `misdirected_request`.
QLatin1String refusalCode(int status, const Error &error);

/// The built-in answer, head and body: RFC 9457 problem details, to be followed by the end of the connection.
QByteArray plainRefusal(int status, const Error &error);

/// A whole HTTP/1.1 answer made fit for the wire: `refusal.headers` added, every Connection field replaced by
/// "close", and the body left out where `bodyless` (RFC 9110 section 9.3.2). Falls back to plainRefusal()
/// where `answer` is not one.
QByteArray finishRefusal(const QByteArray &answer, const Refusal &refusal, bool bodyless);

} // namespace rookery::net
