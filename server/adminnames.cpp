// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/adminnames.h"

#include "server/core/names.h"

namespace rookery {

Result<Nothing> checkAdminNames(const config::Config &config)
{
    const QString key = QStringLiteral("accounts.admins");
    for (const QString &name : config.admins) {
        const auto checked = core::checkUserName(name, config.limits, key);
        if (!checked)
            return Error{ErrorCode::InvalidField,
                config.placed(key,
                    QStringLiteral("'%1' cannot be the name of a user: %2")
                        .arg(name, checked.error().detail)),
                key};
    }
    return Nothing();
}

} // namespace rookery
