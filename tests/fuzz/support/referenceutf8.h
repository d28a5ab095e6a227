// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

/// UTF-8 by its definition (RFC 3629 section 3) instead of a table of byte ranges: a reference for
/// Utf8Validator.
namespace rookery::fuzz {

enum class Utf8 {
    Complete,
    Cut, ///< a prefix of a valid text
    Invalid, ///< not a prefix of any valid text
};
Utf8 utf8Of(QByteArrayView bytes);

} // namespace rookery::fuzz
