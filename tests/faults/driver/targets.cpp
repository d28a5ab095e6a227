// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/targets.h"

namespace rookery::faults {

namespace {

/// Few, so that messages are changed more than once.
constexpr std::size_t sampleSize = 16;

} // namespace

void Targets::add(const std::string &room, const std::string &sender, std::int64_t seq)
{
    Sample &sample = m_samples[{room, sender}];
    if (sample.seqs.size() < sampleSize) {
        sample.seqs.push_back(seq);
        return;
    }
    sample.seqs[sample.oldest] = seq;
    sample.oldest = (sample.oldest + 1) % sampleSize;
}

std::int64_t Targets::pick(const std::string &room, const std::string &sender, Random &random) const
{
    const auto found = m_samples.find({room, sender});
    if (found == m_samples.end())
        return 0;
    return found->second.seqs[random.below(found->second.seqs.size())];
}

} // namespace rookery::faults
