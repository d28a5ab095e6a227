// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace rookery::auth {

/// A password as RFC 8265 section 4.2 (the PRECIS profile OpaqueString) has it compared: every space is
/// U+0020, the text is NFC; case and width stay. Nothing where the profile refuses the text: it is empty, or
/// holds a control, unassigned, invisible or otherwise unfit character.
std::optional<QString> normalisedPassword(const QString &typed);

/// Whether this is one of the 10,000 most common passwords, in any case (resources/passwords).
bool isCommonPassword(const QString &password);

} // namespace rookery::auth
