// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/outbox.h"

#include "tests/bench/clientid.h"

#include <algorithm>
#include <chrono>

namespace rookery::faults {

namespace {

constexpr std::size_t longestPadding = 300;
constexpr std::uint64_t changesOneIn = 8;
constexpr unsigned deletedPercent = 30; ///< of the changes

std::int64_t unixMs()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

Outbox::Outbox(What what, Ledger &ledger, std::uint64_t seed)
    : m_what(std::move(what))
    , m_ledger(ledger)
    , m_random(seed, m_what.stream)
    , m_run(std::uint32_t(m_random.next()))
{ }

void Outbox::produce()
{
    do {
        if (!mayProduce() || m_entries.size() >= m_what.window)
            return;
        make();
    } while (m_what.inBursts);
}

void Outbox::make()
{
    Entry entry;
    entry.number = ++m_made;
    // Every other stream as the desktop client makes them, the others as a browser does.
    entry.clientId =
        bench::ClientId(m_what.stream % 2 == 0 ? bench::ClientIds::Ordered : bench::ClientIds::Random, m_run,
            m_what.stream, entry.number, unixMs())
            .text();
    if (m_what.makesChanges && m_random.below(changesOneIn) == 0)
        choose(entry);
    if (entry.kind != EventKind::Deleted) {
        entry.text = (entry.kind == EventKind::Edited ? "edit of stream " : "stream ")
            + std::to_string(m_what.stream) + " number " + std::to_string(entry.number) + ' '
            + std::string(m_random.below(longestPadding), char('a' + m_random.below(26)));
        while (entry.text.back() == ' ')
            entry.text.pop_back();
    }
    m_ledger.sent(entry.clientId,
        {entry.kind, m_what.room, m_what.sender, entry.text, entry.target, m_what.stream, entry.number});
    m_entries.push_back(std::move(entry));
}

/// Makes it an edit or a deletion, if there is a message.
void Outbox::choose(Entry &entry)
{
    entry.target = m_ledger.targets().pick(m_what.room, m_what.sender, m_random);
    if (entry.target != 0)
        entry.kind = m_random.chance(deletedPercent) ? EventKind::Deleted : EventKind::Edited;
}

const Outbox::Entry *Outbox::next()
{
    if (m_next >= m_entries.size())
        return nullptr;
    Entry &entry = m_entries[m_next++];
    ++entry.attempts;
    return &entry;
}

std::deque<Outbox::Entry>::const_iterator Outbox::find(const std::string &clientId) const
{
    return std::find_if(
        m_entries.begin(), m_entries.end(), [&](const Entry &entry) { return entry.clientId == clientId; });
}

const Outbox::Entry *Outbox::byNumber(std::int64_t number) const
{
    const auto found = std::find_if(
        m_entries.begin(), m_entries.end(), [&](const Entry &entry) { return entry.number == number; });
    return found == m_entries.end() ? nullptr : &*found;
}

bool Outbox::wasResent(const std::string &clientId) const
{
    const auto found = find(clientId);
    return found != m_entries.end() && found->attempts > 1;
}

void Outbox::acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq)
{
    m_ledger.acknowledged(clientId, id, seq);
    remove(clientId);
}

void Outbox::gone(const std::string &clientId)
{
    m_ledger.gone(clientId);
    remove(clientId);
}

void Outbox::remove(const std::string &clientId)
{
    const auto found = find(clientId);
    if (found == m_entries.end())
        return;
    if (std::size_t(found - m_entries.begin()) < m_next)
        --m_next;
    m_entries.erase(found);
}

void Outbox::giveUpOldest()
{
    if (m_entries.empty())
        return;
    m_entries.pop_front();
    m_next -= std::min<std::size_t>(m_next, 1);
}

void Outbox::startOver(bool refused)
{
    for (std::size_t i = 0; refused && i < m_next; ++i)
        m_ledger.refusedForATime(m_entries[i].clientId);
    m_next = 0;
}

} // namespace rookery::faults
