// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/faultydisk.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace rookery::faults {

namespace fs = std::filesystem;

FaultyDisk::FaultyDisk(fs::path folder)
    : m_folder(fs::canonical(folder))
    , m_notes(m_folder.string() + ".faults")
{
    fs::remove_all(m_notes);
    fs::create_directories(log());
    repair();
}

FaultyDisk::~FaultyDisk()
{
    std::error_code ignored;
    fs::remove_all(m_notes, ignored);
}

std::vector<std::pair<std::string, std::string>> FaultyDisk::environment() const
{
    return {
        {"LD_PRELOAD", ROOKERY_FAULTSHIM},
        {"FAULTSHIM_WATCH", m_folder.string()},
        {"FAULTSHIM_LOG", log().string()},
        {"FAULTSHIM_CONTROL", control().string()},
    };
}

void FaultyDisk::set(const std::string &faults)
{
    // Always of the same length, and in one call: a concurrent reader sees the old words or the new ones.
    constexpr size_t length = 256;
    if (faults.size() > length)
        throw std::invalid_argument("more faults than the control file takes");
    std::string text = faults;
    text.resize(length, ' ');
    const int descriptor = ::open(control().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const bool written =
        descriptor >= 0 && ::pwrite(descriptor, text.data(), text.size(), 0) == ssize_t(text.size());
    const int error = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (!written)
        throw std::system_error(error, std::generic_category(), control().string());
}

PowerLoss::Summary FaultyDisk::losePower(uint64_t seed)
{
    return PowerLoss::strike(m_folder, log(), seed);
}

} // namespace rookery::faults
