// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/blow.h"
#include "tests/cluster/run.h"

#include <QCoreApplication>

#include <cstdio>

using namespace rookery;
using namespace rookery::cluster;

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
    return faults::conclude([&line] { return run(line.options); }, line.options.seed, progress);
}
