// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/role.h"

#include <array>

namespace rookery {

namespace {

constexpr std::array names{
    QLatin1String("banned"),
    QLatin1String("none"),
    QLatin1String("invited"),
    QLatin1String("member"),
    QLatin1String("moderator"),
    QLatin1String("owner"),
};

} // namespace

QLatin1String roleText(Role role)
{
    return names.at(size_t(role));
}

std::optional<Role> roleFromText(const QString &text)
{
    for (size_t i = 0; i < names.size(); ++i) {
        if (text == names[i])
            return Role(i);
    }
    return std::nullopt;
}

} // namespace rookery
