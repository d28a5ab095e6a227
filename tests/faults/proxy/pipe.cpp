// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/proxy/pipe.h"

#include <algorithm>

namespace rookery::faults {

namespace {

/// Most bytes buffered here: few, so that the writer soon notices a stalled reader.
constexpr std::size_t bound = 64 * 1024;

} // namespace

Pipe::Pipe(const DirectionFaults &faults, TimePoint now)
    : m_faults(faults)
{
    stallIfDue(now);
}

void Pipe::stallIfDue(TimePoint now)
{
    if (m_taken < m_faults.stallAfter)
        return;
    m_faults.stallAfter = DirectionFaults::never;
    m_stalledUntil = m_faults.stallFor.count() == 0 ? TimePoint::max() : now + m_faults.stallFor;
}

std::size_t Pipe::appetite(TimePoint now) const
{
    if (m_ended || m_held || (m_stalledUntil && now < *m_stalledUntil))
        return 0;
    std::uint64_t most = bound - std::min(bound, m_waiting.size() - m_offset);
    // Up to the next fault, and no further.
    if (m_taken < m_faults.stallAfter)
        most = std::min(most, m_faults.stallAfter - m_taken);
    if (m_taken < m_faults.dropAfter)
        most = std::min(most, m_faults.dropAfter - m_taken);
    if (m_faults.cutAfter != DirectionFaults::never && m_faults.cutAfter <= m_faults.dropAfter)
        most = std::min(most, m_faults.cutAfter - std::min(m_taken, m_faults.cutAfter));
    return std::size_t(most);
}

void Pipe::take(std::string_view bytes, TimePoint now)
{
    const bool dropped = m_taken >= m_faults.dropAfter;
    m_taken += bytes.size();
    stallIfDue(now);
    if (dropped)
        return;
    if (m_offset == m_waiting.size()) {
        m_waiting.clear();
        m_offset = 0;
    }
    m_waiting += bytes;
}

std::string_view Pipe::piece() const
{
    if (m_held)
        return {};
    const std::string_view rest = std::string_view(m_waiting).substr(m_offset);
    return m_faults.pieces == 0 ? rest : rest.substr(0, m_faults.pieces);
}

void Pipe::written(std::size_t count)
{
    m_offset += count;
    m_passed += count;
}

void Pipe::release()
{
    m_held = false;
    m_stalledUntil.reset();
}

std::optional<TimePoint> Pipe::stallEnds(TimePoint now) const
{
    if (m_held || !m_stalledUntil || *m_stalledUntil <= now || *m_stalledUntil == TimePoint::max())
        return std::nullopt;
    return m_stalledUntil;
}

} // namespace rookery::faults
