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

const RoomLog &Checker::logOf(const std::string &room) const
{
    static const RoomLog empty;
    const auto found = m_rooms.find(room);
    return found == m_rooms.end() ? empty : found->second.log;
}

std::int64_t Checker::lastSeq(const std::string &room) const
{
    return logOf(room).lastSeq();
}

void Checker::take(const Event &event)
{
    Room &room = m_rooms[event.room];
    const std::string place = placeOf(event.room, event.seq);
    const std::int64_t next = room.log.lastSeq() + 1;
    if (event.seq < next) {
        m_findings.add(Fault::Doubled, "the log holds " + place + " twice, or out of order");
        return;
    }
    if (event.seq > next)
        m_findings.add(Fault::Gap, "the log goes from " + std::to_string(next - 1) + " to " + place);
    if (!m_ids.insert(event.id).second)
        m_findings.add(Fault::Doubled, place + " has the id " + event.id + " of another event");
    if (!m_clientIds.insert(event.clientId).second)
        m_findings.add(Fault::Doubled, place + " is " + event.clientId + ", which is in a log already");

    const Operation *sent = m_ledger.find(event.clientId);
    if (event.kind == EventKind::MemberChanged) {
        takeMemberChange(event);
    } else if (!sent) {
        m_findings.add(Fault::Altered, place + " is " + event.clientId + ", which nobody sent");
    } else {
        if (sent->kind != event.kind || sent->room != event.room || sent->sender != event.sender
            || sent->target != event.target)
            m_findings.add(Fault::Altered, place + " is not what was sent as " + event.clientId);
        checkOrder(event, *sent, room);
        if (event.target != 0)
            takeChange(event, *sent, room);
    }
    room.log.append(event.seq,
        {event.identity(), event.kind, event.target, sent ? textHash(sent->text) : textHash(event.text),
            event.shown(), event.sender, textHash(event.id)});
}

/// An edit or deletion, before it is added to the log.
void Checker::takeChange(const Event &event, const Operation &operation, Room &room)
{
    const std::string place =
        std::string("the ") + eventKindName(event.kind) + " at " + placeOf(event.room, event.seq);
    const RoomLog::Entry *target = room.log.find(event.target);
    if (!target || target->kind != EventKind::Message || target->sender != operation.sender)
        m_findings.add(Fault::Altered, place + " changes what is no earlier message of its sender");
    if (room.log.isDeleted(event.target))
        m_findings.add(event.kind == EventKind::Deleted ? Fault::Doubled : Fault::Reordered,
            place + " comes after a deletion of seq " + std::to_string(event.target));
    m_changed.try_emplace({event.room, event.target}, operation.sender);
}

void Checker::takeMemberChange(const Event &event)
{
    const auto [found, isFirst] = m_memberships.try_emplace({event.room, event.user});
    Membership &membership = found->second;
    if (!isFirst && membership.role != event.before)
        m_findings.add(Fault::Contradicted,
            placeOf(event.room, event.seq) + " says that " + event.user + " was '" + event.before
                + "' before; the log says '" + membership.role + '\'');
    if (event.before == event.role)
        m_findings.add(
            Fault::Doubled, placeOf(event.room, event.seq) + " makes " + event.user + " what they were");
    membership.role = event.role;
    ++membership.changes;
}

void Checker::checkOrder(const Event &event, const Operation &operation, Room &room)
{
    if (!operation.isInOrder)
        return;
    const auto [last, isFirst] = room.lastNumbers.try_emplace(operation.stream, operation.number);
    if (!isFirst && operation.number < last->second)
        m_findings.add(Fault::Reordered,
            placeOf(event.room, event.seq) + " is number " + std::to_string(operation.number)
                + " of its sender and comes after number " + std::to_string(last->second));
    last->second = operation.number;
}

std::vector<Checker::Changed> Checker::changed() const
{
    std::vector<Changed> all;
    for (const auto &[place, sender] : m_changed)
        all.push_back({place.first, sender, place.second});
    return all;
}

void Checker::takeAgain(const Changed &message, const std::optional<Event> &event)
{
    const RoomLog::Entry *entry = logOf(message.room).find(message.seq);
    if (!entry)
        return; // a gap, which was found already
    if (event && event->identity() == entry->identity)
        checkShown(message.room, message.seq, event->shown());
    else
        m_findings.add(
            Fault::Lost, placeOf(message.room, message.seq) + " has changed, and another event is there");
}

void Checker::takeVersions(const Changed &message, const std::optional<std::vector<Version>> &versions)
{
    const RoomLog &log = logOf(message.room);
    const std::string place = placeOf(message.room, message.seq);
    if (log.isDeleted(message.seq)) {
        if (versions)
            m_findings.add(Fault::Undone, place + " is deleted, and its texts can be read");
        return;
    }
    const std::vector<Version> expected = log.versions(message.seq);
    if (!versions)
        m_findings.add(Fault::Lost, place + " is not deleted, and its texts cannot be read");
    else if (*versions != expected)
        m_findings.add(
            versions->empty() || versions->back() != expected.back() ? Fault::Undone : Fault::Altered,
            "the texts of " + place + " are not those that it was given");
}

