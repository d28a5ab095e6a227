// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery {

struct User
{
    QString id;
    QString name;
    bool guest = false;

    bool operator==(const User &) const = default;
};

} // namespace rookery
