// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"

namespace rookery {

/// Whether each name of `[accounts] admins` could be a user's; the Error begins with the place and the path of
/// the key.
Result<Nothing> checkAdminNames(const config::Config &config);

} // namespace rookery
