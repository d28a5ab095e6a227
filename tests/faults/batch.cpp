// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/batch.h"

#include "tests/faults/driver/databasecheck.h"
#include "tests/wire/load/failure.h"

#include <array>
#include <csignal>
#include <set>
#include <thread>

namespace rookery::faults {

namespace {

constexpr double patience = 30; ///< seconds for anything to come that must come
constexpr std::uint64_t mostAcks = 400; ///< of a cycle, before the kill
constexpr std::uint64_t killWithinUs = 3000; ///< after them
constexpr unsigned killedByWord = 50; ///< percent of the kills: at the very next word that a client is sent
constexpr unsigned killedWhileStarting = 10; ///< percent of the starts
constexpr std::uint64_t startsWithinMs = 60;
constexpr unsigned killedWithPower = 25; ///< percent of the kills of Blow::Power
constexpr unsigned checkpointFails = 30; ///< percent of the faults of Blow::Disk
constexpr std::uint64_t failsWithinMs = 700; ///< how long a disk fails

/// A fault of the disk for a while, in the words of shim/settings.h.
std::string someDiskFault(Random &random)
{
    static constexpr std::array faults{"write=ENOSPC create=ENOSPC", "grow=ENOSPC create=ENOSPC", "write=EIO",
        "sync=EIO", "sync=EIO times=1", "write=EIO times=1", "write=ENOSPC times=1"};
    static constexpr std::array files{"", " files=-wal", " files=rookery.db"};
    // The case most easily forgotten: a checkpoint's sync fails once, and the next one succeeds.
    if (random.chance(checkpointFails))
        return "sync=EIO times=1 files=rookery.db skip=" + std::to_string(random.below(4));
    return faults[random.below(faults.size())] + std::string(files[random.below(files.size())])
        + " skip=" + std::to_string(random.below(20));
}

/// The statement that plants the error; it changes one row.
QString plantingStatement(const QString &plant)
{
    // Not the last one of its room, which may have been neither acknowledged nor shown.
    if (plant == QLatin1String("lose"))
        return QStringLiteral(
            "DELETE FROM events WHERE (room, seq) IN (SELECT room, max(seq) - 3 FROM events)");
    if (plant == QLatin1String("alter"))
        return QStringLiteral(
            "UPDATE events SET text = 'another text' WHERE (room, seq) IN (SELECT room, seq FROM events "
            "WHERE kind = 0 AND deleted_at IS NULL ORDER BY seq DESC LIMIT 1 OFFSET 3)");
    if (plant == QLatin1String("unedit"))
        return QStringLiteral(
            "UPDATE events SET edited_seq = NULL, edited_at = NULL, text = (SELECT text FROM "
            "message_versions v "
            "WHERE v.room = events.room AND v.seq = events.seq ORDER BY version_seq LIMIT 1) "
            "WHERE (room, seq) IN (SELECT room, seq FROM events WHERE kind = 0 AND edited_seq IS NOT NULL "
            "AND deleted_at IS NULL LIMIT 1)");
    return QStringLiteral(
        "UPDATE events SET edited_seq = NULL, deleted_at = NULL, text = 'undeleted' WHERE (room, seq) IN "
        "(SELECT room, seq FROM events WHERE kind = 0 AND deleted_at IS NOT NULL LIMIT 1)");
}

} // namespace

Batch::Batch(const Options &options, ProvingGround &ground, Blow blow)
    : m_options(options)
    , m_ground(ground)
    , m_blow(blow)
    , m_daemon(ground.freshDaemon([this](const QString &directory) {
        QStringList environment;
        if (m_blow != Blow::Kill) {
            m_disk = std::make_unique<FaultyDisk>(directory.toStdString());
            for (const auto &[name, value] : m_disk->environment())
                environment.append(QString::fromStdString(name + '=' + value));
        }
        return environment;
    }))
{ }

void Batch::run(int firstCycle, int cycles)
{
    m_daemon->start();
    addCast(m_fleet, m_ground.stage(), m_daemon->endpoint(), m_options.seed + std::uint64_t(firstCycle),
        firstCycle / m_options.batch % 2 == 0 ? steady : hard, [this] { killOnHearing(); });
    Audit audit(m_fleet, m_ground.stage().places(), m_ground.stage().persons);
    m_fleet.start();
    for (int i = 0; i < cycles && m_fleet.findings().total() == 0; ++i)
        cycle(Random(m_options.seed, std::uint64_t(firstCycle + i)), audit);
    audit.checkFromScratch(m_daemon->endpoint(), patience);
    m_fleet.stop();
    m_daemon->stop();
    events = audit.events();
    acknowledged = m_fleet.ledger().counts();
    hearEverybody();
    findings.add(m_fleet.findings());
}

void Batch::cycle(Random random, Audit &audit)
{
    if (!load(random))
        return;
    if (m_blow == Blow::Disk && letDiskFail(random)) {
        audit.settleAndCheck(m_daemon->endpoint(), patience);
        return;
    }
    kill(random);
    if (random.chance(killedWhileStarting)) {
        m_daemon->launch();
        std::this_thread::sleep_for(std::chrono::milliseconds(random.below(startsWithinMs)));
        ++killsWhileStarting;
        kill(random);
    }
    plant();
    restart();
    audit.settleAndCheck(m_daemon->endpoint(), patience);
}

bool Batch::load(Random &random)
{
    m_fleet.setProducing(true);
    const std::uint64_t least = m_options.plant.isEmpty() ? 1 : mostAcks;
    const std::uint64_t goal = m_fleet.ledger().acknowledgements() + least + random.below(mostAcks);
    if (m_blow != Blow::Disk && random.chance(killedByWord))
        m_killAt = goal;
    if (!m_fleet.reaches([&] { return m_fleet.ledger().acknowledgements() >= goal; }, patience)) {
        m_fleet.findings().add(Fault::Broken, "no more messages are acknowledged");
        return false;
    }
    if (m_killAt != 0) {
        m_fleet.reaches([this] { return m_killAt == 0; }, patience);
        m_killAt = 0; // no client was sent a frame: the next daemon must not be killed instead
    } else {
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(killWithinUs)));
    }
    return true;
}

