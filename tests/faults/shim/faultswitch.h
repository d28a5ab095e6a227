// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/settings.h"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace rookery::faults {

/// Reads the control file before every operation that it may affect, so that a fault begins and ends between
/// two system calls. Thread-safe.
class FaultSwitch
{
public:
    /// `path` may be null: no faults ever.
    explicit FaultSwitch(const char *path);

    enum class Operation { Write, Grow, Create, Sync };
    struct Verdict
    {
        int error = 0; ///< errno with which the operation must fail; 0: it may proceed
        bool partly = false; ///< for Grow: the bytes before the end of the file are still written
    };
    Verdict verdict(Operation operation, std::string_view file);
    /// By how much a sync of this file is delayed.
    std::chrono::microseconds syncTakes(std::string_view file);
    /// Offset of the wall clock from the real time.
    long clockSeconds() const;

private:
    /// With the mutex held: m_settings as the control file is now.
    void refresh();
    std::string_view read(char *buffer, size_t size) const;

    int m_descriptor = -1;
    std::mutex m_mutex;
    std::string m_text; ///< the text from which m_settings was parsed
    Settings m_settings;
};

} // namespace rookery::faults
