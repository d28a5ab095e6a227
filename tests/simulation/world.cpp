// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/world.h"

#include <QCoreApplication>

#include <cstdarg>
#include <cstdio>

namespace simulation {

namespace {

/// After the last fault: everybody has every event, and later everybody's presence is known everywhere.
constexpr qint64 logsMs = 5'000;
constexpr qint64 unknownLogsMs = 13'000;
constexpr qint64 presenceMs = 13'500;

Plan planOf(Random &random)
{
    Plan plan;
    plan.wires = random.chance(500) ? 2 : 1;
    plan.hubs = random.chance(300) ? 2 : 1;
    plan.clients = int(random.between(3, 7));
    plan.unrestMs = random.between(2'000, 14'000);
    plan.unknownOutcomes = random.chance(150);
    return plan;
}

User user(int number)
{
    const QString name = QStringLiteral("u%1").arg(number);
    return {name, name, false};
}

} // namespace

World::World(const Options &options)
    : random(options.seed)
    , plan(planOf(random))
    , network(this, plan.nodes, plan.wires)
    , witness(this)
    , m_options(options)
    , m_processes(size_t(plan.nodes))
{
    QList<User> members;
    for (int number = 0; number < plan.clients; ++number)
        members.append(user(number));
    database.addRoom(QStringLiteral("open"), RoomKind::Public, {});
    database.addRoom(QStringLiteral("closed"), RoomKind::Private, members);
    database.addRoom(QStringLiteral("den"), RoomKind::Private, members.mid(0, 2));
    for (int number = 0; number < plan.clients; ++number) {
        // The last one is on another device of somebody.
        const int whose = number + 1 == plan.clients ? 1 : number;
        clients.push_back(std::make_unique<Client>(this, number, user(whose), number == 0));
    }
    for (int node = 0; node < plan.nodes; ++node)
        start(node);
    for (const auto &client : clients)
        schedule.after(random.between(0, 500), [one = client.get()] { one->act(); });
    schedule.after(random.between(0, 1'000), [this] { unrest(); });
    schedule.at(plan.unrestMs, [this] { calm(); });
}

World::~World()
{
    for (int node = 0; node < plan.nodes; ++node)
        kill(node);
}

Outcome World::run()
{
    while (!m_isOver && !schedule.isEmpty() && witness.failure().isEmpty()
        && (m_options.mostSteps == 0 || m_steps < m_options.mostSteps)) {
        schedule.step();
        ++m_steps;
    }
    note(quint64(m_steps));
    note(quint64(schedule.now()));
    return {witness.failure(), m_digest, m_steps, schedule.now(), witness.takenEvents(), m_faults};
}

Process *World::living(int node, quint64 incarnation)
{
    Process *process = living(node);
    return process && process->incarnation() == incarnation ? process : nullptr;
}

void World::turn(int node, quint64 incarnation, Schedule::Work work)
{
    Process *process = living(node, incarnation);
    if (!process)
        return;
    if (process->isFrozen()) {
        schedule.at(process->frozenUntil(), [this, node, incarnation, work = std::move(work)]() mutable {
            turn(node, incarnation, std::move(work));
        });
        return;
    }
    work();
    process->worked();
}

void World::laterAt(const Process &process, qint64 time, Schedule::Work work)
{
    schedule.at(time,
        [this, node = process.index(), incarnation = process.incarnation(),
            work = std::move(work)]() mutable { turn(node, incarnation, std::move(work)); });
}

void World::later(const Process &process, qint64 pause, Schedule::Work work)
{
    laterAt(process, schedule.now() + pause, std::move(work));
}

const User &World::anyUser()
{
    return clients[size_t(random.below(int(clients.size())))]->user();
}

QString World::anyPrivateRoom()
{
    return random.chance(500) ? QStringLiteral("closed") : QStringLiteral("den");
}

void World::start(int node)
{
    trace(node, "starts");
    m_processes[size_t(node)] = std::make_unique<Process>(this, node, nextNumber());
}

void World::kill(int node)
{
    if (!living(node))
        return;
    trace(node, "ends");
    {
        const std::unique_ptr<Process> dying = std::move(m_processes[size_t(node)]);
    }
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

qint64 World::span(qint64 least, qint64 most)
{
    return std::min(random.between(least, most), plan.unrestMs - schedule.now());
}

void World::unrest()
{
    if (schedule.now() >= plan.unrestMs - 1)
        return;
    ++m_faults;
    misfortune();
    schedule.after(random.between(100, 2'500), [this] { unrest(); });
}

void World::cut(int from, int to, bool bothWays)
{
    const int which = random.below(plan.wires + 1);
    trace(from, "is cut off from %d%s, wire %d", to, bothWays ? ", both ways" : "", which);
    for (const bool isCut : {true, false}) {
        const auto act = [this, from, to, bothWays, which, isCut] {
            for (int wire = 0; wire < plan.wires; ++wire) {
                if (which != plan.wires && which != wire)
                    continue;
                network.cut(wire, from, to, isCut);
                if (bothWays)
                    network.cut(wire, to, from, isCut);
            }
        };
        if (isCut)
            act();
        else
            schedule.after(span(200, 12'000), act);
    }
}

void World::misfortune()
{
    const int node = random.below(plan.nodes);
    const int wire = random.below(plan.wires);
    Process *process = living(node);
    switch (random.below(10)) {
    case 0:
        cut(node, random.below(plan.nodes), random.chance(400));
        return;
    case 1: // from all others
        for (int other = 0; other < plan.nodes; ++other) {
            if (other != node)
                cut(node, other, true);
        }
        return;
    case 2: {
        const bool all = random.chance(400);
        for (int one = 0; one < plan.nodes; ++one) {
            if (!all && one != node)
                continue;
            trace(one, "wire %d is down", wire);
            network.setDown(wire, one, true);
            schedule.after(span(100, 6'000), [this, wire, one] { network.setDown(wire, one, false); });
        }
        return;
    }
    case 3:
        trace(node, "is deaf on wire %d", wire);
        network.deafen(wire, node);
        return;
    case 4:
        if (!process)
            return;
        if (random.chance(300)) {
            trace(node, "leaves");
            process->leave();
        }
        kill(node);
        schedule.after(span(20, 8'000), [this, node] {
            if (!living(node))
                start(node);
        });
        return;
    case 5:
        if (process && !process->isFrozen()) {
            process->freeze(schedule.now() + span(50, 12'000));
            trace(node, "is frozen until %lld", process->frozenUntil());
        }
        return;
    case 6:
        if (process) {
            const qint64 jump = random.between(100, random.chance(300) ? 120'000 : 12'000);
            trace(node, "its clock jumps by %lld", jump);
            process->jump(jump);
        }
        return;
    case 7:
        if (process) {
            trace(node, "is cut off from the store");
            process->cutFromStore(schedule.now() + span(50, 5'000));
        }
        return;
    default:
        network.weather.lossPermille = random.chance(500) ? int(random.between(0, 200)) : 0;
        network.weather.doublesPermille = random.chance(300) ? int(random.between(0, 200)) : 0;
        network.weather.lateMostPermille = random.chance(300) ? int(random.between(0, 100)) : 0;
        network.weather.mostDelay = random.between(1, random.chance(200) ? 300 : 20);
        network.weather.reorders = random.chance(300);
        trace(-1, "weather: %d lost, %d doubled, %d late, %lld ms%s", network.weather.lossPermille,
            network.weather.doublesPermille, network.weather.lateMostPermille, network.weather.mostDelay,
            network.weather.reorders ? ", reordered" : "");
        return;
    }
}

void World::calm()
{
    trace(-1, "calm");
    network.heal();
    for (int node = 0; node < plan.nodes; ++node) {
        if (!living(node))
            start(node);
        else
            living(node)->cutFromStore(0);
    }
    for (const auto &client : clients)
        client->settle();
    schedule.after(plan.unknownOutcomes ? unknownLogsMs : logsMs, [this] { witness.examineLogs(); });
    schedule.after(presenceMs, [this] {
        witness.examineLogs();
        witness.examinePresence();
        m_isOver = true;
    });
}

void World::note(quint64 what)
{
    m_digest = (m_digest ^ what ^ quint64(schedule.now())) * 0x100000001b3;
}

void World::trace(int node, const char *format, ...)
{
    if (!m_options.trace)
        return;
    va_list arguments;
    va_start(arguments, format);
    const QByteArray text = QString::vasprintf(format, arguments).toUtf8();
    va_end(arguments);
    if (node < 0)
        std::printf("%7lld      %s\n", qlonglong(schedule.now()), text.constData());
    else
        std::printf("%7lld  [%d] %s\n", qlonglong(schedule.now()), node, text.constData());
}

} // namespace simulation
