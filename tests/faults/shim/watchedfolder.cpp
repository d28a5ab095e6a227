// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/watchedfolder.h"

#include "tests/faults/shim/realcalls.h"

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>

namespace rookery::faults {

namespace {

uint64_t inodeOf(const char *path)
{
    struct stat status = {};
    return ::lstat(path, &status) == 0 ? status.st_ino : 0;
}

bool isVolatile(const std::string &name)
{
    return name.ends_with("-shm");
}

} // namespace

WatchedFolder &WatchedFolder::instance()
{
    // Never destroyed: files are closed until the very end of the process.
    static auto *folder = new WatchedFolder;
    return *folder;
}

WatchedFolder::WatchedFolder()
    : m_faults(std::getenv("FAULTSHIM_CONTROL"))
{
    const char *watched = std::getenv("FAULTSHIM_WATCH");
    const char *log = std::getenv("FAULTSHIM_LOG");
    if (watched == nullptr || log == nullptr)
        return;
    m_folders.push_back(std::string(watched) + '/');
    char resolved[PATH_MAX];
    if (::realpath(watched, resolved) != nullptr && std::string(watched) != resolved)
        m_folders.push_back(std::string(resolved) + '/');
    m_logFolder = log;
    m_names = std::make_unique<UndoLog>(m_logFolder + "/names.undo");
    m_descriptors = std::make_unique<Descriptor[]>(mostDescriptors);
}

std::optional<std::string> WatchedFolder::nameOf(const char *path) const
{
    const std::string_view whole(path);
    for (const std::string &folder : m_folders) {
        if (whole.starts_with(folder) && whole.find('/', folder.size()) == std::string_view::npos)
            return std::string(whole.substr(folder.size()));
    }
    return {};
}

WatchedFile *WatchedFolder::file(int descriptor) const
{
    if (!m_descriptors || descriptor < 0 || descriptor >= mostDescriptors)
        return nullptr;
    return m_descriptors[size_t(descriptor)].file;
}

bool WatchedFolder::isFolder(int descriptor) const
{
    return m_descriptors && descriptor >= 0 && descriptor < mostDescriptors
        && m_descriptors[size_t(descriptor)].folder;
}

int WatchedFolder::open(const char *path, int flags, mode_t mode)
{
    const auto name = nameOf(path);
    if (!name) {
        const int descriptor = real::open(path, flags, mode);
        const std::string itself = std::string(path) + '/';
        for (const std::string &folder : m_folders) {
            if (descriptor >= 0 && descriptor < mostDescriptors && (itself == folder || folder == path))
                m_descriptors[size_t(descriptor)].folder = true;
        }
        return descriptor;
    }
    const std::scoped_lock lock(m_mutex);
    const uint64_t before = inodeOf(path);
    if (before == 0 && (flags & O_CREAT) != 0) {
        if (const int error = m_faults.verdict(FaultSwitch::Operation::Create, *name).error) {
            errno = error;
            return -1;
        }
        UndoRecord record;
        record.kind = UndoKind::Created;
        if (!isVolatile(*name))
            m_names->add(record, name->data(), name->size());
    }
    if (before != 0 && (flags & O_TRUNC) != 0) {
        if (WatchedFile *known = watch(*name, real::open(path, O_RDONLY | O_CLOEXEC, 0)))
            known->noteTruncation();
    }
    const int descriptor = real::open(path, flags, mode);
    if (descriptor < 0 || descriptor >= mostDescriptors)
        return descriptor;
    WatchedFile *watched = nullptr;
    if (const auto known = m_files.find(inodeOf(path)); known != m_files.end())
        watched = known->second.get();
    else
        watched = watch(*name, real::open(path, O_RDONLY | O_CLOEXEC, 0));
    if (watched != nullptr)
        watched->opened(descriptor);
    m_descriptors[size_t(descriptor)].file = watched;
    return descriptor;
}

WatchedFile *WatchedFolder::watch(const std::string &name, int descriptor)
{
    struct stat status = {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return nullptr;
    auto &file = m_files[status.st_ino];
    if (!file)
        file = std::make_unique<WatchedFile>(name, status.st_ino, descriptor, m_logFolder, &m_faults);
    return file.get();
}

void WatchedFolder::closed(int descriptor)
{
    if (m_descriptors && descriptor >= 0 && descriptor < mostDescriptors) {
        m_descriptors[size_t(descriptor)].file = nullptr;
        m_descriptors[size_t(descriptor)].folder = false;
    }
}

void WatchedFolder::keep(const std::string &path, uint64_t inode)
{
    std::string link = m_logFolder + '/' + std::to_string(inode) + ".file";
    real::link(path.c_str(), link.c_str());
    m_kept.push_back(std::move(link));
}

int WatchedFolder::unlink(const char *path)
{
    const auto name = nameOf(path);
    const uint64_t inode = name && !isVolatile(*name) ? inodeOf(path) : 0;
    if (inode == 0)
        return real::unlink(path);
    const std::scoped_lock lock(m_mutex);
    keep(path, inode);
    UndoRecord record;
    record.kind = UndoKind::Unlinked;
    record.inode = inode;
    m_names->add(record, name->data(), name->size());
    return real::unlink(path);
}

void WatchedFolder::noteRename(const char *from, const char *to)
{
    const auto oldName = nameOf(from);
    const auto newName = nameOf(to);
    if (!oldName || !newName)
        return;
    UndoRecord record;
    record.kind = UndoKind::Renamed;
    record.inode = inodeOf(to);
    if (record.inode != 0)
        keep(to, record.inode);
    const std::string names = *oldName + '\0' + *newName;
    m_names->add(record, names.data(), names.size());
}

int WatchedFolder::link(const char *from, const char *to)
{
    const auto name = nameOf(to);
    if (!name || inodeOf(to) != 0)
        return real::link(from, to);
    const std::scoped_lock lock(m_mutex);
    UndoRecord record;
    record.kind = UndoKind::Created;
    m_names->add(record, name->data(), name->size());
    return real::link(from, to);
}

int WatchedFolder::syncFolder(int descriptor, WatchedFile::SyncCall call)
{
    const std::scoped_lock lock(m_mutex);
    if (const int error = m_faults.verdict(FaultSwitch::Operation::Sync, "/").error) {
        m_names->syncFailed(m_names->changes());
        errno = error;
        return -1;
    }
    const int result = call(descriptor);
    if (result != 0)
        return result;
    m_names->synced(m_names->changes());
    if (m_names->isEmpty()) {
        for (const std::string &kept : m_kept)
            real::unlink(kept.c_str());
        m_kept.clear();
    }
    return result;
}

} // namespace rookery::faults
