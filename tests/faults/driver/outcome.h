// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/report.h"
#include "tests/faults/driver/findings.h"

#include <cstdint>
#include <functional>

namespace rookery::faults {

/// What a run has found and measured. `report.fault` need not be set if `findings` is not empty.
struct Outcome
{
    bench::Report report;
    Findings findings;
};

/// A program's run from here to its exit status, which it returns: 0 all held, 1 something did not or load::Failure, 130
/// load::Interrupted. Writes the line of JSON to standard output, and sentences to `progress`.
int conclude(const std::function<Outcome()> &run, std::uint64_t seed,
    const std::function<void(const QString &)> &progress);

} // namespace rookery::faults
