// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

namespace rookery::client {

/// The text as it is sent: without white space at its end and empty lines at its beginning (the first line's
/// indentation means something in Markdown). MissingField where nothing is left, MessageTooLong past
/// `longest` code points; both with a sentence.
Result<QString> checkMessageText(const QString &text, int longest);

} // namespace rookery::client
