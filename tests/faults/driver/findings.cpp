// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/findings.h"

#include <algorithm>
#include <numeric>

namespace rookery::faults {

namespace {

constexpr std::size_t sentenceBound = 20;

} // namespace

const char *faultName(Fault fault)
{
    static constexpr std::array<const char *, faultKinds> names{"lost", "doubled", "reordered", "gap",
        "undone", "altered", "contradicted", "phantom", "refused", "broken"};
    return names[std::size_t(fault)];
}

void Findings::add(Fault fault, const std::string &sentence)
{
    const std::lock_guard lock(m_mutex);
    ++m_counts[std::size_t(fault)];
    if (m_sentences.size() < sentenceBound)
        m_sentences.push_back(std::string(faultName(fault)) + ": " + sentence);
}

void Findings::add(const Findings &other)
{
    std::array<std::uint64_t, faultKinds> counts{};
    for (std::size_t i = 0; i < faultKinds; ++i)
        counts[i] = other.count(Fault(i));
    const std::vector<std::string> sentences = other.sentences();

    const std::lock_guard lock(m_mutex);
    for (std::size_t i = 0; i < faultKinds; ++i)
        m_counts[i] += counts[i];
    const std::size_t room = sentenceBound - m_sentences.size();
    const auto taken = std::ptrdiff_t(std::min(room, sentences.size()));
    m_sentences.insert(m_sentences.end(), sentences.begin(), sentences.begin() + taken);
}

std::uint64_t Findings::count(Fault fault) const
{
    const std::lock_guard lock(m_mutex);
    return m_counts[std::size_t(fault)];
}

std::vector<std::string> Findings::sentences() const
{
    const std::lock_guard lock(m_mutex);
    return m_sentences;
}

std::uint64_t Findings::total() const
{
    const std::lock_guard lock(m_mutex);
    return std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t(0));
}

} // namespace rookery::faults
