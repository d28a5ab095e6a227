// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/node.h"

#include "server/bus/codec.h"

#include <QRandomGenerator>
#include <QTimerEvent>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace rookery::bus {

namespace {

/// Of one RoomPresence. What is more follows as changes.
constexpr qsizetype mostPresentAtOnce = 20;
/// Rooms of one question.
constexpr qsizetype mostRoomsAsked = 100;

/// Whether it still says something when others have come before it. Presence is asked for instead.
bool isRepeatable(const Notice &notice)
{
    return !std::holds_alternative<PresenceChanged>(notice) && !std::holds_alternative<RoomPresence>(notice);
}

NodeId newNodeId()
{
    return std::max<NodeId>(QRandomGenerator::system()->generate64(), 1);
}

} // namespace

Node::Node(MemoryBus *local, Sequencer *sequencer, store::Store *store,
    std::vector<std::unique_ptr<Wire>> wires, NodeOptions options)
    : m_local(local)
    , m_sequencer(sequencer)
    , m_options(std::move(options))
    , m_id(m_options.id != 0 ? m_options.id : newNodeId())
    , m_healer(sequencer, store, m_options.stepsByItself)
    , m_peers(local, m_options.clock)
    , m_mirror(m_options.makeMirror ? m_options.makeMirror() : nullptr)
    , m_ticked(m_options.clock())
{
    for (auto &wire : wires) {
        const size_t index = m_lines.size();
        connect(wire.get(), &Wire::opened, this, [this, index] { wireOpened(index); });
        connect(wire.get(), &Wire::closed, this,
            [this, index](const QString &reason) { wireClosed(index, reason); });
        connect(wire.get(), &Wire::received, this,
            [this, index](const QByteArray &frame) { received(index, frame); });
        m_lines.push_back({std::move(wire)});
    }
    for (const Line &line : m_lines)
        line.wire->open();
    if (m_mirror)
        m_mirror->open();
    if (m_options.ticksByItself)
        m_beat.start(int(beatInterval.count()), this);
}

Node::~Node()
{
    for (const Line &line : m_lines)
        line.wire->disconnect(this);
}

void Node::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_beat.timerId())
        tick();
    else if (event->timerId() == m_ask.timerId())
        askNow();
    else
        QObject::timerEvent(event);
}

void Node::tick()
{
    const auto now = m_options.clock();
    const bool isLate = now - std::exchange(m_ticked, now) > leaseTime / 2;
    for (Line &line : m_lines) {
        if (isLate || !line.spoke || now - *line.spoke <= deafness)
            continue;
        line.isHealthy = false;
        line.spoke.reset();
        line.wire->reconnect();
    }
    // Whoever was stopped himself does not judge the others.
    if (!isLate) {
        m_local->endLeases();
        if (m_peers.examine())
            doubt(0);
        countNodes();
    }
    std::vector<QString> overdue;
    for (const auto &[roomId, question] : m_questions) {
        if (now >= question.until)
            overdue.push_back(roomId);
    }
    for (const QString &roomId : overdue) {
        m_questions.erase(roomId);
        m_local->answerPresence(roomId);
    }
    // A question or its answer may be lost, too.
    for (const Ask &again : m_peers.unanswered())
        ask(again.of, again.rooms);
    healStrange(now);
    Beat beat{m_options.name, m_options.version, healthyWires(), m_local->leasedHubs()};
    if (m_options.storeAge)
        beat.storeAge = m_options.storeAge();
    add({RecordKind::Heartbeat, {}, encodeBeat(beat)});
    flush();
    watchStore(now);
    m_healer.wake();
}

void Node::watchStore(std::chrono::milliseconds now)
{
    if (!m_options.storeAge)
        return;
    const bool isCutOff = m_outage.isOursAlone(now, m_options.storeAge(), m_peers);
    if (std::exchange(m_isCutOff, isCutOff) == isCutOff)
        return;
    if (!isCutOff)
        qInfo("the database answers this node again: it takes clients again");
    else if (m_peers.areAnyAlive())
        qWarning("the database answers other nodes and not this one: its clients are sent away");
    else
        qWarning("neither the database nor another node is heard: the clients of this node are sent away");
    if (m_options.cutOff)
        m_options.cutOff(isCutOff);
}

void Node::healStrange(std::chrono::milliseconds now)
{
    if (!m_isStrange || now - m_strangeHealed < strangeInterval)
        return;
    m_isStrange = false;
    m_strangeHealed = now;
    m_healer.doubt(m_local->wantedRooms());
}

void Node::step()
{
    askNow();
    m_healer.step();
}

