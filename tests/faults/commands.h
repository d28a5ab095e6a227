// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/outcome.h"
#include "tests/faults/options.h"

namespace rookery::faults {

// The commands. Each throws Failure or Interrupted.
Outcome runCuts(const Options &options);
Outcome runDrain(const Options &options);
Outcome runKill(const Options &options);
Outcome runPower(const Options &options);
Outcome runDisk(const Options &options);
Outcome runHerd(const Options &options);
Outcome runStalled(const Options &options);
Outcome runSlow(const Options &options);
Outcome runLogins(const Options &options);
Outcome runBudget(const Options &options);

/// Adds the figures to a report.
void addAcknowledged(QJsonObject &json, const Acknowledged &acknowledged);
/// The same for the readable line.
QString textOf(const Acknowledged &acknowledged);
/// Reports progress to the operator on standard error.
void progress(const QString &sentence);

} // namespace rookery::faults
