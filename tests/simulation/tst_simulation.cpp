// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters of three nodes, by seeds. README.md says how to replay one.
#include "tests/simulation/world.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QHashSeed>
#include <QLoggingCategory>
#include <QTest>

#include <cstdio>
#include <optional>

using namespace simulation;

namespace {

Q_LOGGING_CATEGORY(findings, "simulation")

constexpr quint64 seedsOfSuite = 2'000;
/// In how many seeds a planted fault must be found.
constexpr quint64 seedsOfPlants = 1'000;

Outcome simulate(quint64 seed, Plant plant = Plant::None)
{
    Options options;
    options.seed = seed;
    options.plant = plant;
    const Outcome outcome = World(options).run();
    // No event loop runs here: what was posted or left to be deleted would be kept from seed to seed.
    QCoreApplication::sendPostedEvents();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    return outcome;
}

QByteArray failureOf(quint64 seed, const Outcome &outcome)
{
    return QStringLiteral("seed %1: %2\nreplay: tst_simulation --seed %1 --trace")
        .arg(seed)
        .arg(outcome.failure)
        .toUtf8();
}

/// `FROM-TO`, or one number.
std::optional<std::pair<quint64, quint64>> range(const QString &text)
{
    const qsizetype dash = text.indexOf(u'-');
    bool isFirst = false;
    bool isLast = false;
    const quint64 first = text.left(dash < 0 ? text.size() : dash).toULongLong(&isFirst);
    const quint64 last = dash < 0 ? first : text.mid(dash + 1).toULongLong(&isLast);
    if (!isFirst || (dash >= 0 && !isLast) || last < first)
        return std::nullopt;
    return std::pair(first, last);
}

int runSeeds(quint64 first, quint64 last)
{
    QElapsedTimer clock;
    clock.start();
    Outcome sum;
    quint64 failed = 0;
    for (quint64 seed = first; seed <= last; ++seed) {
        const Outcome outcome = simulate(seed);
        sum.steps += outcome.steps;
        sum.simulatedMs += outcome.simulatedMs;
        sum.takenEvents += outcome.takenEvents;
        sum.faults += outcome.faults;
        if (outcome.failure.isEmpty())
            continue;
        ++failed;
        std::printf("%s\n", failureOf(seed, outcome).constData());
        std::fflush(stdout);
    }
    std::printf(
        "%llu seeds, %llu failed; %lld steps, %.1f h simulated, %d faults, %llu events taken; %.1f s\n",
        static_cast<unsigned long long>(last - first + 1), static_cast<unsigned long long>(failed),
        static_cast<long long>(sum.steps), double(sum.simulatedMs) / 3.6e6, sum.faults,
        static_cast<unsigned long long>(sum.takenEvents), double(clock.elapsed()) / 1000);
    return failed == 0 ? 0 : 1;
}

int replay(const Options &options)
{
    const Outcome outcome = World(options).run();
    std::printf("seed %llu: %lld steps, %lld ms, digest %016llx\n%s\n",
        static_cast<unsigned long long>(options.seed), static_cast<long long>(outcome.steps),
        static_cast<long long>(outcome.simulatedMs), static_cast<unsigned long long>(outcome.digest),
        outcome.failure.isEmpty() ? "nothing failed" : qPrintable(outcome.failure));
    return outcome.failure.isEmpty() ? 0 : 1;
}

} // namespace

class TestSimulation : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsLostWhateverHappens_data();
    void nothingIsLostWhateverHappens();
    void aSeedReplaysExactly();
    void plantedFaultsAreFound_data();
    void plantedFaultsAreFound();
};

void TestSimulation::nothingIsLostWhateverHappens_data()
{
    constexpr quint64 portion = 250;
    QTest::addColumn<quint64>("first");
    QTest::addColumn<quint64>("last");
    for (quint64 first = 1; first <= seedsOfSuite; first += portion) {
        const quint64 last = first + portion - 1;
        QTest::newRow(qPrintable(QStringLiteral("%1-%2").arg(first).arg(last))) << first << last;
    }
}

