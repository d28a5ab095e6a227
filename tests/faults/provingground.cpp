// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/provingground.h"

#include "server/store/sqlite/fileidentity.h"
#include "tests/bench/scratch.h"
#include "tests/wire/load/failure.h"

#include <QDir>
#include <QFile>

namespace rookery::faults {

namespace {

void copyDirectory(const QString &from, const QString &to)
{
    QDir().mkpath(to);
    const QStringList names = QDir(from).entryList(QDir::Files);
    for (const QString &name : names) {
        if (!QFile::copy(from + QLatin1Char('/') + name, to + QLatin1Char('/') + name))
            throw load::Failure(QStringLiteral("%1 cannot be copied to %2.").arg(name, to));
    }
}

/// The daemon takes a database in another file for a restored backup, and gives its history a new epoch
/// (server/store/sqlite/historymark.h). The copies here must keep the epoch that the clients know.
void keepHistory(const QString &directory)
{
    QFile file(directory + QStringLiteral("/rookery.last-event"));
    if (!file.open(QIODevice::ReadWrite))
        throw load::Failure(QStringLiteral("%1 is no copy of a daemon's data.").arg(directory));
    QList<QByteArray> lines = file.readAll().split('\n');
    lines[2] = store::fileIdentity(directory + QStringLiteral("/rookery.db"));
    if (!file.resize(0) || file.write(lines.join('\n')) < 0)
        throw load::Failure(QStringLiteral("%1 cannot be written.").arg(file.fileName()));
}

} // namespace

ProvingGround::ProvingGround(const Options &options)
    : m_options(options)
    , m_directory(bench::scratchTemplate(QStringLiteral("rookery-faults")))
{
    if (!m_directory.isValid() || !QDir().mkpath(scratch()))
        throw load::Failure(
            QStringLiteral("No directory for the data can be made: %1.").arg(m_directory.errorString()));
    DaemonProcess daemon(daemonOn(QStringLiteral("template")));
    daemon.start();
    m_stage = makeStage(daemon.endpoint(), std::uint32_t(options.seed));
    daemon.stop();
}

DaemonProcess::What ProvingGround::daemonOn(const QString &name) const
{
    DaemonProcess::What what;
    what.program = m_options.daemon;
    what.directory = m_directory.path() + QLatin1Char('/') + name;
    return what;
}

std::unique_ptr<DaemonProcess> ProvingGround::freshDaemon(const EnvironmentFor &environment)
{
    const auto nameOf = [](int number) { return QStringLiteral("data-%1").arg(number); };
    QDir(m_directory.path() + QLatin1Char('/') + nameOf(m_copies)).removeRecursively();
    DaemonProcess::What what = daemonOn(nameOf(++m_copies));
    copyDirectory(m_directory.path() + QStringLiteral("/template"), what.directory);
    keepHistory(what.directory);
    if (environment)
        what.environment = environment(what.directory);
    return std::make_unique<DaemonProcess>(std::move(what));
}

} // namespace rookery::faults
