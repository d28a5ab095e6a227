// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

namespace rookery::store {

/// Text that not every database can store is refused before anything is written: half a surrogate pair is not
/// Unicode and has no UTF-8, and PostgreSQL has no NUL in a text. Everything else is stored as it is. InvalidField
/// naming `field`.
Result<Nothing> checkText(const QString &text, QLatin1String field);
/// Whether checkText() accepts it. What is looked up by any other text is not there, and the database is not asked.
bool isStorable(const QString &text);

/// The same for a name, which is compared and sorted inside the database: also without the noncharacters
/// U+FFFE and U+FFFF, which SQLite replaces when it hands text out.
Result<Nothing> checkName(const QString &name, QLatin1String field);

} // namespace rookery::store
