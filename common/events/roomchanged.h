// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <optional>

namespace rookery {

/// The room has a new name or topic; nullopt: unchanged.
struct RoomChanged
{
    static constexpr QLatin1String kind{"room_changed"};
    static constexpr int number = 4;

    std::optional<QString> name = {};
    std::optional<QString> topic = {}; ///< empty: removed

    bool operator==(const RoomChanged &) const = default;
};

} // namespace rookery
