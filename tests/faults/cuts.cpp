// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/commands.h"
#include "tests/faults/driver/audit.h"
#include "tests/faults/driver/comer.h"
#include "tests/faults/driver/dialectclient.h"
#include "tests/faults/driver/nativeclient.h"
#include "tests/faults/driver/restsender.h"
#include "tests/faults/provingground.h"
#include "tests/faults/proxy/faultproxy.h"
#include "tests/wire/load/failure.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace rookery::faults {

namespace {

constexpr int defaultCycles = 200;
constexpr int schedulesPerDaemon = 500;
constexpr double patience = 30; ///< seconds for anything to come that must come
constexpr std::uint32_t operationsEach = 15;
constexpr std::uint32_t membershipChanges = 4; ///< even: a visitor at the end
constexpr std::size_t window = 4;
constexpr std::uint64_t faultyConnectionsMin = 8; ///< of a schedule; those that follow them are good
constexpr std::uint64_t faultyConnectionsMore = 30;
constexpr Patience impatient{load::millisecond, 10 * load::millisecond, 150 * load::millisecond};

/// One schedule: seven clients in two rooms behind a proxy that breaks their first connections. In the end
/// every client must have what a fresh one fetches.
class Schedule
{
public:
    Schedule(
        const Stage &stage, const load::Endpoint &server, FaultProxy &proxy, std::uint64_t seed, int number)
        : m_stage(stage)
        , m_server(server)
        , m_proxy(proxy)
        , m_throughProxy(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(proxy.port())))
        , m_random(seed, std::uint64_t(number))
        , m_number(number)
    { }

    void run()
    {
        // Owned by a user without a socket, because the owner's list of rooms grows with every schedule.
        const Person &owner = m_stage.persons.back();
        const std::string name = "cuts-" + std::to_string(m_number);
        m_rooms = {makeRoom(m_server, owner, name + "-a"), makeRoom(m_server, owner, name + "-b")};
        const Planner faults = seededFaults(m_random.next(), {});
        const std::uint64_t faulty = faultyConnectionsMin + m_random.below(faultyConnectionsMore);
        m_proxy.setPlanner([faults, faulty](std::uint64_t connection) {
            return connection < faulty ? faults(connection) : ConnectionFaults();
        });
        for (std::size_t i = 0; i < 3; ++i)
            addNative(m_stage.persons[i], &m_rooms[i % 2]);
        addNative(m_stage.persons[3], nullptr);
        addRoomSocket(m_stage.persons[4], m_rooms[0]);
        addRest(m_stage.persons[1], m_rooms[1]);
        addComer(m_stage.persons[2], m_rooms[0]);

        Audit audit(m_fleet, m_rooms, m_stage.persons);
        m_fleet.start();
        // All must be sent before the audit, which stops the writers.
        m_fleet.reaches([this] { return m_fleet.allDone(); }, patience);
        audit.settleAndCheck(m_server, patience);
        audit.checkRolls(m_server, patience);
        const Ledger &ledger = m_fleet.ledger();
        if (ledger.inOrderOfAnswer().size() != operationsEach * m_stream)
            m_fleet.findings().add(Fault::Broken,
                "schedule " + std::to_string(m_number) + ": "
                    + std::to_string(ledger.inOrderOfAnswer().size()) + " operations were answered");
        acknowledged = ledger.counts();
        m_fleet.stop();
        m_proxy.cutAll(Cut::Reset);
    }

    const Findings &findings() { return m_fleet.findings(); }
    Acknowledged acknowledged;

private:
    SocketClient::Setup setupOf(const char *kind, const Person &person, const Place *says)
    {
        SocketClient::Setup setup;
        setup.name = "schedule " + std::to_string(m_number) + ' ' + kind;
        setup.token = person.token;
        setup.patience = impatient;
        setup.seed = m_random.next();
        if (says)
            setup.says = {m_stream++, says->id, person.id, window, false, operationsEach};
        return setup;
    }
    void addNative(const Person &person, const Place *says)
    {
        std::vector<NativeClient::Followed> followed;
        for (const Place &room : m_rooms)
            followed.push_back({room.id, room.epoch});
        SocketClient::Setup setup = setupOf(says ? "writer" : "reader", person, says);
        if (says)
            setup.says->makesChanges = true;
        m_fleet.add(std::make_unique<NativeClient>(m_fleet.loop(), m_throughProxy, std::move(setup), followed,
            m_fleet.ledger(), m_fleet.findings()));
    }
    void addRoomSocket(const Person &person, const Place &room)
    {
        m_fleet.add(
            std::make_unique<DialectClient>(m_fleet.loop(), m_throughProxy, setupOf("room", person, &room),
                DialectClient::Seat{DialectClient::Dialect::Room, room.name, {}, {}}, m_fleet.ledger(),
                m_fleet.findings()));
    }
    void addRest(const Person &person, const Place &room)
    {
        SocketClient::Setup setup = setupOf("rest", person, &room);
        setup.says->makesChanges = true;
        m_fleet.add(std::make_unique<RestSender>(m_fleet.loop(), m_throughProxy,
            RestSender::Setup{{setup.name, setup.token, setup.patience, setup.seed}, *setup.says,
                RestSender::Route::Room, {}, {}},
            m_fleet.ledger(), m_fleet.findings()));
    }
    void addComer(const Person &person, const Place &room)
    {
        const SocketClient::Setup setup = setupOf("comer", person, nullptr);
        m_fleet.add(std::make_unique<Comer>(m_fleet.loop(), m_throughProxy,
            Comer::Setup{
                {setup.name, setup.token, setup.patience, setup.seed}, room.id, person.id, membershipChanges},
            m_fleet.ledger(), m_fleet.findings()));
    }

