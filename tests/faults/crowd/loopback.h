// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <netinet/in.h>

namespace rookery::faults {

/// A non-blocking TCP socket that is being connected to `port` of 127.0.0.1, in the machine's order as all
/// here, from the address `from` of 127.0.0.0/8 (0: the kernel's choice). -1 where that cannot be. Who
/// `reads` nothing has a small receive buffer: what the kernel takes for it does not hide that it does not.
int connectToLoopback(in_port_t port, in_addr_t from, bool reads);

/// Whether a connect() has come to a good end.
bool isConnected(int descriptor);

/// With a reset, so that no port stays in TIME_WAIT.
void closeWithReset(int descriptor);

} // namespace rookery::faults
