// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/acksink.h"
#include "tests/bench/endpoint.h"

#include <QString>

#include <vector>

namespace rookery::bench {

/// What the history of some rooms says about what was acknowledged.
struct ReadBack
{
    std::uint64_t found = 0; ///< messages of this run
    std::uint64_t lost = 0; ///< acknowledged, but not there
    std::uint64_t duplicates = 0; ///< there more than once
    /// Under another seq or client id than was acknowledged, before an earlier one of its sender, or after a gap.
    std::uint64_t misplaced = 0;
    QString fault() const; ///< empty where all is well
};

/// Reads the rooms' whole histories over REST and compares. The sinks' workers must be at rest. Throws
/// Failure.
ReadBack readBack(const Endpoint &endpoint, const std::string &token, const std::vector<std::string> &rooms,
    const AckSink::Work &work, const std::vector<const AckSink *> &sinks);

} // namespace rookery::bench
