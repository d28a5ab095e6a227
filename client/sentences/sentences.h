// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "client/problems/removal.h"
#include "client/problems/warning.h"

#include <chrono>

namespace rookery::client {

/// One or more whole sentences that a person can act on; empty for no problem. Parts of them are remote text.
QString inWords(const Problem &problem);
QString inWords(const SendFailure &failure);
QString inWords(const Warning &warning);
/// `room` is the room's name, empty where it is not known.
QString inWords(const Removal &removal, const QString &room);
QString inWords(const CertificateProblem &certificate);
/// "24 hours": in the largest unit that says it exactly, but no single day.
QString inWords(std::chrono::milliseconds time);

} // namespace rookery::client