/// Whether history shows the right text of the event.
void Checker::checkShown(const std::string &room, std::int64_t seq, const Shown &shown)
{
    const RoomLog &log = logOf(room);
    const Shown expected = log.expected(seq);
    if (shown == expected)
        return;
    const std::string place = placeOf(room, seq);
    if (expected.isDeleted)
        m_findings.add(Fault::Undone, place + " is deleted, and history shows it");
    else if (log.wasRight(seq, shown))
        m_findings.add(Fault::Undone, place + " is shown with an earlier text");
    else
        m_findings.add(Fault::Altered, place + " is shown with a text that it was not given");
}

void Checker::settle()
{
    for (auto &[id, room] : m_rooms) {
        while (room.settled < room.log.lastSeq()) {
            ++room.settled;
            if (const RoomLog::Entry *entry = room.log.find(room.settled))
                checkShown(id, room.settled, entry->shown);
        }
    }
    const std::vector<std::string> &order = m_ledger.inOrderOfAnswer();
    for (; m_settled < order.size(); ++m_settled)
        checkAcknowledged(order[m_settled], *m_ledger.find(order[m_settled]));
    checkMemberships();
    m_changed.clear();
}

void Checker::checkAcknowledged(const std::string &clientId, const Operation &operation)
{
    const RoomLog &log = logOf(operation.room);
    const bool isInLog = m_clientIds.contains(clientId);
    if (operation.isGone) {
        if (isInLog)
            m_findings.add(Fault::Contradicted, clientId + " was refused and is in the log");
        if (!log.isDeleted(operation.target))
            m_findings.add(Fault::Refused,
                clientId + " was refused because " + placeOf(operation.room, operation.target)
                    + " is deleted, and it is not");
        return;
    }
    const std::string what =
        clientId + " was acknowledged as " + operation.id + " with " + placeOf(operation.room, operation.seq);
    const RoomLog::Entry *entry = log.find(operation.seq);
    if (!isInLog) {
        // A deletion of a deleted message is answered by the deletion that there is.
        const bool isAnotherDeletion = operation.kind == EventKind::Deleted && entry
            && entry->kind == EventKind::Deleted && entry->target == operation.target
            && entry->id == textHash(operation.id);
        if (!isAnotherDeletion)
            m_findings.add(Fault::Lost, what + " and is not there");
        return;
    }
    Event promised{operation.room, operation.id, clientId, operation.sender, {}, operation.seq};
    promised.kind = operation.kind;
    promised.target = operation.target;
    if (!entry || entry->identity != promised.identity())
        m_findings.add(Fault::Contradicted, what + ", where the log has another");
}

/// Every acknowledged change of a client's own membership is one event, and no others come beside repeated
/// requests.
void Checker::checkMemberships()
{
    for (const auto &[place, acknowledged] : m_ledger.memberships()) {
        const auto found = m_memberships.find(place);
        const Membership stored = found == m_memberships.end() ? Membership() : found->second;
        const std::string what = place.second + " has joined or left " + place.first + ' '
            + std::to_string(acknowledged.changes) + " times and is '" + acknowledged.role + "', in the log "
            + std::to_string(stored.changes) + " times and '" + stored.role + '\'';
        if (stored.changes < acknowledged.changes)
            m_findings.add(Fault::Lost, what);
        else if (stored.changes > acknowledged.changes + acknowledged.repeated)
            m_findings.add(Fault::Doubled, what);
        else if (stored.changes == acknowledged.changes && stored.role != acknowledged.role)
            m_findings.add(Fault::Contradicted, what);
    }
}

bool Checker::isSkipped(const RoomView &view, std::int64_t seq) const
{
    return logOf(view.room()).isSkipped(seq) || view.wasToldBeside(seq);
}

bool Checker::isComplete(const RoomView &view) const
{
    if (view.scope() == RoomView::Scope::LiveMessages)
        return true;
    std::int64_t last = lastSeq(view.room());
    while (view.scope() == RoomView::Scope::Messages && last > view.lastSeq() && isSkipped(view, last))
        --last;
    return view.lastSeq() >= last;
}

std::size_t Checker::compare(const RoomView &view, std::size_t from)
{
    const std::vector<RoomView::Seen> &seen = view.seen();
    const RoomLog &log = logOf(view.room());
    for (std::size_t i = from; i < seen.size(); ++i) {
        const RoomLog::Entry *entry = log.find(seen[i].seq);
        if (!entry || entry->identity != seen[i].identity || !log.wasRight(seen[i].seq, seen[i].shown))
            m_findings.add(Fault::Phantom,
                view.client() + " was told another " + placeOf(view.room(), seen[i].seq)
                    + " than the log has");
        if (view.scope() == RoomView::Scope::Everything)
            continue; // gaps were found on arrival
        for (std::int64_t seq = seen[i].previous + 1; seq < seen[i].seq; ++seq) {
            if (!isSkipped(view, seq))
                m_findings.add(Fault::Gap, view.client() + " was not told " + placeOf(view.room(), seq));
        }
    }
    if (!isComplete(view))
        m_findings.add(Fault::Gap,
            view.client() + " has " + view.room() + " up to " + std::to_string(view.lastSeq())
                + ", the log goes to " + std::to_string(log.lastSeq()));
    return seen.size();
}

} // namespace rookery::faults
