// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/histogram.h"
#include "tests/faults/commands.h"
#include "tests/faults/driver/audit.h"
#include "tests/faults/driver/databasecheck.h"
#include "tests/faults/driver/nativeclient.h"
#include "tests/faults/provingground.h"
#include "tests/faults/proxy/faultproxy.h"
#include "tests/wire/load/failure.h"

#include <algorithm>
#include <set>

namespace rookery::faults {

namespace {

constexpr int defaultCycles = 20;
constexpr double patience = 30; ///< seconds for anything to come that must come
constexpr load::Nanos drainBound = 10 * load::second;
constexpr int idleSockets = 200; ///< that only listen, so that there are many to close
constexpr int stuckSockets = 20; ///< that are stalled when the server leaves, half of the times
constexpr std::uint64_t mostAcks = 2000; ///< of a cycle, before the signal
constexpr int serviceRestart = 1012;
/// The delays must be jittered: many different ones, and the extremes at least so far apart.
constexpr std::int64_t leastSpreadMs = 500;

/// Load, SIGTERM, the close codes of all sockets, and whether everything accepted is stored and acknowledged.
class Drains
{
public:
    Drains(const Options &options, ProvingGround &ground)
        : m_options(options)
        , m_ground(ground)
        , m_daemon(ground.freshDaemon())
    { }

    void run(int cycles)
    {
        m_daemon->start();
        const Stage &stage = m_ground.stage();
        addCast(m_fleet, stage, m_daemon->endpoint(), m_options.seed, hard);
        for (int i = 0; i < idleSockets; ++i)
            addListener(m_daemon->endpoint(), i, true);
        FaultProxy proxy(m_daemon->port());
        const load::Endpoint throughProxy(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(proxy.port())));
        for (int i = 0; i < stuckSockets; ++i)
            addListener(throughProxy, idleSockets + i, false);
        Audit audit(m_fleet, stage.places(), stage.persons);
        m_fleet.start();
        for (int i = 0; i < cycles && m_fleet.findings().total() == 0; ++i) {
            cycle(Random(m_options.seed, std::uint64_t(i)), audit, i % 2 == 0 ? nullptr : &proxy);
            ++drains;
        }
        audit.checkFromScratch(m_daemon->endpoint(), patience);
        m_fleet.stop();
        m_daemon->stop();
    }

    Fleet &fleet() { return m_fleet; }
    int drains = 0;
    std::uint64_t told = 0; ///< sockets that were told goodbye
    std::int64_t leastMs = std::numeric_limits<std::int64_t>::max();
    std::int64_t mostMs = 0;
    bench::Histogram times; ///< from SIGTERM to the end of the process
    bench::Histogram stalledTimes; ///< the same with sockets that do not move

private:
    void addListener(const load::Endpoint &endpoint, int number, bool expectsFarewell)
    {
        const std::vector<Person> &persons = m_ground.stage().persons;
        const Person &person = persons[std::size_t(number) % persons.size()];
        SocketClient::Setup setup;
        setup.expectsFarewell = expectsFarewell;
        setup.name = "listener " + std::to_string(number);
        setup.token = person.token;
        setup.seed = m_options.seed + std::uint64_t(number);
        const Place &room = m_ground.stage().rooms[std::size_t(number) % m_ground.stage().rooms.size()];
        m_fleet.add(std::make_unique<NativeClient>(m_fleet.loop(), endpoint, std::move(setup),
            std::vector<NativeClient::Followed>{{room.id, room.epoch}}, m_fleet.ledger(),
            m_fleet.findings()));
    }

