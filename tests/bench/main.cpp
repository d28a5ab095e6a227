// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <cstdio>
#include <cstdlib>

namespace {

using namespace rookery::bench;
using namespace rookery::load;

constexpr int exitInterrupted = 130;

struct Runner
{
    QLatin1String command;
    Report (*run)(const Options &);
};
constexpr Runner runners[] = {
    {QLatin1String("fanout"), runFanout},
    {QLatin1String("rooms"), runRooms},
    {QLatin1String("idle"), runIdle},
    {QLatin1String("storm"), runStorm},
    {QLatin1String("resume"), runResume},
    {QLatin1String("durable"), runDurable},
    {QLatin1String("latency"), runLatency},
    {QLatin1String("rest"), runRest},
    {QLatin1String("history"), runHistory},
};

QString dialectName(Dialect dialect)
{
    switch (dialect) {
    case Dialect::Native:
        return QStringLiteral("native");
    case Dialect::Room:
        return QStringLiteral("room");
    case Dialect::Personal:
        return QStringLiteral("personal");
    case Dialect::Direct:
        return QStringLiteral("direct");
    case Dialect::Bare:
        return QStringLiteral("bare");
    }
    return {};
}

int run(const Options &options)
{
    for (const Runner &runner : runners) {
        if (options.command != runner.command)
            continue;
        Report report = runner.run(options);
        report.json.insert(QStringLiteral("bench"), options.command);
        report.json.insert(QStringLiteral("version"), QStringLiteral(ROOKERY_VERSION));
        report.json.insert(QStringLiteral("dialect"), dialectName(options.dialect));
        report.json.insert(QStringLiteral("load_threads"), options.threads);
        if (options.ioThreads > 0)
            report.json.insert(QStringLiteral("io_threads"), options.ioThreads);
        if (!report.fault.isEmpty())
            report.json.insert(QStringLiteral("fault"), report.fault);
        const QByteArray json = QJsonDocument(report.json).toJson(QJsonDocument::Compact);
        std::fprintf(stdout, "%s\n", json.constData());
        std::fflush(stdout);
        progress(options.command + QStringLiteral(": ") + report.line);
        if (!report.fault.isEmpty())
            throw Failure(report.fault);
        return EXIT_SUCCESS;
    }
    throw Failure(QStringLiteral("Nothing runs '%1'.").arg(options.command));
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("rookery-bench"));
    const CommandLine line = parseCommandLine(QCoreApplication::arguments());
    if (!line.run) {
        std::fprintf(line.exitCode == 0 ? stdout : stderr, "%s\n", qUtf8Printable(line.text));
        return line.exitCode;
    }
    catchInterrupts();
    try {
        return run(line.options);
    } catch (const Interrupted &) {
        progress(QStringLiteral("interrupted"));
        return exitInterrupted;
    } catch (const std::exception &problem) {
        progress(QString::fromUtf8(problem.what()));
        return EXIT_FAILURE;
    }
}
