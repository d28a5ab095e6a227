// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/shim/watchedfile.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rookery::faults {

/// The folder whose files the shim watches (without subfolders), and the descriptors that the program has
/// open there. There is one per process, called by the functions of hooks.cpp. Thread-safe.
class WatchedFolder
{
public:
    /// Named by the environment (faultydisk.h); watches nothing if it names none.
    static WatchedFolder &instance();

    FaultSwitch &faults() { return m_faults; }
    /// The file of a descriptor; nullptr if it is not watched.
    WatchedFile *file(int descriptor) const;
    bool isFolder(int descriptor) const;

    int open(const char *path, int flags, mode_t mode);
    void closed(int descriptor);
    int unlink(const char *path);
    /// `call` renames the file.
    template <typename Call>
    int rename(const char *from, const char *to, Call call)
    {
        const std::scoped_lock lock(m_mutex);
        noteRename(from, to);
        return call();
    }
    int link(const char *from, const char *to);
    int syncFolder(int descriptor, WatchedFile::SyncCall call);

private:
    WatchedFolder();

    /// The name within the folder; nullopt for files elsewhere.
    std::optional<std::string> nameOf(const char *path) const;
    void noteRename(const char *from, const char *to);
    void keep(const std::string &path, uint64_t inode);
    WatchedFile *watch(const std::string &name, int descriptor);

    static constexpr int mostDescriptors = 65'536;
    struct Descriptor
    {
        std::atomic<WatchedFile *> file = nullptr;
        std::atomic<bool> folder = false;
    };

    std::vector<std::string> m_folders; ///< its path as given, and without symbolic links; with a '/'
    std::string m_logFolder;
    FaultSwitch m_faults;
    mutable std::mutex m_mutex; ///< locked before a file's
    std::map<uint64_t, std::unique_ptr<WatchedFile>> m_files; ///< by inode; never removed
    std::unique_ptr<UndoLog> m_names;
    std::vector<std::string> m_kept; ///< links to files whose names were removed, but not yet durably
    std::unique_ptr<Descriptor[]> m_descriptors;
};

} // namespace rookery::faults