    /// Connections of `stalled` are held before SIGTERM.
    void cycle(Random random, Audit &audit, FaultProxy *stalled)
    {
        m_fleet.setProducing(true);
        const std::uint64_t goal = m_fleet.ledger().acknowledgements() + 1 + random.below(mostAcks);
        const bool loaded = m_fleet.reaches(
            [&] {
                return m_fleet.ledger().acknowledgements() >= goal
                    && std::all_of(m_fleet.clients().begin(), m_fleet.clients().end(),
                        [](const auto &client) { return client->isConnected(); });
            },
            patience);
        if (!loaded) {
            m_fleet.findings().add(Fault::Broken, "the load does not come up");
            return;
        }
        if (stalled) {
            stalled->hold(Direction::ToClient);
            stalled->hold(Direction::ToServer);
        }
        const load::Nanos began = load::now();
        try {
            m_daemon->stop();
        } catch (const load::Failure &failure) {
            m_fleet.onLoop([&] { m_fleet.findings().add(Fault::Broken, failure.what()); });
            return;
        }
        const load::Nanos took = load::now() - began;
        (stalled ? stalledTimes : times).record(took);
        if (stalled) {
            stalled->cutAll(Cut::Reset);
            stalled->release();
        }
        m_fleet.reaches([this] { return m_fleet.noneConnected(); }, patience);
        const QStringList stored = storedClientIds(m_daemon->directory());
        m_fleet.onLoop([&] {
            if (took > drainBound)
                m_fleet.findings().add(
                    Fault::Broken, "SIGTERM took " + std::to_string(took / load::millisecond) + " ms");
            lookAtFarewells();
            lookForUnanswered(stored);
        });
        m_daemon->start();
        audit.settleAndCheck(m_daemon->endpoint(), patience);
    }

    void lookAtFarewells()
    {
        std::set<std::int64_t> different;
        std::uint64_t count = 0;
        for (const auto &client : m_fleet.clients()) {
            if (!client->expectsFarewell())
                continue;
            const Client::Farewell farewell = client->farewell().value_or(Client::Farewell());
            if (farewell.code != serviceRestart || farewell.retryAfterMs < 0) {
                m_fleet.findings().add(Fault::Broken,
                    client->name() + " was told " + std::to_string(farewell.code) + " and to come back after "
                        + std::to_string(farewell.retryAfterMs) + " ms");
                continue;
            }
            ++count;
            different.insert(farewell.retryAfterMs);
        }
        told += count;
        if (different.size() < count / 2 || *different.rbegin() - *different.begin() < leastSpreadMs)
            m_fleet.findings().add(Fault::Broken,
                std::to_string(count) + " sockets were told only " + std::to_string(different.size())
                    + " different times to come back after");
        if (!different.empty()) {
            leastMs = std::min(leastMs, *different.begin());
            mostMs = std::max(mostMs, *different.rbegin());
        }
    }

    /// Everything that was stored must be acknowledged before the server exits.
    void lookForUnanswered(const QStringList &stored)
    {
        for (const QString &clientId : stored) {
            const Operation *operation = m_fleet.ledger().find(clientId.toStdString());
            if (operation && !operation->isAcknowledged)
                m_fleet.findings().add(Fault::Broken,
                    clientId.toStdString() + " of stream " + std::to_string(operation->stream)
                        + " is stored, and its sender was not told before the server ended");
        }
    }

    const Options &m_options;
    ProvingGround &m_ground;
    std::unique_ptr<DaemonProcess> m_daemon;
    Fleet m_fleet;
};

} // namespace

Outcome runDrain(const Options &options)
{
    progress(QStringLiteral("making accounts and rooms"));
    ProvingGround ground(options);
    Drains drains(options, ground);
    drains.run(options.cycles > 0 ? options.cycles : defaultCycles);

    Outcome outcome;
    outcome.findings.add(drains.fleet().findings());
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("drains"), drains.drains);
    addAcknowledged(json, drains.fleet().ledger().counts());
    json.insert(QStringLiteral("told"), qint64(drains.told));
    json.insert(QStringLiteral("retry_after_min_ms"), qint64(drains.leastMs));
    json.insert(QStringLiteral("retry_after_max_ms"), qint64(drains.mostMs));
    bench::addTimes(json, drains.times, QStringLiteral("drain_"));
    bench::addTimes(json, drains.stalledTimes, QStringLiteral("stalled_drain_"));
    outcome.report.line =
        QStringLiteral("%1 times SIGTERM, %2, %3 sockets told 1012 and to come "
                       "back after %4 to %5 ms, %6 findings; out after %7; with stalled sockets %8")
            .arg(drains.drains)
            .arg(textOf(drains.fleet().ledger().counts()))
            .arg(drains.told)
            .arg(drains.leastMs)
            .arg(drains.mostMs)
            .arg(outcome.findings.total())
            .arg(bench::timesText(drains.times), bench::timesText(drains.stalledTimes));
    return outcome;
}

} // namespace rookery::faults
