// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>
#include <QString>

#include <optional>

namespace rookery {

/// A message has a new text.
struct Edited
{
    static constexpr QLatin1String kind{"edited"};
    static constexpr int number = 1;

    qint64 target = 0; ///< seq of the message
    /// nullopt if the text has been replaced by a later edit or removed by a deletion.
    std::optional<QString> text = {};

    bool operator==(const Edited &) const = default;
};

} // namespace rookery
