#pragma once

#include "common/result.h"

#include <QString>

namespace rookery {

/// A new UUIDv7 (RFC 9562 section 5.7) in canonical lower case: 36 characters, sortable by the millisecond it
/// was made in. User names are at most 32 characters, so an id can never be taken for a name. Thread-safe.
QString newId();

/// Whether the text has the canonical form of a UUID, in either case.
bool isId(QStringView text);

/// A sender's idempotency key in canonical lower case, or InvalidField naming `client_id` where it is not a
/// UUID.
Result<QString> parseClientId(const QString &text);

} // namespace rookery
