// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/checker.h"

namespace rookery::faults {

namespace {

std::string placeOf(const std::string &room, std::int64_t seq)
{
    return "seq " + std::to_string(seq) + " of " + room;
}

} // namespace

Checker::Checker(const Ledger &ledger, Findings &findings)
    : m_ledger(ledger)
    , m_findings(findings)
{ }

std::int64_t Checker::lastSeq(const std::string &room) const
{
    const auto found = m_logs.find(room);
    return found == m_logs.end() ? 0 : std::int64_t(found->second.fingerprints.size());
}

void Checker::take(const Event &event)
{
    Log &log = m_logs[event.room];
    const std::string place = placeOf(event.room, event.seq);
    const auto next = std::int64_t(log.fingerprints.size()) + 1;
    if (event.seq < next) {
        m_findings.add(Fault::Doubled, "the log holds " + place + " twice, or out of order");
        return;
    }
    if (event.seq > next)
        m_findings.add(Fault::Gap, "the log goes from " + std::to_string(next - 1) + " to " + place);
    log.fingerprints.resize(std::size_t(event.seq), 0);
    log.fingerprints.back() = event.fingerprint();

    if (!m_ids.insert(event.id).second)
        m_findings.add(Fault::Doubled, place + " has the id " + event.id + " of another event");
    if (!m_clientIds.insert(event.clientId).second)
        m_findings.add(Fault::Doubled, place + " is " + event.clientId + ", which is in a log already");

    const Ledger::Message *sent = m_ledger.find(event.clientId);
    if (!sent) {
        m_findings.add(Fault::Altered, place + " is " + event.clientId + ", which nobody sent");
        return;
    }
    if (sent->room != event.room || sent->sender != event.sender || sent->text != event.text)
        m_findings.add(Fault::Altered, place + " is not what was sent as " + event.clientId);
    if (!sent->inOrder)
        return;
    const auto [last, isFirst] = log.lastNumbers.try_emplace(sent->stream, sent->number);
    if (!isFirst && sent->number < last->second)
        m_findings.add(Fault::Reordered,
            place + " is number " + std::to_string(sent->number) + " of its sender and comes after number "
                + std::to_string(last->second));
    last->second = sent->number;
}

void Checker::settleAcknowledged()
{
    const std::vector<std::string> &order = m_ledger.inOrderOfAcknowledgement();
    for (; m_settled < order.size(); ++m_settled) {
        const std::string &clientId = order[m_settled];
        const Ledger::Message &message = *m_ledger.find(clientId);
        const std::string place = placeOf(message.room, message.seq);
        if (!m_clientIds.contains(clientId)) {
            m_findings.add(Fault::Lost, clientId + " was acknowledged as " + place + " and is not there");
            continue;
        }
        const Event promised{message.room, message.id, clientId, message.sender, message.text, message.seq};
        const std::vector<std::uint64_t> &log = m_logs[message.room].fingerprints;
        if (message.seq > std::int64_t(log.size())
            || log[std::size_t(message.seq - 1)] != promised.fingerprint())
            m_findings.add(Fault::Contradicted,
                clientId + " was acknowledged as " + message.id + " with " + place
                    + ", where the log has another");
    }
}

std::size_t Checker::compare(const RoomView &view, std::size_t from)
{
    const std::vector<RoomView::Seen> &seen = view.seen();
    const auto found = m_logs.find(view.room());
    static const Log nothing;
    const std::vector<std::uint64_t> &log = (found == m_logs.end() ? nothing : found->second).fingerprints;
    const auto last = std::int64_t(log.size());
    for (std::size_t i = from; i < seen.size(); ++i) {
        if (seen[i].seq > last || log[std::size_t(seen[i].seq - 1)] != seen[i].fingerprint)
            m_findings.add(Fault::Phantom,
                view.client() + " was told another " + placeOf(view.room(), seen[i].seq)
                    + " than the log has");
    }
    if (view.lastSeq() < last)
        m_findings.add(Fault::Gap,
            view.client() + " has " + view.room() + " up to " + std::to_string(view.lastSeq())
                + ", the log goes to " + std::to_string(last));
    return seen.size();
}

} // namespace rookery::faults