quint32 Node::healthyWires() const
{
    quint32 wires = 0;
    for (size_t i = 0; i < m_lines.size(); ++i) {
        if (m_lines[i].isHealthy)
            wires |= 1U << (i + size_t(m_options.firstWire));
    }
    return wires;
}

void Node::countNodes()
{
    if (m_options.counted)
        m_options.counted(m_peers.nodes());
}

void Node::wireOpened(size_t index)
{
    Line &line = m_lines[index];
    line.toldReason.clear();
    qInfo("the bus is connected");
    tick(); // others hear of it now, and so does this node
    doubt(0);
}

void Node::wireClosed(size_t index, const QString &reason)
{
    Line &line = m_lines[index];
    line.isHealthy = false;
    line.spoke.reset();
    if (std::exchange(line.toldReason, reason) != reason)
        qWarning("the bus is not connected: %s", qUtf8Printable(reason));
}

void Node::received(size_t index, const QByteArray &bytes)
{
    const auto frame = decodeFrame(bytes);
    if (!frame) {
        if (!isOfLaterVersion(bytes))
            return;
        if (!std::exchange(m_hasToldOfLater, true))
            qWarning(
                "a node of a later version says what this rookeryd cannot read: what happens there is read "
                "from the database, and nobody is seen as present there");
        noteStrange();
        return;
    }
    if (frame->node == m_id) {
        m_lines[index].spoke.reset();
        m_lines[index].isHealthy = true;
        return;
    }
    quint64 missed = 0;
    const Peers::Arrival arrival = m_peers.note(frame->node, frame->number, &missed);
    if (arrival == Peers::Arrival::Late)
        return;
    for (const Record &record : frame->records)
        take(frame->node, record);
    if (arrival == Peers::Arrival::First)
        countNodes();
    if (missed > 0)
        add({RecordKind::Again, {}, encodeAgain({frame->node, missed, frame->number - 1}), true});
    if (arrival != Peers::Arrival::Expected)
        doubt(frame->node);
    flush();
    m_healer.wake();
}

void Node::take(NodeId node, const Record &record)
{
    switch (record.kind) {
    case RecordKind::Said:
        if (m_local->concerns(record.audience))
            takeNotice(node, record);
        return;
    case RecordKind::Heartbeat:
        if (const auto beat = decodeBeat(record.body))
            m_peers.beat(node, *beat);
        return;
    case RecordKind::Question:
        if (const auto ask = decodeAsk(record.body); ask && (ask->of == 0 || ask->of == m_id))
            answer(*ask);
        return;
    case RecordKind::Bye:
        m_peers.bye(node);
        countNodes();
        return;
    case RecordKind::Again:
        if (const auto again = decodeAgain(record.body); again && again->of == m_id)
            sayAgain(node, *again);
        return;
    case RecordKind::Repeated:
        if (const auto inner = repeatedFor(m_id, record))
            take(node, *inner);
        return;
    }
    // Of a kind that is not known here.
    if (m_local->concerns(record.audience))
        noteStrange();
}

void Node::takeNotice(NodeId node, const Record &record)
{
    const auto notice = decode(record.body);
    if (!notice) {
        doubt(node);
        return;
    }
    if (!*notice) {
        noteStrange();
        return;
    }
    if (const auto *change = std::get_if<PresenceChanged>(&**notice)) {
        m_peers.apply(node, *change);
    } else if (const auto *presence = std::get_if<RoomPresence>(&**notice)) {
        m_peers.apply(node, *presence);
        answered(node, presence->roomId);
    } else if (const auto *heads = std::get_if<RoomHeads>(&**notice)) {
        for (const RoomHead &head : heads->heads)
            m_sequencer->noteHead(head);
    } else if (!std::holds_alternative<HistoryChanged>(**notice)) {
        m_sequencer->deliver({std::move(**notice)});
    }
}

void Node::doubt(NodeId node)
{
    const QStringList rooms = m_local->wantedRooms();
    m_healer.doubt(rooms);
    ask(node, m_peers.doubt(node, rooms));
    flush();
}

void Node::ask(NodeId node, const QStringList &rooms)
{
    for (qsizetype i = 0; i < rooms.size(); i += mostRoomsAsked)
        add({RecordKind::Question, {}, encodeAsk({node, rooms.mid(i, mostRoomsAsked)})});
}

void Node::wanted(const QString &roomId)
{
    m_peers.doubt(0, {roomId});
    if (!m_peers.areAnyAlive()) {
        m_local->answerPresence(roomId);
        return;
    }
    m_questions[roomId] = {m_peers.alive(), m_options.clock() + answerTime};
    if (m_options.stepsByItself && !m_ask.isActive())
        m_ask.start(0, this);
}

