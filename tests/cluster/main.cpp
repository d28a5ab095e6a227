// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/blow.h"
#include "tests/cluster/run.h"
#include "tests/wire/load/crew.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>

using namespace rookery;
using namespace rookery::cluster;

namespace {

constexpr int exitInterrupted = 130;

int report(const Options &options)
{
    Outcome outcome = run(options);
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("version"), QStringLiteral(ROOKERY_VERSION));
    json.insert(QStringLiteral("seed"), QString::number(options.seed));
    for (std::size_t i = 0; i < faults::faultKinds; ++i)
        json.insert(QLatin1String(faults::faultName(faults::Fault(i))),
            qint64(outcome.findings.count(faults::Fault(i))));
    QJsonArray sentences;
    for (const std::string &sentence : outcome.findings.sentences()) {
        sentences.append(QString::fromStdString(sentence));
        progress(QString::fromStdString(sentence));
    }
    if (!sentences.isEmpty())
        json.insert(QStringLiteral("findings"), sentences);
    if (!outcome.report.fault.isEmpty())
        json.insert(QStringLiteral("fault"), outcome.report.fault);
    std::fprintf(stdout, "%s\n", QJsonDocument(json).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
    progress(outcome.report.line);
    if (!outcome.report.fault.isEmpty())
        progress(outcome.report.fault);
    const bool held = outcome.findings.total() == 0 && outcome.report.fault.isEmpty();
    if (!held)
        progress(QStringLiteral("FAILED, with --seed %1").arg(options.seed));
    return held ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

void rookery::cluster::progress(const QString &sentence)
{
    std::fputs(qUtf8Printable(QStringLiteral("rookery-cluster: %1\n").arg(sentence)), stderr);
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("rookery-cluster"));
    QStringList kinds;
    for (const BlowKind &kind : blowKinds(true, true))
        kinds.append(QLatin1String(kind.name));
    const CommandLine line = parseCommandLine(QCoreApplication::arguments(), kinds);
    if (!line.run) {
        std::fprintf(line.exitCode == 0 ? stdout : stderr, "%s\n", qUtf8Printable(line.text));
        return line.exitCode;
    }
    load::catchInterrupts();
    try {
        return report(line.options);
    } catch (const load::Interrupted &) {
        progress(QStringLiteral("interrupted"));
        return exitInterrupted;
    } catch (const std::exception &problem) {
        progress(QString::fromUtf8(problem.what()));
    }
    return EXIT_FAILURE;
}
