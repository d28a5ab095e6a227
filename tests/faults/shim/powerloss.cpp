// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/powerloss.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rookery::faults {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t sectorSize = 512;

uint64_t inodeOf(const fs::path &path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

/// The possible states of one sector: the changes that touched it, of which those below `floor` are certainly
/// on the disk.
struct Sector
{
    std::vector<size_t> changes;
    size_t floor = 0;
};

/// A file that is being restored.
class Repair
{
public:
    explicit Repair(const fs::path &path)
        : m_path(path)
        , m_descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC))
    {
        check(m_descriptor >= 0);
    }
    Repair(const Repair &) = delete;
    Repair &operator=(const Repair &) = delete;
    ~Repair() { ::close(m_descriptor); }

    void resize(uint64_t size) { check(::ftruncate(m_descriptor, off_t(size)) == 0); }
    void write(const char *bytes, size_t count, uint64_t offset)
    {
        check(::pwrite(m_descriptor, bytes, count, off_t(offset)) == ssize_t(count));
    }

private:
    void check(bool good) const
    {
        if (!good)
            throw std::system_error(errno, std::generic_category(), m_path.string());
    }

    const fs::path m_path;
    const int m_descriptor;
};

} // namespace

PowerLoss::Summary PowerLoss::strike(const fs::path &folder, const fs::path &log, uint64_t seed)
{
    PowerLoss loss(folder, log, seed);
    loss.undoNames();
    for (const auto &entry : fs::directory_iterator(log)) {
        if (entry.path().extension() == ".undo" && entry.path().filename() != "names.undo")
            loss.undoContents(entry.path());
    }
    loss.spoilMemory();
    for (const auto &entry : fs::directory_iterator(log))
        fs::remove(entry.path());
    return loss.m_summary;
}

PowerLoss::PowerLoss(fs::path folder, fs::path log, uint64_t seed)
    : m_folder(std::move(folder))
    , m_log(std::move(log))
    , m_seed(seed)
    , m_random(seed)
    , m_kept(Kept::Sectors)
{
    const uint64_t chance = below(10);
    if (chance < 3)
        m_kept = Kept::Nothing;
    else if (chance < 4)
        m_kept = Kept::Everything;
    else if (chance < 6)
        m_kept = Kept::Prefix;
}

PowerLoss::Changes PowerLoss::read(const fs::path &path)
{
    Changes changes;
    std::ifstream in(path, std::ios::binary);
    Change change;
    while (in.read(reinterpret_cast<char *>(&change.record), sizeof change.record)) {
        if (change.record.magic != UndoRecord::expectedMagic)
            throw std::runtime_error("damaged undo log: " + path.string());
        change.before.resize(change.record.payload);
        // The last record may be torn by the kill: its change has not been made.
        if (!in.read(change.before.data(), std::streamsize(change.before.size())))
            break;
        changes.push_back(change);
    }
    return changes;
}

void PowerLoss::undoNames()
{
    Changes changes = read(m_log / "names.undo");
    size_t synced = 0;
    size_t counted = 0;
    Changes names;
    for (Change &change : changes) {
        if (change.record.kind == UndoKind::Synced)
            synced = std::max(synced, size_t(change.record.count));
        else if (change.record.kind != UndoKind::SyncFailed) {
            ++counted;
            names.push_back(std::move(change));
        }
    }
    size_t keep = counted;
    if (m_kept == Kept::Nothing)
        keep = synced;
    else if (m_kept != Kept::Everything)
        keep = synced + below(counted - synced + 1);
    m_summary.changes += counted - synced;
    m_summary.names += counted - keep;
    for (size_t i = counted; i-- > keep;) {
        const UndoRecord &record = names[i].record;
        const std::string text(names[i].before.begin(), names[i].before.end());
        const fs::path kept = m_log / (std::to_string(record.inode) + ".file");
        if (record.kind == UndoKind::Created) {
            fs::remove(m_folder / text);
        } else if (record.kind == UndoKind::Unlinked) {
            // If the kill came before the unlink, the file is there.
            if (!fs::exists(m_folder / text))
                fs::create_hard_link(kept, m_folder / text);
        } else if (inodeOf(m_folder / text.substr(text.find('\0') + 1)) != record.inode) {
            const fs::path to = m_folder / text.substr(text.find('\0') + 1);
            fs::rename(to, m_folder / text.substr(0, text.find('\0')));
            if (record.inode != 0)
                fs::create_hard_link(kept, to);
        }
    }
}

