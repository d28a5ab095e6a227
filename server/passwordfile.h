// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QString>

namespace rookery {

/// The first line of a file that holds a password, such as a credential of systemd. Warns if users other than its owner and
/// group can read it. The Error is a sentence for the operator.
Result<QString> readPasswordFile(const QString &path);

} // namespace rookery
