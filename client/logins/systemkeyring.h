// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/logins/keyring.h"

#include <memory>

namespace rookery::client {

/// The keyring of the desktop (Secret Service or KWallet). Without QtKeychain there is none.
std::unique_ptr<Keyring> systemKeyring();

} // namespace rookery::client