void PowerLoss::undoContents(const fs::path &log)
{
    const uint64_t inode = std::stoull(log.stem().string());
    fs::path file;
    for (const auto &entry : fs::directory_iterator(m_folder)) {
        if (inodeOf(entry.path()) == inode)
            file = entry.path();
    }
    if (file.empty())
        return;
    // By the name: inodes, and so the order of the logs, differ from one run to the next.
    m_random.seed(m_seed ^ std::hash<std::string>()(file.filename().string()));

    Changes changes;
    std::vector<uint64_t> sizes; // before the first change, and after each
    std::map<uint64_t, Sector> sectors;
    size_t sizeFloor = 0;
    size_t lost = 0; // changes that no later sync will write
    for (Change &change : read(log)) {
        const UndoRecord &record = change.record;
        if (record.kind == UndoKind::SyncFailed) {
            lost = std::max(lost, size_t(record.count));
            continue;
        }
        if (record.kind == UndoKind::Synced) {
            sizeFloor = std::max(sizeFloor, size_t(record.count));
            for (auto &[number, sector] : sectors) {
                const auto behind =
                    std::lower_bound(sector.changes.begin(), sector.changes.end(), size_t(record.count));
                if (behind != sector.changes.begin() && *(behind - 1) >= lost)
                    sector.floor = std::max(sector.floor, size_t(behind - sector.changes.begin()));
            }
            continue;
        }
        const bool truncates = record.kind == UndoKind::Truncate;
        if (sizes.empty())
            sizes.push_back(record.oldSize);
        sizes.push_back(truncates ? record.offset : std::max(record.oldSize, record.offset + record.length));
        const uint64_t end = truncates ? record.oldSize : record.offset + record.length;
        for (uint64_t at = record.offset / sectorSize; at * sectorSize < end; ++at)
            sectors[at].changes.push_back(changes.size());
        changes.push_back(std::move(change));
    }
    if (changes.empty())
        return;
    if (sizeFloor > changes.size())
        throw std::runtime_error("more was synced than was changed: " + log.string());

    const size_t cut = sizeFloor + below(changes.size() - sizeFloor + 1);
    size_t sizeAt = changes.size();
    if (m_kept == Kept::Nothing)
        sizeAt = sizeFloor;
    else if (m_kept != Kept::Everything)
        sizeAt = cut;
    m_summary.changes += changes.size() - sizeFloor;

    Repair repair(file);
    // Long enough for all old bytes; cut to the chosen length at the end.
    repair.resize(*std::max_element(sizes.begin(), sizes.end()));
    for (const auto &[number, sector] : sectors) {
        const size_t all = sector.changes.size();
        size_t keep = all;
        if (m_kept == Kept::Nothing)
            keep = sector.floor;
        else if (m_kept == Kept::Sectors)
            keep = sector.floor + below(all - sector.floor + 1);
        else if (m_kept == Kept::Prefix) {
            const auto behind = std::lower_bound(sector.changes.begin(), sector.changes.end(), cut);
            keep = std::max(sector.floor, size_t(behind - sector.changes.begin()));
            // The last change that reached the disk is torn.
            if (keep > sector.floor && sector.changes[keep - 1] + 1 == cut && below(2) == 0)
                --keep;
        }
        m_summary.sectors += sector.floor < all;
        m_summary.undone += keep < all;
        for (size_t i = all; i-- > keep;) {
            const Change &change = changes[sector.changes[i]];
            const UndoRecord &record = change.record;
            const uint64_t end =
                record.kind == UndoKind::Truncate ? record.oldSize : record.offset + record.length;
            const uint64_t from = std::max(record.offset, number * sectorSize);
            const uint64_t to = std::min(end, (number + 1) * sectorSize);
            // Beyond the old end there were no old bytes: they read as zeros.
            std::vector<char> bytes(size_t(to - from), '\0');
            const uint64_t known = record.offset + change.before.size();
            if (from < known)
                std::copy_n(change.before.begin() + ptrdiff_t(from - record.offset),
                    std::min(known, to) - from, bytes.begin());
            repair.write(bytes.data(), bytes.size(), from);
        }
    }
    repair.resize(sizes[sizeAt]);
}

void PowerLoss::spoilMemory()
{
    for (const auto &entry : fs::directory_iterator(m_folder)) {
        if (!entry.path().string().ends_with("-shm"))
            continue;
        const uint64_t chance = below(3);
        if (chance == 0) {
            fs::remove(entry.path());
        } else if (chance == 1) {
            Repair repair(entry.path());
            std::vector<char> garbage(size_t(fs::file_size(entry.path())));
            std::generate(garbage.begin(), garbage.end(), [this] { return char(m_random()); });
            repair.write(garbage.data(), garbage.size(), 0);
        }
        return;
    }
}

} // namespace rookery::faults
