// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/cluster/site.h"
#include "tests/wire/load/clock.h"

#include <cstdint>

namespace rookery::cluster {

/// Somebody logs in on one node, is known on all, and logs out on another node: returns how long after the answer the last
/// node refuses the token. `number` tells this one from others of the run. Throws load::Failure if a node does not answer,
/// or if one still takes the token after ten seconds.
load::Nanos measureRevocation(Site &site, std::uint64_t run, int number);

} // namespace rookery::cluster
