// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

namespace rookery::bench {

/// Incremented by one thread and read by any, without a locked instruction.
class Counter
{
public:
    void add(std::uint64_t count = 1)
    {
        m_value.store(m_value.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
    std::uint64_t value() const { return m_value.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> m_value = 0;
};

} // namespace rookery::bench
