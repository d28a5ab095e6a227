// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/process.h"

#include "tests/simulation/world.h"

#include <QCoreApplication>

namespace simulation {

namespace {

constexpr qint64 stepMs = 15; ///< of bus::Healer
constexpr qint64 graceMs = 50; ///< of core::HeadCheck
constexpr qint64 roundMs = 10'000;

} // namespace

SimHeadCheck::SimHeadCheck(World *world, Process *process, core::Hub *hub)
    : m_world(world)
    , m_process(process)
    , m_hub(hub)
{
    QObject::connect(
        hub, &core::Hub::headsInDoubt, &m_context, [this](const QStringList &rooms) { hasten(rooms); });
}

void SimHeadCheck::hasten(const QStringList &rooms)
{
    const QStringList which = rooms.isEmpty() ? m_hub->rooms() : rooms;
    for (const QString &room : which)
        m_hastened.insert(room);
    askSoon();
}

void SimHeadCheck::askSoon()
{
    if (!m_hastened.isEmpty() && !std::exchange(m_isAsking, true))
        m_world->later(*m_process, graceMs, [this] { ask(); });
}

void SimHeadCheck::ask()
{
    const QStringList rooms = std::exchange(m_hastened, {}).values();
    m_process->store().heads(rooms, &m_context, [this, rooms](const Result<QHash<QString, qint64>> &heads) {
        m_isAsking = false;
        if (!heads) {
            hasten(rooms);
            return;
        }
        m_world->later(*m_process, graceMs, [this, heads = *heads] { confirm(heads); });
        askSoon();
    });
}

void SimHeadCheck::confirm(const QHash<QString, qint64> &heads)
{
    for (auto head = heads.cbegin(); head != heads.cend(); ++head) {
        if (m_hub->isBehind(head.key(), head.value()))
            m_hub->noteHead(head.key(), head.value());
    }
}

Process::Process(World *world, int index, quint64 incarnation)
    : m_world(world)
    , m_index(index)
    , m_incarnation(incarnation)
    , m_store(world, this, SimStore::For::Hubs)
    , m_nodeStore(world, this, SimStore::For::Node)
    , m_bus(world, this, m_postboxes)
{
    const QObject here;
    m_box = m_postboxes->of(&here);
    Random &random = world->random;
    std::vector<std::unique_ptr<bus::Wire>> wires;
    for (int wire = 0; wire < world->plan.wires; ++wire)
        wires.push_back(std::make_unique<SimWire>(world, this, wire));
    bus::NodeOptions options;
    options.name = QString::number(index);
    options.version = QStringLiteral("simulated");
    options.clock = [this] { return clock(); };
    options.id = random.next() | 1;
    options.ticksByItself = false;
    options.stepsByItself = false;
    m_node = std::make_unique<bus::Node>(
        &m_bus.local(), &m_bus.sequencer(), &m_nodeStore, std::move(wires), std::move(options));
    for (int hub = 0; hub < world->plan.hubs; ++hub) {
        auto made = std::make_unique<core::Hub>(&m_bus);
        auto check = std::make_unique<SimHeadCheck>(world, this, made.get());
        m_hubs.push_back({std::move(made), std::move(check)});
    }
    // As soon as it is in its place.
    world->schedule.after(0, [this, world, index, incarnation] {
        if (!world->living(index, incarnation))
            return;
        tickSoon(world->random.between(0, bus::Node::beatInterval.count()));
        stepSoon();
        for (size_t hub = 0; hub < m_hubs.size(); ++hub) {
            renewSoon(hub, world->random.between(0, bus::renewInterval.count()));
            if (world->plan.unknownOutcomes)
                checkSoon(hub, world->random.between(0, roundMs));
        }
    });
}

Process::~Process()
{
    m_node.reset();
    for (const auto &session : m_sessions) {
        if (Client *client = session->client()) {
            client->lostConnection();
            session->forgetClient();
        }
    }
    m_sessions.clear();
    m_hubs.clear();
}

std::chrono::milliseconds Process::clock() const
{
    return std::chrono::milliseconds(1'000'000 + m_world->schedule.now() + m_clockAhead);
}

Session *Process::connect(Client *client)
{
    m_sessions.push_back(std::make_unique<Session>(
        m_world, this, m_world->random.below(hubCount()), m_world->nextNumber(), client));
    return m_sessions.back().get();
}

void Process::disconnect(quint64 session)
{
    std::erase_if(m_sessions, [session](const auto &one) { return one->number() == session; });
}

void Process::post(std::unique_ptr<threads::Mail> mail)
{
    threads::Mails mails;
    mails.push_back(std::move(mail));
    m_box->post(std::move(mails));
}

void Process::worked()
{
    if (!std::exchange(m_hasPosted, true) || std::exchange(m_isToPump, true))
        return;
    Random &random = m_world->random;
    const qint64 pause = random.chance(5) ? random.between(10, 300) : random.between(0, 2);
    m_world->later(*this, pause, [this] { pump(); });
}

void Process::pump()
{
    m_isToPump = false;
    m_hasPosted = false; // or it is delivered already
    QCoreApplication::sendPostedEvents(m_box.get());
}

void Process::leave()
{
    for (const auto &session : m_sessions) {
        if (Client *client = session->client())
            client->lostConnection();
        session->forgetClient();
    }
    m_sessions.clear();
    m_node->leave();
}

void Process::freeze(qint64 until)
{
    m_frozenUntil = until;
}

bool Process::isFrozen() const
{
    return m_world->schedule.now() < m_frozenUntil;
}

bool Process::isCutFromStore() const
{
    return m_world->schedule.now() < m_cutFromStoreUntil;
}

void Process::tickSoon(qint64 pause)
{
    m_world->later(*this, pause, [this] {
        tickSoon(bus::Node::beatInterval.count());
        m_node->tick();
        m_world->witness.examine(*this);
    });
}

void Process::stepSoon()
{
    m_world->later(*this, stepMs, [this] {
        stepSoon();
        m_node->step();
        m_hasPosted = false; // to others only
    });
}

void Process::renewSoon(size_t hub, qint64 pause)
{
    m_world->later(*this, pause, [this, hub] {
        renewSoon(hub, bus::renewInterval.count());
        m_bus.renew(m_hubs[hub].hub.get());
    });
}

void Process::checkSoon(size_t hub, qint64 pause)
{
    m_world->later(*this, pause, [this, hub] {
        checkSoon(hub, roundMs);
        m_hubs[hub].check->hasten({});
    });
}

} // namespace simulation
