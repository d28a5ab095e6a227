#include "tests/bench/failure.h"
#include "tests/bench/histogram.h"
#include "tests/faults/commands.h"
#include "tests/faults/driver/audit.h"
#include "tests/faults/driver/databasecheck.h"
#include "tests/faults/provingground.h"
#include "tests/faults/proxy/random.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

namespace rookery::faults {

namespace {

constexpr int defaultCycles = 50;
constexpr double patience = 30; ///< seconds for anything to come that must come
constexpr std::uint64_t mostAcks = 400; ///< of a cycle, before the kill
constexpr std::uint64_t killWithinUs = 3000; ///< after them
constexpr unsigned killedByWord = 50; ///< percent of the kills: at the very next word that a client is sent
constexpr unsigned killedWhileStarting = 10; ///< percent of the starts
constexpr std::uint64_t startsWithinMs = 60;

/// Cycles on one database: load, kill -9, look at the files, start again, check.
class Batch
{
public:
    Batch(const Options &options, ProvingGround &ground)
        : m_options(options)
        , m_ground(ground)
        , m_daemon(ground.freshDaemon())
    { }

    void run(int firstCycle, int cycles)
    {
        m_daemon->start();
        addCast(m_fleet, m_ground.stage(), m_daemon->endpoint(), m_options.seed + std::uint64_t(firstCycle),
            firstCycle / m_options.batch % 2 == 0 ? steady : hard, [this] { killOnHearing(); });
        Audit audit(m_fleet, m_ground.stage().places());
        m_fleet.start();
        for (int i = 0; i < cycles && m_fleet.findings().total() == 0; ++i)
            cycle(Random(m_options.seed, std::uint64_t(firstCycle + i)), audit);
        audit.checkFromScratch(m_daemon->endpoint(), patience);
        m_fleet.stop();
        m_daemon->stop();
        hearEverybody();
        events = audit.events();
        acknowledgements = m_fleet.ledger().acknowledgements();
        findings.add(m_fleet.findings());
    }

    // What came of it.
    Findings findings;
    std::uint64_t events = 0;
    std::uint64_t acknowledgements = 0;
    int kills = 0;
    int killsWhileStarting = 0;
    bench::Histogram starts; ///< from the start of the process to its being ready
    bench::Histogram firstAcks; ///< … to the first acknowledgement

private:
    void cycle(Random random, Audit &audit)
    {
        m_fleet.setProducing(true);
        const std::uint64_t least = m_options.plant.isEmpty() ? 1 : mostAcks;
        const std::uint64_t goal = m_fleet.ledger().acknowledgements() + least + random.below(mostAcks);
        if (random.chance(killedByWord))
            m_killAt = goal;
        const bool reached =
            m_fleet.reaches([&] { return m_fleet.ledger().acknowledgements() >= goal; }, patience);
        if (!reached) {
            m_fleet.findings().add(Fault::Broken, "no more messages are acknowledged");
            return;
        }
        if (m_killAt != 0)
            m_fleet.reaches([this] { return m_killAt == 0; }, patience);
        else
            std::this_thread::sleep_for(std::chrono::microseconds(random.below(killWithinUs)));
        kill();
        if (random.chance(killedWhileStarting)) {
            m_daemon->launch();
            std::this_thread::sleep_for(std::chrono::milliseconds(random.below(startsWithinMs)));
            ++killsWhileStarting;
            kill();
        }
        plant();
        restart();
        audit.settleAndCheck(m_daemon->endpoint(), patience);
    }

    /// On the clients' thread: between the word that somebody is sent and the kill there is as little time as
    /// there can be, in which nothing that should have been done before the word could still be done.
    void killOnHearing()
    {
        if (m_killAt == 0 || m_fleet.ledger().acknowledgements() < m_killAt)
            return;
        ::kill(m_daemon->pid(), SIGKILL);
        m_killAt = 0;
    }

    void kill()
    {
        m_daemon->kill();
        ++kills;
        const QString problems = databaseProblems(m_daemon->directory(), m_ground.scratch());
        if (!problems.isEmpty())
            m_fleet.findings().add(Fault::Broken, "integrity_check: " + problems.toStdString());
    }

