// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <chrono>

namespace rookery {

/// Every reason to refuse a request, over HTTP or WebSocket. The text form (codeText) is part of the public
/// API: it is the `code` of every error answer and never changes.
enum class ErrorCode {
    InvalidRequest, ///< malformed in a way that no other code describes
    InvalidJson, ///< the body or frame is not a JSON object in UTF-8
    MissingField, ///< a required field is absent; Error::field names it
    InvalidField, ///< a field has the wrong type or a value out of range; Error::field names it
    MessageTooLong, ///< message text past Limits::messageCharacters
    Unauthorized, ///< no token, or one that is bad, expired or revoked
    BadCredentials, ///< unknown user or wrong password; the answer does not reveal which
    Forbidden, ///< authenticated, but not allowed
    NotFound, ///< no such user, room, session or path, or one that the caller may not see
    MethodNotAllowed,
    NameTaken, ///< the user or room name, or a confusable one, exists
    ClientIdReused, ///< the same client_id came with a different body (resources/docs/guarantees.md, 2)
    PayloadTooLarge, ///< a body larger than its limit
    UnsupportedMediaType,
    RateLimited, ///< Error::retryAfter says when to retry
    Overloaded, ///< a bounded queue is full, or a deadline has passed; Error::retryAfter says when to retry
    StorageFull, ///< the disk is full; reading works
    StorageUnavailable, ///< the disk fails, so nothing is confirmed; Error::retryAfter says when to retry
    Internal, ///< a server error; details are in the log only
};

/// An error that can be shown to the user or developer who caused it.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString detail; ///< one English sentence, no secrets, no stack
    QString field = {}; ///< the field of the request that is wrong, or empty
    std::chrono::milliseconds retryAfter{0}; ///< 0: not given
};

/// The HTTP status of a code (RFC 9110).
int httpStatus(ErrorCode code);
/// The public text form, for example "rate_limited".
QLatin1String codeText(ErrorCode code);
/// The inverse of codeText; Internal for an unknown text.
ErrorCode codeFromText(QStringView text);
/// Whether the same request may succeed later unchanged.
bool isRetryable(ErrorCode code);

} // namespace rookery
