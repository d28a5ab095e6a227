// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/faultswitch.h"

#include "tests/faults/shim/realcalls.h"

#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace rookery::faults {

namespace {

constexpr size_t longest = 512;

} // namespace

FaultSwitch::FaultSwitch(const char *path)
    : m_descriptor(path != nullptr ? real::open(path, O_RDONLY | O_CLOEXEC, 0) : -1)
{ }

std::string_view FaultSwitch::read(char *buffer, size_t size) const
{
    const ssize_t got = m_descriptor < 0 ? 0 : ::pread(m_descriptor, buffer, size, 0);
    return {buffer, got > 0 ? size_t(got) : 0};
}

void FaultSwitch::refresh()
{
    char buffer[longest];
    const std::string_view text = read(buffer, sizeof buffer);
    if (text != m_text) {
        m_text = text;
        m_settings = Settings::parse(text);
    }
}

FaultSwitch::Verdict FaultSwitch::verdict(Operation operation, std::string_view file)
{
    const std::scoped_lock lock(m_mutex);
    refresh();
    Verdict verdict;
    switch (operation) {
    case Operation::Write:
        verdict = {m_settings.writeError, false};
        break;
    case Operation::Grow:
        verdict = m_settings.writeError != 0 ? Verdict{m_settings.writeError, false}
                                             : Verdict{m_settings.growError, true};
        break;
    case Operation::Create:
        verdict = {m_settings.createError, false};
        break;
    case Operation::Sync:
        verdict = {m_settings.syncError, false};
        break;
    }
    if (verdict.error == 0 || !file.ends_with(m_settings.files))
        return {};
    if (m_settings.skip > 0) {
        --m_settings.skip;
        return {};
    }
    if (m_settings.times == 0)
        return {};
    if (m_settings.times > 0)
        --m_settings.times;
    if (verdict.error == Settings::killed)
        ::raise(SIGKILL);
    return verdict;
}

std::chrono::microseconds FaultSwitch::syncTakes(std::string_view file)
{
    const std::scoped_lock lock(m_mutex);
    refresh();
    return std::chrono::microseconds(file.ends_with(m_settings.files) ? m_settings.syncMicroseconds : 0);
}

long FaultSwitch::clockSeconds() const
{
    // Called thousands of times a second, from every thread: no lock, and no parsing if nothing is set.
    char buffer[longest];
    const std::string_view text = read(buffer, sizeof buffer);
    return text.find("clock=") == std::string_view::npos ? 0 : Settings::parse(text).clockSeconds;
}

} // namespace rookery::faults
