// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/network.h"

#include "server/bus/cluster/frame.h"
#include "tests/simulation/world.h"

#include <QPointer>

#include <algorithm>
#include <iterator>

namespace simulation {

Network::Network(World *world, int nodes, int wires)
    : m_world(world)
    , m_nodes(nodes)
    , m_cut(size_t(wires * nodes * nodes))
    , m_down(size_t(wires * nodes))
    , m_arrived(size_t(wires * nodes * nodes))
    , m_wires(size_t(wires * nodes))
{ }

void Network::setDown(int wire, int node, bool isDown)
{
    m_down[size_t(wire * m_nodes + node)] = isDown;
    if (SimWire *one = at(wire, node); one && isDown)
        one->drop(QStringLiteral("it is down"));
}

void Network::deafen(int wire, int node)
{
    if (SimWire *one = at(wire, node))
        one->isDeaf = true;
}

void Network::heal()
{
    weather = {};
    m_cut.assign(m_cut.size(), false);
    m_down.assign(m_down.size(), false);
}

void Network::send(const SimWire &from, const QByteArray &frame)
{
    for (int to = 0; to < m_nodes; ++to)
        carry(from.number(), from.node(), to, frame);
}

void Network::carry(int wire, int from, int to, const QByteArray &frame)
{
    Random &random = m_world->random;
    const SimWire *target = at(wire, to);
    const size_t link = key(wire, from, to);
    if (!target || !target->isOpen() || m_cut[link] || random.chance(weather.lossPermille))
        return;
    const QByteArray bytes =
        m_world->isPlanted(Plant::SwallowedFrames) || m_world->isPlanted(Plant::ForgottenQuestions)
        ? tamper(to, frame)
        : frame;
    if (bytes.isEmpty())
        return;
    const int copies = random.chance(weather.doublesPermille) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
        const qint64 delay = random.chance(weather.lateMostPermille) ? random.between(20, mostLate)
                                                                     : random.between(0, weather.mostDelay);
        qint64 &last = m_arrived[link];
        const qint64 arrival = m_world->schedule.now() + delay;
        last = std::max(last, arrival);
        m_world->schedule.at(
            weather.reorders ? arrival : last, [this, wire, to, bytes, connection = target->connection()] {
                SimWire *now = at(wire, to);
                Process *process = m_world->living(to);
                if (!now || !process)
                    return;
                m_world->turn(to, process->incarnation(), [this, wire, to, bytes, connection] {
                    SimWire *one = at(wire, to);
                    if (one && one->connection() == connection && !one->isDeaf)
                        one->take(bytes);
                });
            });
    }
}

QByteArray Network::tamper(int to, const QByteArray &bytes)
{
    auto frame = bus::decodeFrame(bytes);
    if (m_world->isPlanted(Plant::ForgottenQuestions)) {
        std::erase_if(frame->records,
            [](const bus::Record &record) { return record.kind == bus::RecordKind::Question; });
        return bus::encodeFrame(*frame);
    }
    Swallowed &swallowed = m_swallowed[{frame->node, to}];
    const bool isNew = frame->number > swallowed.seen;
    swallowed.seen = std::max(swallowed.seen, frame->number);
    const bool says = std::ranges::any_of(
        frame->records, [](const bus::Record &record) { return record.kind == bus::RecordKind::Said; });
    if (isNew && says && m_world->random.chance(100))
        swallowed.numbers.insert(frame->number);
    if (swallowed.numbers.contains(frame->number))
        return {};
    frame->number -=
        quint64(std::distance(swallowed.numbers.begin(), swallowed.numbers.lower_bound(frame->number)));
    return bus::encodeFrame(*frame);
}

SimWire::SimWire(World *world, Process *process, int number)
    : m_world(world)
    , m_process(process)
    , m_number(number)
{
    m_world->network.at(number, process->index()) = this;
}

SimWire::~SimWire()
{
    m_world->network.at(m_number, node()) = nullptr;
}

int SimWire::node() const
{
    return m_process->index();
}

void SimWire::open()
{
    connectSoon(m_world->random.between(1, 20));
}

void SimWire::connectSoon(qint64 pause)
{
    m_world->later(*m_process, pause, [this, wire = QPointer<SimWire>(this), attempt = ++m_attempt] {
        if (!wire || m_attempt != attempt)
            return;
        if (m_world->network.isDown(m_number, node())) {
            Q_EMIT closed(QStringLiteral("it is down"));
            connectSoon(m_world->random.between(250, 1'000));
            return;
        }
        m_connection = m_world->random.next() | 1;
        isDeaf = false;
        m_world->trace(node(), "wire %d is open", m_number);
        Q_EMIT opened();
    });
}

void SimWire::send(const QByteArray &frame)
{
    if (isOpen() && frame.size() <= mostFrameBytes())
        m_world->network.send(*this, frame);
}

void SimWire::reconnect()
{
    drop(QStringLiteral("to be opened again"));
}

void SimWire::drop(const QString &reason)
{
    m_world->trace(node(), "wire %d is closed: %s", m_number, qPrintable(reason));
    m_connection = 0;
    Q_EMIT closed(reason);
    connectSoon(m_world->random.between(50, 500));
}

void SimWire::take(const QByteArray &frame)
{
    Q_EMIT received(frame);
}

} // namespace simulation
