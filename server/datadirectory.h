// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

namespace rookery {

/// The directory of everything that the daemon keeps. One that is missing is made, for its owner only
/// (0700). One that is empty, or holds the data of a rookeryd, gets that mode. Any other directory keeps its
/// mode, and is refused where others than its owner can enter it: it may be one of the system, such as /srv.
/// So is one with the sticky bit, such as /tmp, even an empty one.
/// The Error is a sentence for the operator.
Result<Nothing> prepareDataDirectory(const QString &path);

/// The same without changing anything: whether what is there now would be refused.
Result<Nothing> checkDataDirectory(const QString &path);

} // namespace rookery
