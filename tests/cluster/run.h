// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/cluster/options.h"
#include "tests/faults/driver/outcome.h"

namespace rookery::cluster {

using faults::Outcome;

/// Throws load::Failure or load::Interrupted.
Outcome run(const Options &options);

/// Reports progress to the operator on standard error.
void progress(const QString &sentence);

} // namespace rookery::cluster
