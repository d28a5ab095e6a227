// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/simulation/client.h"
#include "tests/simulation/database.h"
#include "tests/simulation/network.h"
#include "tests/simulation/plant.h"
#include "tests/simulation/process.h"
#include "tests/simulation/random.h"
#include "tests/simulation/schedule.h"
#include "tests/simulation/witness.h"

#include <memory>
#include <vector>

namespace simulation {

struct Options
{
    quint64 seed = 1;
    Plant plant = Plant::None;
    qint64 mostSteps = 0; ///< 0: to the end
    bool trace = false; ///< to the standard output
};

struct Outcome
{
    QString failure; ///< empty: none
    quint64 digest = 0; ///< of all that happened
    qint64 steps = 0;
    qint64 simulatedMs = 0;
    quint64 takenEvents = 0; ///< by all clients
    int faults = 0;
};

/// What a seed decides before anything happens.
struct Plan
{
    int nodes = 3;
    int wires = 1;
    int hubs = 1; ///< of each node
    int clients = 5;
    qint64 unrestMs = 0; ///< how long faults happen
    /// Whether a change that was refused may have happened: then nobody tells of it, and only the checks of heads every
    /// 10 s find it.
    bool unknownOutcomes = false;
};

/// A cluster, its clients and all that befalls them, by a seed.
class World
{
public:
    explicit World(const Options &options);
    World(const World &) = delete;
    World &operator=(const World &) = delete;
    ~World();

    Outcome run();

    Schedule schedule;
    Random random;
    Plan plan;
    Database database;
    Network network;
    Witness witness;
    std::vector<std::unique_ptr<Client>> clients;

    bool isPlanted(Plant plant) const { return m_options.plant == plant; }
    /// Null if it is not running, or another one is by now.
    Process *living(int node) { return m_processes[size_t(node)].get(); }
    Process *living(int node, quint64 incarnation);
    /// Does it as a part of this process, which may be frozen: then later; not at all if it ends before.
    void turn(int node, quint64 incarnation, Schedule::Work work);
    void laterAt(const Process &process, qint64 time, Schedule::Work work);
    void later(const Process &process, qint64 pause, Schedule::Work work);
    /// Another one each time.
    quint64 nextNumber() { return ++m_lastNumber; }
    const User &anyUser();
    QString anyPrivateRoom();

    /// What is to be seen in a trace; node -1: of none.
    Q_ATTRIBUTE_FORMAT_PRINTF(3, 4)
    void trace(int node, const char *format, ...);
    /// Makes the digest another one.
    void note(quint64 what);

private:
    void start(int node);
    void kill(int node);
    void unrest();
    void misfortune();
    void cut(int from, int to, bool bothWays);
    void calm();
    qint64 span(qint64 least, qint64 most);

    const Options m_options;
    std::vector<std::unique_ptr<Process>> m_processes;
    quint64 m_lastNumber = 0;
    quint64 m_digest = 0xcbf29ce484222325;
    qint64 m_steps = 0;
    int m_faults = 0;
    bool m_isOver = false;
};

} // namespace simulation
