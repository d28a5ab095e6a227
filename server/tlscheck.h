// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"
#include "server/net/stream/tlsfiles.h"

namespace rookery {

/// net::checkTlsFiles() in the words of the configuration: the Error and the warnings begin with the place
/// and the path of the key that they are about, where it was set.
Result<QStringList> checkTls(const config::Config &config, const net::TlsFiles &files);

} // namespace rookery
