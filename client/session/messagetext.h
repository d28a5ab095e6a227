// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/outcome.h"

#include <QString>

namespace rookery::client {

/// The text as it is sent: without white space at its end and empty lines at its beginning (the first line's
/// indentation means something in Markdown). EmptyMessage where nothing is left, LongMessage past
/// `longest` code points.
Outcome<QString> checkMessageText(const QString &text, int longest);

} // namespace rookery::client