void TestSimulation::nothingIsLostWhateverHappens()
{
    QFETCH(const quint64, first);
    QFETCH(const quint64, last);
    quint64 taken = 0;
    for (quint64 seed = first; seed <= last; ++seed) {
        const Outcome outcome = simulate(seed);
        QVERIFY2(outcome.failure.isEmpty(), failureOf(seed, outcome).constData());
        taken += outcome.takenEvents;
    }
    QVERIFY(taken > 100 * (last - first + 1)); // it is not quiet there
}

void TestSimulation::aSeedReplaysExactly()
{
    for (quint64 seed = 1; seed <= 10; ++seed) {
        const Outcome one = simulate(seed);
        const Outcome other = simulate(seed);
        QCOMPARE(other.digest, one.digest);
        QCOMPARE(other.steps, one.steps);
        QVERIFY(simulate(seed + 1).digest != one.digest);
    }
}

void TestSimulation::plantedFaultsAreFound_data()
{
    QTest::addColumn<Plant>("plant");
    QTest::newRow("frames are lost unnoticed") << Plant::SwallowedFrames;
    QTest::newRow("heads are from the past") << Plant::PastHeads;
    QTest::newRow("events come in the wrong order") << Plant::SwappedEvents;
    QTest::newRow("leases do not end") << Plant::EternalLeases;
    QTest::newRow("holes are read in vain") << Plant::EmptyPages;
    QTest::newRow("what is acknowledged is not stored") << Plant::FalseAnswers;
    QTest::newRow("resends are stored again") << Plant::DoubledResends;
    QTest::newRow("interest is declared too late") << Plant::LateInterest;
    QTest::newRow("the removed may read") << Plant::OpenPages;
    QTest::newRow("removals are not heard") << Plant::UnheardRemovals;
    QTest::newRow("questions are not heard") << Plant::ForgottenQuestions;
}

void TestSimulation::plantedFaultsAreFound()
{
    QFETCH(const Plant, plant);
    for (quint64 seed = 1; seed <= seedsOfPlants; ++seed) {
        const Outcome outcome = simulate(seed, plant);
        if (outcome.failure.isEmpty())
            continue;
        qCInfo(findings, "found by seed %llu: %s", static_cast<unsigned long long>(seed),
            qPrintable(outcome.failure));
        QCOMPARE(simulate(seed, plant).failure, outcome.failure);
        return;
    }
    QFAIL("not found");
}

int main(int argc, char **argv)
{
    QHashSeed::setDeterministicGlobalSeed();
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const bool isOwn = std::ranges::any_of(
        arguments, [](const QString &argument) { return argument.startsWith(QLatin1String("--seed")); });
    // What nodes log of each other.
    QLoggingCategory::setFilterRules(QStringLiteral("default.info=false\ndefault.warning=false"));
    if (!isOwn) {
        TestSimulation test;
        return QTest::qExec(&test, argc, argv);
    }
    QCommandLineParser parser;
    const QCommandLineOption seed(
        QStringLiteral("seed"), QStringLiteral("Simulates one seed."), QStringLiteral("N"));
    const QCommandLineOption seeds(
        QStringLiteral("seeds"), QStringLiteral("Simulates many."), QStringLiteral("FROM-TO"));
    const QCommandLineOption steps(
        QStringLiteral("steps"), QStringLiteral("Ends after so many steps."), QStringLiteral("M"));
    const QCommandLineOption plant(
        QStringLiteral("plant"), QStringLiteral("With a planted fault, by its number."), QStringLiteral("K"));
    const QCommandLineOption trace(QStringLiteral("trace"), QStringLiteral("Prints what happens."));
    parser.addOptions({seed, seeds, steps, plant, trace});
    parser.addHelpOption();
    parser.process(application);
    if (parser.isSet(seeds)) {
        const auto which = range(parser.value(seeds));
        return which ? runSeeds(which->first, which->second) : 2;
    }
    const auto which = range(parser.value(seed));
    if (!which)
        return 2;
    Options options;
    options.seed = which->first;
    options.mostSteps = parser.value(steps).toLongLong();
    options.plant = Plant(parser.value(plant).toInt());
    options.trace = parser.isSet(trace);
    return replay(options);
}

#include "tst_simulation.moc"
