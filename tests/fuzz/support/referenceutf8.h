// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

/// UTF-8 by the definition (RFC 3629 section 3) and not by a table of byte ranges: a second opinion on
/// Utf8Validator.
namespace rookery::fuzz {

enum class Utf8 {
    Complete,
    Cut, ///< a valid text may begin so, but not end here
    Invalid, ///< no valid text begins so
};
Utf8 utf8Of(QByteArrayView bytes);

} // namespace rookery::fuzz
