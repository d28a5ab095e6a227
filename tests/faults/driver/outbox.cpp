// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/outbox.h"

#include "tests/bench/clientid.h"

#include <algorithm>
#include <chrono>

namespace rookery::faults {

namespace {

constexpr std::size_t longestPadding = 300;

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
        if (!mayProduce() || m_messages.size() >= m_what.window)
            return;
        make();
    } while (m_what.inBursts);
}

void Outbox::make()
{
    Message message;
    message.number = ++m_made;
    // Every other stream as the desktop client makes them, the others as a browser does.
    message.clientId =
        bench::ClientId(m_what.stream % 2 == 0 ? bench::ClientIds::Ordered : bench::ClientIds::Random, m_run,
            m_what.stream, message.number, unixMs())
            .text();
    message.text = "stream " + std::to_string(m_what.stream) + " number " + std::to_string(message.number)
        + ' ' + std::string(m_random.below(longestPadding), char('a' + m_random.below(26)));
    while (message.text.back() == ' ')
        message.text.pop_back();
    m_ledger.sent(message.clientId,
        {m_what.room, m_what.sender, message.text, m_what.stream, message.number, true, false, {}, 0});
    m_messages.push_back(std::move(message));
}

const Outbox::Message *Outbox::next()
{
    if (m_next >= m_messages.size())
        return nullptr;
    Message &message = m_messages[m_next++];
    ++message.attempts;
    return &message;
}

std::deque<Outbox::Message>::const_iterator Outbox::find(const std::string &clientId) const
{
    return std::find_if(m_messages.begin(), m_messages.end(),
        [&](const Message &message) { return message.clientId == clientId; });
}

bool Outbox::wasResent(const std::string &clientId) const
{
    const auto found = find(clientId);
    return found != m_messages.end() && found->attempts > 1;
}

void Outbox::acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq)
{
    m_ledger.acknowledged(clientId, id, seq);
    const auto found = find(clientId);
    if (found == m_messages.end())
        return;
    if (std::size_t(found - m_messages.begin()) < m_next)
        --m_next;
    m_messages.erase(found);
}

void Outbox::giveUpOldest()
{
    if (m_messages.empty())
        return;
    m_messages.pop_front();
    m_next -= std::min<std::size_t>(m_next, 1);
}

void Outbox::startOver(bool refused)
{
    for (std::size_t i = 0; refused && i < m_next; ++i)
        m_ledger.refusedForATime(m_messages[i].clientId);
    m_next = 0;
}

} // namespace rookery::faults
