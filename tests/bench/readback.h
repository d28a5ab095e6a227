// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/acksink.h"
#include "tests/wire/load/endpoint.h"

#include <QString>

#include <vector>

namespace rookery::bench {

/// The comparison of some rooms' histories with what was acknowledged.
struct ReadBack
{
    std::uint64_t found = 0; ///< messages of this run
    std::uint64_t lost = 0; ///< acknowledged, but missing
    std::uint64_t duplicates = 0; ///< found more than once
    /// Another seq or client id than acknowledged, before an earlier one of its sender, or after a gap.
    std::uint64_t misplaced = 0;
    QString fault() const; ///< empty if all is well
};

/// Reads the rooms' whole histories over REST and compares. The sinks' workers must be idle. Throws Failure.
ReadBack readBack(const load::Endpoint &endpoint, const std::string &token,
    const std::vector<std::string> &rooms, const AckSink::Work &work,
    const std::vector<const AckSink *> &sinks);

} // namespace rookery::bench
