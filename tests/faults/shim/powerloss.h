// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/undorecord.h"

#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

namespace rookery::faults {

/// Turns a folder into what a power loss would have left, after the program watched by the shim was killed.
/// Synced data stays. A disk may keep any part of unsynced data: the seed decides whether none of it is kept,
/// all of it, everything up to some change and half of that one, or in each sector of 512 bytes the state
/// after any of its changes. Changes of names reach the disk in order, as in a journaling file system.
/// Memory-mapped data (`-shm`) is gone, garbage, or unchanged.
class PowerLoss
{
public:
    struct Summary
    {
        uint64_t changes = 0; ///< that were not synced
        uint64_t sectors = 0; ///< that were not synced
        uint64_t undone = 0; ///< of those sectors
        uint64_t names = 0; ///< changes of names that were undone
    };

    /// `log`: the shim's log folder, which is empty afterwards. Throws std::runtime_error or
    /// std::filesystem::filesystem_error if the logs are damaged or a file cannot be changed.
    static Summary strike(
        const std::filesystem::path &folder, const std::filesystem::path &log, uint64_t seed);

private:
    enum class Kept { Nothing, Everything, Prefix, Sectors };
    struct Change
    {
        UndoRecord record;
        std::vector<char> before;
    };
    using Changes = std::vector<Change>;

    PowerLoss(std::filesystem::path folder, std::filesystem::path log, uint64_t seed);

    static Changes read(const std::filesystem::path &path);
    void undoNames();
    void undoContents(const std::filesystem::path &log);
    void spoilMemory();
    uint64_t below(uint64_t bound) { return m_random() % bound; }

    const std::filesystem::path m_folder;
    const std::filesystem::path m_log;
    const uint64_t m_seed;
    std::mt19937_64 m_random;
    Kept m_kept;
    Summary m_summary;
};

} // namespace rookery::faults
