// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

namespace rookery::client {

/// A page of users.
struct UsersFound
{
    QList<User> users;
    QString next; ///< the place of the next page; empty at the end
};

} // namespace rookery::client
