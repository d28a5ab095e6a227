// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/powerloss.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rookery::faults {

/// A folder on a disk (and a clock) with faults controlled by the owner, for a program that is started with
/// the environment given here. Throws std::filesystem::filesystem_error and std::system_error.
class FaultyDisk
{
public:
    /// `folder` must exist. The shim's records are in a folder beside it, which is deleted with this object.
    explicit FaultyDisk(std::filesystem::path folder);
    FaultyDisk(const FaultyDisk &) = delete;
    FaultyDisk &operator=(const FaultyDisk &) = delete;
    ~FaultyDisk();

    /// Environment variables for the program. One program at a time.
    std::vector<std::pair<std::string, std::string>> environment() const;

    /// Sets the faults until the next call: words of settings.h, such as "sync=EIO times=1".
    void set(const std::string &faults);
    void repair() { set({}); }

    /// Call after the program was killed, and before it is restarted.
    PowerLoss::Summary losePower(uint64_t seed);

private:
    std::filesystem::path control() const { return m_notes / "control"; }
    std::filesystem::path log() const { return m_notes / "log"; }

    const std::filesystem::path m_folder;
    const std::filesystem::path m_notes;
};

} // namespace rookery::faults
