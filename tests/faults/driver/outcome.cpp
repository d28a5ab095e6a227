// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/outcome.h"

#include "tests/wire/load/crew.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>
#include <cstdlib>

namespace rookery::faults {

namespace {

constexpr int exitInterrupted = 130;

int reportOutcome(Outcome outcome, std::uint64_t seed, const std::function<void(const QString &)> &progress)
{
    QJsonObject &json = outcome.report.json;
    json.insert(QStringLiteral("version"), QStringLiteral(ROOKERY_VERSION));
    json.insert(QStringLiteral("seed"), QString::number(seed));
    for (std::size_t i = 0; i < faultKinds; ++i)
        json.insert(QLatin1String(faultName(Fault(i))), qint64(outcome.findings.count(Fault(i))));
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
        progress(QStringLiteral("FAILED, with --seed %1").arg(seed));
    return held ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int conclude(const std::function<Outcome()> &run, std::uint64_t seed,
    const std::function<void(const QString &)> &progress)
{
    load::catchInterrupts();
    try {
        return reportOutcome(run(), seed, progress);
    } catch (const load::Interrupted &) {
        progress(QStringLiteral("interrupted"));
        return exitInterrupted;
    } catch (const std::exception &problem) {
        progress(QString::fromUtf8(problem.what()));
    }
    return EXIT_FAILURE;
}

} // namespace rookery::faults
