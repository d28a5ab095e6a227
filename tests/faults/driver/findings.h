// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace rookery::faults {

/// What can be wrong with a delivery.
enum class Fault : std::uint8_t {
    Lost, ///< acknowledged, and not in the log
    Doubled, ///< in the log, or told to a client, twice
    Reordered, ///< a sender's messages, or a client's events, in another order
    Gap, ///< a number of the log that is missing there, or that a client was not told
    Altered, ///< in the log, or told, other than it was sent, or never sent at all
    Contradicted, ///< acknowledged as something else than before, or than what is in the log
    Phantom, ///< told to a client, and not in the log as it was told
    Refused, ///< a refusal for good of what should have been taken
    Broken, ///< a promise of the server's other than these
};
constexpr std::size_t faultKinds = std::size_t(Fault::Broken) + 1;
/// "lost", "doubled" …
const char *faultName(Fault fault);

/// What was found wrong: how often of each kind, and the first sentences. Thread-safe.
class Findings
{
public:
    Findings() = default;
    Findings(const Findings &other) { add(other); }
    Findings &operator=(const Findings &) = delete;

    void add(Fault fault, const std::string &sentence);
    void add(const Findings &other);

    std::uint64_t count(Fault fault) const;
    std::uint64_t total() const;
    /// At most twenty.
    std::vector<std::string> sentences() const;

private:
    mutable std::mutex m_mutex; ///< guards all below; that of another Findings is never taken under it
    std::array<std::uint64_t, faultKinds> m_counts{};
    std::vector<std::string> m_sentences;
};

} // namespace rookery::faults
