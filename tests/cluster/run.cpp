// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/run.h"

#include "tests/cluster/blow.h"
#include "tests/cluster/revocation.h"
#include "tests/cluster/site.h"
#include "tests/cluster/swarm.h"
#include "tests/faults/driver/audit.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <thread>

namespace rookery::cluster {

using namespace faults;

namespace {

constexpr int personCount = 6;
constexpr int roomCount = 3;
constexpr int checkedEvery = 25; ///< faults
constexpr unsigned doubleBlows = 20; ///< percent
constexpr double recovery = 30; ///< seconds after a fault within which everybody must be served again
constexpr double settling = 30; ///< seconds for the last answers and events
constexpr double breath = 0.5; ///< seconds between a recovery and the next fault
constexpr double moment = 0.2; ///< seconds after a fault that has no length

void pass(double seconds)
{
    const load::Nanos end = load::now() + load::Nanos(seconds * double(load::second));
    for (load::Nanos now = load::now(); now < end; now = load::now()) {
        if (load::interrupted())
            throw load::Interrupted();
        std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(end - now, 10 * load::millisecond)));
    }
}

class Run
{
public:
    explicit Run(const Options &options);

    Outcome outcome();

private:
    static std::vector<BlowKind> kindsFor(const Options &options);
    std::vector<Blow> choose();
    void strike(const std::vector<Blow> &blows);
    void endure(const std::vector<Blow> &blows);
    void heal(const std::vector<Blow> &blows);
    void revoke();
    void check();
    void report(Outcome &outcome);

    const Options &m_options;
    const std::vector<BlowKind> m_kinds;
    Site m_site;
    std::vector<Person> m_persons;
    std::vector<Place> m_rooms;
    std::optional<Swarm> m_swarm; // outlives the fleet's thread, which calls it
    Fleet m_fleet;
    Random m_random;
    std::optional<Audit> m_audit;
    std::map<std::string, int> m_counts; ///< of faults, by kind
    int m_faults = 0;
    int m_revocations = 0;
    bench::Histogram m_recovered;
    bench::Histogram m_revoked;
    Swarm::Times m_calm; ///< before the first fault
};

Run::Run(const Options &options)
    : m_options(options)
    , m_kinds(kindsFor(options))
    , m_site({options.daemon, options.hasRedis, options.hasStandby, options.hasProxy, options.keeps})
    , m_random(options.seed)
{
    progress(QStringLiteral("%1 nodes are up, in %2").arg(Site::nodeCount).arg(m_site.folder()));
    const load::Endpoint &first = m_site.endpoint(0);
    m_persons = makePersons(first, std::uint32_t(options.seed), personCount);
    for (int i = 0; i < roomCount; ++i)
        m_rooms.push_back(makeRoom(first, m_persons[0], "cluster-" + std::to_string(i)));
    m_swarm.emplace(m_site, m_fleet, m_persons, m_rooms, options.seed);
    m_audit.emplace(m_fleet, m_rooms, m_persons);
}

std::vector<BlowKind> Run::kindsFor(const Options &options)
{
    std::vector<BlowKind> kinds = blowKinds(options.hasRedis, options.hasStandby);
    std::erase_if(kinds, [&options](const BlowKind &kind) {
        return !options.only.isEmpty() && options.only != QLatin1String(kind.name);
    });
    if (kinds.empty())
        throw load::Failure(QStringLiteral("There is no '%1' without Redis or a standby.").arg(options.only));
    return kinds;
}

std::vector<Blow> Run::choose()
{
    std::vector<Blow> blows{chooseBlow(m_kinds, m_random, m_options.longest)};
    if (m_random.chance(doubleBlows)) {
        const Blow second = chooseBlow(m_kinds, m_random, m_options.longest);
        if (second.goesWith(blows.front()))
            blows.push_back(second);
    }
    return blows;
}

void Run::strike(const std::vector<Blow> &blows)
{
    QString said;
    for (const Blow &blow : blows)
        said += (said.isEmpty() ? QString() : QStringLiteral(" and ")) + QString::fromStdString(blow.text());
    progress(QStringLiteral("%1: %2").arg(m_faults + 1).arg(said));
    if (blows.size() == 1 && blows.front().kind->movesClients)
        m_swarm->struck(blows.front().node);
    for (const Blow &blow : blows) {
        blow.kind->begin(m_site, blow);
        ++m_counts[blow.kind->name];
        ++m_faults;
    }
    endure(blows);
    heal(blows);
    m_swarm->healed();
    const load::Nanos since = load::now();
    const std::string missing = m_swarm->recovers(recovery);
    m_recovered.record(load::now() - since);
    if (!missing.empty())
        m_fleet.findings().add(Fault::Broken,
            std::to_string(int(recovery)) + " s after \"" + said.toStdString() + "\": " + missing);
}

void Run::endure(const std::vector<Blow> &blows)
{
    double seconds = moment;
    for (const Blow &blow : blows)
        seconds = std::max(seconds, blow.kind->lasts ? blow.seconds : 0);
    const load::Nanos end = load::now() + load::Nanos(seconds * double(load::second));
    // What holds without Redis is asked while it is away.
    if (std::all_of(blows.begin(), blows.end(), [](const Blow &blow) { return blow.kind->isOfRedis(); }))
        revoke();
    while (load::now() < end) {
        for (const Blow &blow : blows) {
            if (blow.kind->step)
                blow.kind->step(m_site, blow);
        }
        pass(0.005);
    }
}