void Batch::killOnHearing()
{
    if (m_killAt == 0 || m_fleet.ledger().acknowledgements() < m_killAt)
        return;
    ::kill(m_daemon->pid(), SIGKILL);
    m_killAt = 0;
}

bool Batch::letDiskFail(Random &random)
{
    ++diskFaults;
    m_disk->set(someDiskFault(random));
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(failsWithinMs)));
    // Data that a failed sync did not write is lost with the power, even if later syncs succeed.
    const bool goesOn = random.chance(50);
    if (goesOn)
        m_disk->repair();
    return goesOn;
}

void Batch::kill(Random &random)
{
    m_daemon->kill();
    ++kills;
    if (m_disk) {
        losePower(random);
        m_disk->repair();
    }
    const QString problems = databaseProblems(m_daemon->directory(), m_ground.scratch());
    if (!problems.isEmpty())
        m_fleet.findings().add(Fault::Broken, "integrity_check: " + problems.toStdString());
}

void Batch::losePower(Random &random)
{
    if (random.chance(killedWithPower))
        return;
    const PowerLoss::Summary loss = m_disk->losePower(random.next());
    ++powerLosses;
    sectorsUnsynced += loss.sectors;
    sectorsLost += loss.undone;
}

void Batch::restart()
{
    // Frames of the dead daemon may still arrive: they must not count for the new one.
    m_fleet.reaches([this] { return m_fleet.noneConnected(); }, patience);
    m_fleet.ledger().awaitFirst();
    const load::Nanos began = load::now();
    m_daemon->start();
    starts.record(load::now() - began);
    if (!m_fleet.reaches([this] { return m_fleet.ledger().first() != 0; }, patience)) {
        m_fleet.findings().add(Fault::Broken, "nothing is acknowledged after the restart");
        return;
    }
    firstAcks.record(m_fleet.ledger().first() - began);
}

/// A writer, or a kind of operation, that was never acknowledged proves nothing.
void Batch::hearEverybody()
{
    std::set<std::uint32_t> heard;
    for (const auto &[clientId, operation] : m_fleet.ledger().operations()) {
        if (operation.isAcknowledged)
            heard.insert(operation.stream);
    }
    if (heard.size() != writerCount)
        m_fleet.findings().add(
            Fault::Broken, "only " + std::to_string(heard.size()) + " writers had anything acknowledged");
    if (acknowledged.edits == 0 || acknowledged.deletions == 0 || acknowledged.membershipChanges == 0)
        m_fleet.findings().add(
            Fault::Broken, "no edit, no deletion, or no change of a membership was acknowledged");
}

/// Plants an error that the checker must find.
void Batch::plant()
{
    if (m_options.plant.isEmpty())
        return;
    const int changed = changeDatabase(m_daemon->directory(), plantingStatement(m_options.plant));
    if (changed != 1)
        throw load::Failure(QStringLiteral("The fault could not be planted."));
}

} // namespace rookery::faults
