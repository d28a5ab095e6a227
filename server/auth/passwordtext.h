// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace rookery::auth {

/// The password normalised for comparison by RFC 8265 section 4.2 (the PRECIS profile OpaqueString): every
/// space becomes U+0020, the text becomes NFC; case and width are kept. nullopt if the profile rejects the
/// text: it is empty, or contains a control, unassigned, invisible or otherwise disallowed character.
std::optional<QString> normalisedPassword(const QString &typed);

/// Whether this is one of the 10,000 most common passwords, ignoring case (resources/passwords).
bool isCommonPassword(const QString &password);

} // namespace rookery::auth
