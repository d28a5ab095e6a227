// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/report.h"
#include "tests/cluster/options.h"
#include "tests/faults/driver/findings.h"

namespace rookery::cluster {

/// What a run has found and measured. `report.fault` need not be set if `findings` is not empty.
struct Outcome
{
    bench::Report report;
    faults::Findings findings;
};

/// Throws load::Failure or load::Interrupted.
Outcome run(const Options &options);

/// Reports progress to the operator on standard error.
void progress(const QString &sentence);

} // namespace rookery::cluster
