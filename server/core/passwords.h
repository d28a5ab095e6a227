// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "common/result.h"

#include <QStringList>

namespace rookery::core {

/// What a password that is typed to log in may be the spelling of: passwords are normalised now, and older
/// hashes are of what was typed then. InvalidField (`field`) if it is too long for any.
Result<QStringList> spellingsOf(const QString &password, const Limits &limits, const QString &field);

/// A password that the user of this name wants to have, normalised. InvalidField (`field`).
Result<QString> newPassword(
    const QString &password, const QString &name, const Limits &limits, const QString &field);

} // namespace rookery::core
