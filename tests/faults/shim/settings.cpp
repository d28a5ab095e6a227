// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/shim/settings.h"

#include <cerrno>
#include <charconv>

namespace rookery::faults {

namespace {

int errorNamed(std::string_view name)
{
    if (name == "ENOSPC")
        return ENOSPC;
    if (name == "KILL")
        return Settings::killed;
    return EIO;
}

long number(std::string_view digits)
{
    if (digits.starts_with('+'))
        digits.remove_prefix(1);
    long value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

} // namespace

Settings Settings::parse(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    Settings settings;
    while (true) {
        const size_t start = text.find_first_not_of(space);
        if (start == std::string_view::npos)
            return settings;
        text.remove_prefix(start);
        const std::string_view word = text.substr(0, text.find_first_of(space));
        text.remove_prefix(word.size());
        const size_t equals = word.find('=');
        if (equals == std::string_view::npos)
            continue;
        const std::string_view key = word.substr(0, equals);
        const std::string_view value = word.substr(equals + 1);
        if (key == "write")
            settings.writeError = errorNamed(value);
        else if (key == "grow")
            settings.growError = errorNamed(value);
        else if (key == "create")
            settings.createError = errorNamed(value);
        else if (key == "sync")
            settings.syncError = errorNamed(value);
        else if (key == "sync-takes")
            settings.syncMicroseconds = number(value);
        else if (key == "files")
            settings.files = value;
        else if (key == "skip")
            settings.skip = number(value);
        else if (key == "times")
            settings.times = number(value);
        else if (key == "clock")
            settings.clockSeconds = number(value);
    }
}

} // namespace rookery::faults
