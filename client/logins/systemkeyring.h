// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/logins/keyring.h"

#include <memory>

namespace rookery::client {

/// The desktop's keyring (Secret Service or KWallet). Without QtKeychain, one that reports that there is
/// none.
std::unique_ptr<Keyring> systemKeyring();

} // namespace rookery::client
