// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace rookery::faults {

/// The kinds of delivery errors.
enum class Fault : std::uint8_t {
    Lost, ///< acknowledged, and not in the log
    Doubled, ///< in the log, or sent to a client, twice
    Reordered, ///< a sender's operations, or a client's events, in another order
    Gap, ///< a seq that is missing in the log, or that a client was not sent
    Undone, ///< an edit or deletion that is in the log, and history shows the message as it was before
    Altered, ///< in the log, or sent to a client, in another form than it was sent, or never sent at all
    Contradicted, ///< acknowledged differently than before, or than it is in the log
    Phantom, ///< sent to a client, and not in the log in that form
    Refused, ///< a permanent refusal of a valid operation
    Broken, ///< any other broken promise of the server
};
constexpr std::size_t faultKinds = std::size_t(Fault::Broken) + 1;
/// "lost", "doubled" …
const char *faultName(Fault fault);

/// The errors found: their number by kind, and the first sentences. Thread-safe.
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
    mutable std::mutex m_mutex; ///< guards the following members; held alone, never with another's
    std::array<std::uint64_t, faultKinds> m_counts{};
    std::vector<std::string> m_sentences;
};

} // namespace rookery::faults
