#pragma once

#include "common/result.h"

#include <QString>

#include <array>
#include <optional>

namespace rookery {

/// A new UUIDv7 (RFC 9562 section 5.7) in canonical lower case: 36 characters, sortable by the millisecond it
/// was made in. Its 74 other bits come from the system's generator. User names are at most 32 characters, so
/// an id can never be taken for a name. Thread-safe.
QString newId();

/// The 16 bytes of a UUID in RFC 9562 order.
using IdBytes = std::array<uchar, 16>;

/// Whether the text has the canonical form of a UUID, in either case.
bool isId(QStringView text);
/// The bytes of a text that isId(), nothing of any other.
std::optional<IdBytes> idBytes(QStringView text);
/// In canonical lower case.
QString idText(const IdBytes &bytes);

/// A sender's idempotency key in canonical lower case, or InvalidField naming `client_id` where it is not a
/// UUID.
Result<QString> parseClientId(const QString &text);

} // namespace rookery
