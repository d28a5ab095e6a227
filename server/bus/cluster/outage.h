// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>

namespace rookery::bus {

class Peers;

/// Tells whether the store is away for this node alone, whose clients are better served by others, or for all.
///
/// It is away for this node alone where it has not answered for `patience`, and either another node says that it has
/// answered it since, or none is heard any more: then nobody knows, and elsewhere is no worse. A node that has not heard
/// another one for a minute is alone, and its clients have nowhere to go. Lives on the thread of its Node.
class Outage
{
public:
    static constexpr std::chrono::milliseconds patience{3'000};
    /// Nodes ask twice a second: by so much at least another one must have been answered later than this one.
    static constexpr std::chrono::milliseconds lead{1'000};
    /// For so long, since after an outage for all one of them is answered first.
    static constexpr std::chrono::milliseconds leadTime{1'500};
    /// Past that between two calls this process was stopped, and cannot tell whether it would have been answered.
    static constexpr std::chrono::milliseconds gap{1'000};

    /// To be called several times a second. `age`: how long ago the store last answered. The result holds until the next
    /// call.
    bool isOursAlone(std::chrono::milliseconds now, std::chrono::milliseconds age, const Peers &peers);

private:
    std::optional<std::chrono::milliseconds> m_asked; ///< the last call
    std::chrono::milliseconds m_resumed{0}; ///< since when the process runs without a gap
    std::optional<std::chrono::milliseconds> m_othersSince; ///< since when another one has that lead
    bool m_isOursAlone = false;
};

} // namespace rookery::bus
