// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/commands.h"
#include "tests/wire/load/failure.h"

#include <QCoreApplication>

#include <cstdio>

namespace {

using namespace rookery::faults;

struct Runner
{
    QString command;
    QString summary;
    Outcome (*run)(const Options &);
};

const std::vector<Runner> &runners()
{
    static const std::vector<Runner> all{
        {QStringLiteral("cuts"),
            QStringLiteral("connections that are cut at any byte, stall, lose a direction"), runCuts},
        {QStringLiteral("drain"), QStringLiteral("SIGTERM under load"), runDrain},
        {QStringLiteral("kill"), QStringLiteral("kill -9 of the daemon under load, again and again"),
            runKill},
        {QStringLiteral("power"),
            QStringLiteral("the power is lost under load, with all that was not synced"), runPower},
        {QStringLiteral("disk"), QStringLiteral("the disk is full or fails for a while, under load"),
            runDisk},
        {QStringLiteral("herd"), QStringLiteral("kill -9 under 10,000 clients, who all come back"), runHerd},
        {QStringLiteral("stalled"), QStringLiteral("500 readers in a busy room stop reading"), runStalled},
        {QStringLiteral("logins"), QStringLiteral("1,000 log-ins a second"), runLogins},
        {QStringLiteral("budget"), QStringLiteral("one account does what is costly, as fast as it can"),
            runBudget},
        {QStringLiteral("slow"), QStringLiteral("1,000 slow clients of each kind, and as many idle ones"),
            runSlow},
    };
    return all;
}

Outcome runCommand(const Options &options)
{
    for (const Runner &runner : runners()) {
        if (runner.command != options.command)
            continue;
        Outcome outcome = runner.run(options);
        outcome.report.json.insert(QStringLiteral("faults"), options.command);
        outcome.report.line = QStringLiteral("%1: %2").arg(options.command, outcome.report.line);
        return outcome;
    }
    throw rookery::load::Failure(QStringLiteral("Nothing runs '%1'.").arg(options.command));
}

} // namespace

namespace rookery::faults {

void addAcknowledged(QJsonObject &json, const Acknowledged &acknowledged)
{
    json.insert(QStringLiteral("acknowledged"), qint64(acknowledged.all));
    json.insert(QStringLiteral("edits"), qint64(acknowledged.edits));
    json.insert(QStringLiteral("deletions"), qint64(acknowledged.deletions));
    json.insert(QStringLiteral("membership_changes"), qint64(acknowledged.membershipChanges));
    json.insert(QStringLiteral("refused_as_gone"), qint64(acknowledged.refusedAsGone));
}

QString textOf(const Acknowledged &acknowledged)
{
    return QStringLiteral(
        "%1 acknowledged (%2 edits, %3 deletions), %4 edits refused as gone, %5 times joined or left")
        .arg(acknowledged.all)
        .arg(acknowledged.edits)
        .arg(acknowledged.deletions)
        .arg(acknowledged.refusedAsGone)
        .arg(acknowledged.membershipChanges);
}

void progress(const QString &sentence)
{
    std::fputs(qUtf8Printable(QStringLiteral("rookery-faults: %1\n").arg(sentence)), stderr);
}

} // namespace rookery::faults

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("rookery-faults"));
    QStringList commands;
    for (const Runner &runner : runners())
        commands << runner.command << runner.summary;
    const CommandLine line = parseCommandLine(QCoreApplication::arguments(), commands);
    if (!line.run) {
        std::fprintf(line.exitCode == 0 ? stdout : stderr, "%s\n", qUtf8Printable(line.text));
        return line.exitCode;
    }
    return conclude([&line] { return runCommand(line.options); }, line.options.seed, progress);
}
