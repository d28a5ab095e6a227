// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"
#include "client/problems/warning.h"

namespace rookery::client {

/// One or more whole sentences that a person can act on; empty for no problem. Parts of them are remote text.
QString inWords(const Problem &problem);
QString inWords(const SendFailure &failure);
QString inWords(const Warning &warning);
QString inWords(const CertificateProblem &certificate);

} // namespace rookery::client
