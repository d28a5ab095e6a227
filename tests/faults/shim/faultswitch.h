// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/settings.h"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace rookery::faults {

/// Reads the control file before every operation that it could bear upon, so that a fault begins and ends
/// between two system calls. Thread-safe.
class FaultSwitch
{
public:
    /// `path` may be null: no faults ever.
    explicit FaultSwitch(const char *path);

    enum class Operation { Write, Grow, Create, Sync };
    struct Verdict
    {
        int error = 0; ///< errno that the operation must fail with; 0: it may go on
        bool partly = false; ///< of Grow: what lies before the end of the file is still written
    };
    Verdict verdict(Operation operation, std::string_view file);
    /// What a sync of this file takes longer than the disk does.
    std::chrono::microseconds syncTakes(std::string_view file);
    /// What the wall clock is ahead of the true one.
    long clockSeconds() const;

private:
    /// With the mutex held: m_settings as the control file is now.
    void refresh();
    std::string_view read(char *buffer, size_t size) const;

    int m_descriptor = -1;
    std::mutex m_mutex;
    std::string m_text; ///< what m_settings was read from
    Settings m_settings;
};

} // namespace rookery::faults
