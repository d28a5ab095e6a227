// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/proxy/random.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rookery::faults {

/// A sample of the acknowledged messages of each user in each room: what that user's clients can edit and
/// delete. Clients of one user share it, so that their changes of one message meet. Deleted messages stay in it
/// for a while: changing them must be answered, too.
class Targets
{
public:
    void add(const std::string &room, const std::string &sender, std::int64_t seq);
    /// The seq of a message; 0: there is none yet.
    std::int64_t pick(const std::string &room, const std::string &sender, Random &random) const;

private:
    struct Sample
    {
        std::vector<std::int64_t> seqs;
        std::size_t oldest = 0; ///< index of the one to be replaced next
    };
    std::map<std::pair<std::string, std::string>, Sample> m_samples;
};

} // namespace rookery::faults