void Node::unwanted(const QString &roomId)
{
    m_questions.erase(roomId);
    m_peers.forget(roomId);
    m_sequencer->forget(roomId);
}

void Node::askNow()
{
    m_ask.stop();
    QStringList rooms;
    for (auto &[roomId, question] : m_questions) {
        if (!std::exchange(question.isAsked, true))
            rooms.append(roomId);
    }
    ask(0, rooms);
    flush();
}

void Node::answer(const Ask &ask)
{
    for (const QString &roomId : ask.rooms) {
        RoomPresence presence{roomId, m_local->presentIn(roomId)};
        const QList<Present> more = presence.present.mid(mostPresentAtOnce);
        presence.present.resize(std::min(presence.present.size(), mostPresentAtOnce));
        send(std::vector<Notice>{std::move(presence)});
        for (const Present &one : more)
            send(PresenceChanged{roomId, one.user, one.role, true, one.hub});
    }
}

void Node::answered(NodeId node, const QString &roomId)
{
    const auto found = m_questions.find(roomId);
    if (found == m_questions.end())
        return;
    found->second.left.removeAll(node);
    if (!found->second.left.isEmpty())
        return;
    m_questions.erase(found);
    m_local->answerPresence(roomId);
}

void Node::sayAgain(NodeId to, const Again &again)
{
    for (const Record &record : m_recent.between(again.from, again.to)) {
        // What was for somebody already stays for them.
        if (record.kind == RecordKind::Repeated && !repeatedFor(to, record))
            continue;
        const Record once = record.kind == RecordKind::Repeated ? record : repeated(to, record);
        // What no line carries now would be lost, missed and asked for over and over.
        if (frameHeadBytes + sizeOf(once) <= mostBytes())
            add(once);
    }
    flush();
}

bool Node::isHeard()
{
    // One that is silent may be deaf for a moment, and ask for what it has missed.
    if (m_peers.areAnyKnown())
        return true;
    flush();
    ++m_number;
    return false;
}

void Node::send(const std::vector<Notice> &notices)
{
    if (notices.empty() || !isHeard())
        return;
    for (const Notice &notice : notices) {
        if (std::holds_alternative<HistoryChanged>(notice))
            continue;
        auto body = encode(notice);
        if (body) {
            Record record{
                RecordKind::Said, audienceOf(notice), std::move(body).value(), isRepeatable(notice)};
            if (frameHeadBytes + sizeOf(record) <= mostBytes()) {
                add(std::move(record));
                continue;
            }
        }
        // It is found in the store.
        if (const auto *event = std::get_if<EventCommitted>(&notice))
            send(std::vector<Notice>{RoomHeads{{{event->event.roomId, event->event.seq}}}});
    }
    flush();
}

void Node::send(const PresenceChanged &change)
{
    send(std::vector<Notice>{change});
}

void Node::presence(const PresenceChanged &change)
{
    if (m_mirror)
        m_mirror->presence(change);
    send(change);
}

void Node::add(Record record)
{
    const qsizetype bytes = sizeOf(record);
    if (!m_frame.records.empty() && frameHeadBytes + m_frameBytes + bytes > mostBytes())
        flush();
    m_frameBytes += bytes;
    m_frame.records.push_back(std::move(record));
}

void Node::flush()
{
    if (m_frame.records.empty())
        return;
    m_frame.node = m_id;
    m_frame.number = ++m_number;
    std::vector<Record> repeatable;
    std::ranges::copy_if(m_frame.records, std::back_inserter(repeatable), &Record::isRepeatable);
    m_recent.keep(m_number, std::move(repeatable));
    const QByteArray bytes = encodeFrame(std::exchange(m_frame, {}));
    m_frameBytes = 0;
    for (size_t i = 0; i < m_lines.size(); ++i) {
        Line &line = m_lines[i];
        if (line.wire->isOpen()) {
            line.wire->send(bytes);
            if (!line.spoke)
                line.spoke = m_options.clock();
        }
        if (suffices(i))
            return;
    }
}

bool Node::suffices(size_t line) const
{
    return m_lines[line].isHealthy && m_peers.allHear(int(line) + m_options.firstWire);
}

qsizetype Node::mostBytes() const
{
    qsizetype most = std::numeric_limits<qsizetype>::max();
    for (size_t i = 0; i < m_lines.size(); ++i) {
        most = std::min(most, m_lines[i].wire->mostFrameBytes());
        if (suffices(i))
            break;
    }
    return most;
}

void Node::leave()
{
    if (std::exchange(m_hasLeft, true))
        return;
    m_beat.stop();
    add({RecordKind::Bye, {}, {}});
    flush();
    if (m_mirror)
        m_mirror->leave();
}

} // namespace rookery::bus