    void restart()
    {
        // What the dead one has still said is not the new one's.
        m_fleet.reaches([this] { return m_fleet.noneConnected(); }, patience);
        m_fleet.ledger().awaitFirst();
        const bench::Nanos began = bench::now();
        m_daemon->start();
        starts.record(bench::now() - began);
        if (!m_fleet.reaches([this] { return m_fleet.ledger().first() != 0; }, patience)) {
            m_fleet.findings().add(Fault::Broken, "nothing is acknowledged after the restart");
            return;
        }
        firstAcks.record(m_fleet.ledger().first() - began);
    }

    /// A writer that never came through proves nothing.
    void hearEverybody()
    {
        std::set<std::uint32_t> heard;
        for (const auto &[clientId, message] : m_fleet.ledger().messages()) {
            if (message.acknowledged)
                heard.insert(message.stream);
        }
        if (heard.size() != writerCount)
            m_fleet.findings().add(
                Fault::Broken, "only " + std::to_string(heard.size()) + " writers had anything acknowledged");
    }

    /// Something that no checker may overlook.
    void plant()
    {
        if (m_options.plant.isEmpty())
            return;
        // Not the last one of its room, which may have been neither acknowledged nor shown.
        const QString one = QStringLiteral(" WHERE (room, seq) IN (SELECT room, max(seq) - 3 FROM events)");
        const int changed = changeDatabase(m_daemon->directory(),
            m_options.plant == QLatin1String("lose")
                ? QStringLiteral("DELETE FROM events") + one
                : QStringLiteral("UPDATE events SET text = 'another text'") + one);
        if (changed != 1)
            throw bench::Failure(QStringLiteral("The fault could not be planted."));
    }

    const Options &m_options;
    ProvingGround &m_ground;
    std::unique_ptr<DaemonProcess> m_daemon;
    std::atomic<std::uint64_t> m_killAt = 0; ///< so many acknowledgements, and one word more; 0: not so
    Fleet m_fleet;
};

} // namespace

Outcome runKill(const Options &options)
{
    const int cycles = options.cycles > 0 ? options.cycles : defaultCycles;
    progress(QStringLiteral("making accounts and rooms"));
    ProvingGround ground(options);
    Outcome outcome;
    bench::Histogram starts;
    bench::Histogram firstAcks;
    std::uint64_t events = 0;
    std::uint64_t acknowledgements = 0;
    int kills = 0;
    int killsWhileStarting = 0;
    for (int done = 0; done < cycles && outcome.findings.total() == 0; done += options.batch) {
        Batch batch(options, ground);
        batch.run(done, std::min(options.batch, cycles - done));
        outcome.findings.add(batch.findings);
        starts.merge(batch.starts);
        firstAcks.merge(batch.firstAcks);
        events += batch.events;
        acknowledgements += batch.acknowledgements;
        kills += batch.kills;
        killsWhileStarting += batch.killsWhileStarting;
        progress(QStringLiteral("%1 kills, %2 messages acknowledged, %3 findings")
                     .arg(kills)
                     .arg(acknowledgements)
                     .arg(outcome.findings.total()));
    }
    const bench::Nanos bound = options.firstAckMs * bench::millisecond;
    if (firstAcks.max() > bound)
        outcome.report.fault = QStringLiteral("The first acknowledgement came %1 ms after the start.")
                                   .arg(firstAcks.max() / bench::millisecond);

    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("writers"), writerCount);
    json.insert(QStringLiteral("kills"), kills);
    json.insert(QStringLiteral("kills_while_starting"), killsWhileStarting);
    json.insert(QStringLiteral("acknowledged"), qint64(acknowledgements));
    json.insert(QStringLiteral("events"), qint64(events));
    bench::addTimes(json, starts, QStringLiteral("ready_"));
    bench::addTimes(json, firstAcks, QStringLiteral("first_ack_"));
    outcome.report.line =
        QStringLiteral("%1 kills (%2 while starting), %3 messages acknowledged, %4 findings; first "
                       "acknowledgement after a start: %5")
            .arg(kills)
            .arg(killsWhileStarting)
            .arg(acknowledgements)
            .arg(outcome.findings.total())
            .arg(bench::timesText(firstAcks));
    return outcome;
}

} // namespace rookery::faults
