// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::client {

/// How the user came to be no longer in a room.
struct Removal
{
    QString by = {}; ///< name of who did it; empty: the user, or it is not known
    bool isBan = false;
};

} // namespace rookery::client