void Run::heal(const std::vector<Blow> &blows)
{
    // A node that starts needs its servers, and the way to them.
    for (const bool isNode : {false, true}) {
        for (const Blow &blow : blows) {
            if (blow.kind->end && (blow.kind->where == BlowKind::Where::Node) == isNode)
                blow.kind->end(m_site, blow);
        }
    }
}

void Run::revoke()
{
    m_revoked.record(measureRevocation(m_site, m_options.seed, m_revocations++));
}

void Run::check()
{
    m_audit->settleAndCheck(m_site.endpoint(m_faults % Site::nodeCount), settling);
    progress(QStringLiteral("%1 faults, %2 acknowledgements, %3 findings")
                 .arg(m_faults)
                 .arg(m_fleet.ledger().acknowledgements())
                 .arg(m_fleet.findings().total()));
}

Outcome Run::outcome()
{
    m_fleet.start();
    if (const std::string missing = m_swarm->recovers(recovery); !missing.empty())
        throw load::Failure(
            QStringLiteral("Before the first fault %1.").arg(QString::fromStdString(missing)));
    const load::Nanos end = m_options.minutes > 0
        ? load::now() + load::Nanos(m_options.minutes * 60 * double(load::second))
        : std::numeric_limits<load::Nanos>::max();
    m_swarm->setMeasuring(true);
    pass(m_options.calm);
    m_swarm->setMeasuring(false);
    m_calm = m_swarm->times();
    revoke();
    int checks = 0;
    while (m_faults < m_options.faults && load::now() < end && m_fleet.findings().total() == 0) {
        strike(choose());
        m_swarm->setMeasuring(true);
        pass(breath);
        m_swarm->setMeasuring(false);
        if (m_faults / checkedEvery > checks && m_fleet.findings().total() == 0) {
            checks = m_faults / checkedEvery;
            check();
            revoke();
            m_fleet.setProducing(true);
            m_swarm->spread();
        }
    }
    if (m_options.plants)
        m_site.loseOne();
    progress(QStringLiteral("every node is asked for everything"));
    for (int i = 0; i < Site::nodeCount; ++i)
        m_audit->checkFromScratch(m_site.endpoint(i), settling);
    m_fleet.stop();
    Outcome outcome;
    outcome.findings.add(m_fleet.findings());
    report(outcome);
    return outcome;
}

double added(const Swarm::Times &times)
{
    return double(times.otherNode.percentile(99) - times.sameNode.percentile(99)) / double(load::millisecond);
}

void Run::report(Outcome &outcome)
{
    const Swarm::Times times = m_swarm->times();
    const Acknowledged acknowledged = m_fleet.ledger().counts();
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("redis"), m_options.hasRedis);
    json.insert(QStringLiteral("standby"), m_options.hasStandby);
    json.insert(QStringLiteral("haproxy"), m_options.hasProxy);
    json.insert(QStringLiteral("faults"), m_faults);
    QJsonObject kinds;
    for (const auto &[name, count] : m_counts)
        kinds.insert(QString::fromStdString(name), count);
    json.insert(QStringLiteral("kinds"), kinds);
    json.insert(QStringLiteral("acknowledged"), qint64(acknowledged.all));
    json.insert(QStringLiteral("edits"), qint64(acknowledged.edits));
    json.insert(QStringLiteral("deletions"), qint64(acknowledged.deletions));
    json.insert(QStringLiteral("events"), qint64(m_audit->events()));
    json.insert(QStringLiteral("resumed"), qint64(times.resumed.count()));
    json.insert(QStringLiteral("revoked"), qint64(m_revoked.count()));
    bench::addTimes(json, times.resumed, QStringLiteral("resumed_"));
    bench::addTimes(json, m_revoked, QStringLiteral("revoked_"));
    bench::addTimes(json, m_recovered, QStringLiteral("recovered_"));
    QString bus;
    if (times.otherNode.count() > 0) {
        bench::addTimes(json, m_calm.sameNode, QStringLiteral("calm_same_node_"));
        bench::addTimes(json, m_calm.otherNode, QStringLiteral("calm_other_node_"));
        bench::addTimes(json, times.sameNode, QStringLiteral("same_node_"));
        bench::addTimes(json, times.otherNode, QStringLiteral("other_node_"));
        json.insert(QStringLiteral("calm_added_p99_ms"), added(m_calm));
        json.insert(QStringLiteral("added_p99_ms"), added(times));
        bus = QStringLiteral("; added by the bus: p99 %1 ms, between faults %2 ms")
                  .arg(added(m_calm), 0, 'f', 1)
                  .arg(added(times), 0, 'f', 1);
    }
    outcome.report.line =
        QStringLiteral("%1 faults, %2 acknowledged (%3 edits, %4 deletions), %5 findings; on another node "
                       "again: %6; revoked: %7; served again after a fault: %8%9")
            .arg(m_faults)
            .arg(acknowledged.all)
            .arg(acknowledged.edits)
            .arg(acknowledged.deletions)
            .arg(outcome.findings.total())
            .arg(bench::timesText(times.resumed), bench::timesText(m_revoked), bench::timesText(m_recovered),
                bus);
    constexpr double most = 99; // percent
    if (times.resumed.percentile(most) > m_options.resumedWithinMs * load::millisecond)
        outcome.report.fault = QStringLiteral("Clients of a lost node took too long to find another one.");
    else if (m_revoked.max() > m_options.revokedWithinMs * load::millisecond)
        outcome.report.fault = QStringLiteral("A revoked token was good for too long.");
}

} // namespace

Outcome run(const Options &options)
{
    return Run(options).outcome();
}

} // namespace rookery::cluster
