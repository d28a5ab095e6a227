#include "tests/faults/driver/findings.h"

#include <algorithm>
#include <numeric>

namespace rookery::faults {

namespace {

constexpr std::size_t sentenceBound = 20;

} // namespace

const char *faultName(Fault fault)
{
    static constexpr std::array<const char *, faultKinds> names{
        "lost", "doubled", "reordered", "gap", "altered", "contradicted", "phantom", "refused", "broken"};
    return names[std::size_t(fault)];
}

void Findings::add(Fault fault, const std::string &sentence)
{
    ++m_counts[std::size_t(fault)];
    if (m_sentences.size() < sentenceBound)
        m_sentences.push_back(std::string(faultName(fault)) + ": " + sentence);
}

void Findings::add(const Findings &other)
{
    for (std::size_t i = 0; i < faultKinds; ++i)
        m_counts[i] += other.m_counts[i];
    const std::size_t room = sentenceBound - std::min(sentenceBound, m_sentences.size());
    const std::size_t taken = std::min(room, other.m_sentences.size());
    m_sentences.insert(
        m_sentences.end(), other.m_sentences.begin(), other.m_sentences.begin() + std::ptrdiff_t(taken));
}

std::uint64_t Findings::total() const
{
    return std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t(0));
}

} // namespace rookery::faults
