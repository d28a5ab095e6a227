// SPDX-License-Identifier: GPL-3.0-or-later
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

/// Which of the 32 digits of a UUID are capital letters, the first one in the lowest bit; 0 for any other
/// text. With the bytes it is the whole spelling.
quint32 idCapitals(QStringView text);
/// The id with those of its letters in capitals.
QString withCapitals(QString id, quint32 capitals);

/// A sender's idempotency key as it was written, or InvalidField naming `client_id` where it is not a UUID.
/// Two that differ in case only are the same key.
Result<QString> parseClientId(const QString &text);

} // namespace rookery
