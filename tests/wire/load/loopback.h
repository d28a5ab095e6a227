// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <netinet/in.h>

namespace rookery::load {

/// A non-blocking TCP socket connecting to `port` of 127.0.0.1 from the address `from` in 127.0.0.0/8 (0: the
/// kernel's choice); both in host byte order. -1 on failure. Without `reads` the receive buffer is small, so
/// that the kernel's buffering does not hide that nothing is read.
int connectToLoopback(in_port_t port, in_addr_t from, bool reads);

/// Whether a connect() has succeeded.
bool isConnected(int descriptor);

/// With a reset, so that no port stays in TIME_WAIT.
void closeWithReset(int descriptor);

} // namespace rookery::load
