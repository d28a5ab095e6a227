// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <chrono>

namespace rookery {

/// Everything that a request, over HTTP or WebSocket, can be refused for. The text form (codeText) is part of
/// the public API: it stands in `code` of every error answer and never changes.
enum class ErrorCode {
    InvalidRequest, ///< malformed beyond what the other codes say
    InvalidJson, ///< the body or frame is not a JSON object in UTF-8
    MissingField, ///< a required field is absent; Error::field names it
    InvalidField, ///< a field has the wrong type or a value out of range; Error::field names it
    MessageTooLong, ///< message text past Limits::messageCharacters
    Unauthorized, ///< no token, or one that is bad, expired or revoked
    BadCredentials, ///< unknown user or wrong password; the two are not told apart
    Forbidden, ///< known, but not allowed
    NotFound, ///< no such user, room, session or path; also what the caller may not see
    MethodNotAllowed,
    NameTaken, ///< the user or room name, or one that looks like it, exists
    ClientIdReused, ///< the same client_id came with another body (resources/docs/guarantees.md, 2)
    PayloadTooLarge, ///< a body past its limit
    UnsupportedMediaType,
    RateLimited, ///< Error::retryAfter says when to come back
    Overloaded, ///< a bounded queue is full, or time is up; Error::retryAfter says when to come back
    StorageFull, ///< the disk refuses writes; reading works
    StorageUnavailable, ///< the disk fails, so nothing is confirmed; Error::retryAfter says when to come back
    Internal, ///< a fault of the server; the log has the details, the client none
};

/// A refusal that can be shown to the person or developer who caused it.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString detail; ///< one English sentence, no secrets, no stack
    QString field = {}; ///< the request's field it speaks of, or empty
    std::chrono::milliseconds retryAfter{0}; ///< 0: not given
};

/// The HTTP status of a code (RFC 9110).
int httpStatus(ErrorCode code);
/// The public text form, such as "rate_limited".
QLatin1String codeText(ErrorCode code);
/// The inverse of codeText; Internal for a text that is not known.
ErrorCode codeFromText(QStringView text);
/// Whether the same request may succeed later without being changed.
bool isRetryable(ErrorCode code);

} // namespace rookery
