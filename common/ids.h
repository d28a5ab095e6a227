// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

#include <array>
#include <optional>

namespace rookery {

/// A new UUIDv7 (RFC 9562 section 5.7) in canonical lower case: 36 characters, sortable by creation time in
/// milliseconds. The other 74 bits are from the system's random generator. User names have at most 32
/// characters, so an id is never a valid name. Thread-safe.
QString newId();

/// The 16 bytes of a UUID in RFC 9562 order.
using IdBytes = std::array<uchar, 16>;

/// Whether the text is a UUID in canonical form, in either case.
bool isId(QStringView text);
/// The bytes of a text that isId() accepts; empty for any other.
std::optional<IdBytes> idBytes(QStringView text);
/// In canonical lower case.
QString idText(const IdBytes &bytes);

/// Which of the 32 digits of a UUID are capital letters, the first one in the lowest bit; 0 for any other
/// text. The bytes and this mask restore the spelling.
quint32 idCapitals(QStringView text);
/// The id with the letters of this mask in capitals.
QString withCapitals(QString id, quint32 capitals);

/// A sender's idempotency key as written, or InvalidField naming `client_id` if it is not a UUID. Keys that
/// differ only in case are the same key.
Result<QString> parseClientId(const QString &text);

} // namespace rookery