    const Stage &m_stage;
    const load::Endpoint &m_server;
    FaultProxy &m_proxy;
    load::Endpoint m_throughProxy;
    Random m_random;
    int m_number;
    std::uint32_t m_stream = 0;
    std::vector<Place> m_rooms;
    Fleet m_fleet;
};

/// The sum of the workers' results.
struct Sum
{
    std::mutex mutex;
    Findings findings;
    Acknowledged acknowledged;
    FaultProxy::Figures proxies;
    std::atomic<int> next = 0;
    load::FailureNote failures;
};

void work(const Options &options, const Stage &stage, const DaemonProcess &daemon, int until, Sum &sum)
{
    try {
        FaultProxy proxy(daemon.port());
        for (int number = sum.next++; number < until && !sum.failures.noted(); number = sum.next++) {
            Schedule schedule(stage, daemon.endpoint(), proxy, options.seed, number);
            schedule.run();
            const std::lock_guard lock(sum.mutex);
            sum.findings.add(schedule.findings());
            sum.acknowledged.add(schedule.acknowledged);
            if (sum.findings.total() > 0)
                break;
        }
        const FaultProxy::Figures figures = proxy.figures();
        const std::lock_guard lock(sum.mutex);
        sum.proxies.accepted += figures.accepted;
        sum.proxies.cut += figures.cut;
        sum.proxies.toServer += figures.toServer;
        sum.proxies.toClient += figures.toClient;
    } catch (const std::exception &problem) {
        sum.failures.note(problem.what());
    }
}

} // namespace

Outcome runCuts(const Options &options)
{
    const int cycles = options.cycles > 0 ? options.cycles : defaultCycles;
    progress(QStringLiteral("making accounts and rooms"));
    ProvingGround ground(options);
    Sum sum;
    int done = 0;
    while (done < cycles && sum.findings.total() == 0) {
        const int until = std::min(cycles, done + schedulesPerDaemon);
        const auto daemon = ground.freshDaemon();
        daemon->start();
        sum.next = done;
        std::vector<std::thread> workers;
        for (int i = 0; i < std::min(options.workers, until - done); ++i)
            workers.emplace_back([&] { work(options, ground.stage(), *daemon, until, sum); });
        for (std::thread &worker : workers)
            worker.join();
        if (load::interrupted())
            throw load::Interrupted();
        sum.failures.raise();
        daemon->stop();
        done = until;
        progress(QStringLiteral("%1 schedules, %2 connections, %3 acknowledgements, %4 findings")
                     .arg(done)
                     .arg(sum.proxies.accepted)
                     .arg(sum.acknowledged.all)
                     .arg(sum.findings.total()));
    }

    Outcome outcome;
    outcome.findings.add(sum.findings);
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("schedules"), done);
    addAcknowledged(json, sum.acknowledged);
    json.insert(QStringLiteral("connections"), qint64(sum.proxies.accepted));
    json.insert(QStringLiteral("cut"), qint64(sum.proxies.cut));
    json.insert(QStringLiteral("bytes"), qint64(sum.proxies.toServer + sum.proxies.toClient));
    outcome.report.line = QStringLiteral("%1 schedules, %2 connections of which %3 were cut, %4, %5 findings")
                              .arg(done)
                              .arg(sum.proxies.accepted)
                              .arg(sum.proxies.cut)
                              .arg(textOf(sum.acknowledged))
                              .arg(sum.findings.total());
    return outcome;
}

} // namespace rookery::faults
