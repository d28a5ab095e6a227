// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/daemonprocess.h"

#include "tests/wire/load/failure.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcessEnvironment>

namespace rookery::faults {

namespace {

QStringList cleanEnvironment(const QStringList &further)
{
    QStringList environment;
    const QStringList system = QProcessEnvironment::systemEnvironment().toStringList();
    for (const QString &variable : system) {
        if (!variable.startsWith(QLatin1String("ROOKERY_")))
            environment.append(variable);
    }
    // These runs test delivery. Rate limits have tests of their own.
    for (const char *limit : {"LOGINS_PER_MINUTE", "MESSAGES_PER_SECOND", "BYTES_PER_USER_PER_DAY",
             "BYTES_PER_NETWORK_PER_DAY", "ROOMS_PER_USER", "CONNECTIONS_PER_ADDRESS",
             "TLS_HANDSHAKES_PER_SECOND", "WORK_PER_USER", "WORK_PER_NETWORK"})
        environment.append(QStringLiteral("ROOKERY_LIMITS_%1=0").arg(QLatin1String(limit)));
    environment.append(QStringLiteral("ROOKERY_SERVER_LOG_LEVEL=warning"));
    return environment + further;
}

} // namespace

DaemonProcess::DaemonProcess(What what)
    : m_what(std::move(what))
{
    if (m_what.program.isEmpty())
        m_what.program = QCoreApplication::applicationDirPath() + QStringLiteral("/rookeryd");
    if (!QFile::exists(m_what.program))
        throw load::Failure(QStringLiteral("There is no %1; give --daemon PATH.").arg(m_what.program));
    const bool isNew = !QFile::exists(m_what.directory);
    if (!QDir().mkpath(m_what.directory))
        throw load::Failure(QStringLiteral("The directory %1 cannot be made.").arg(m_what.directory));
    // Its log file is in the directory before the daemon starts, and the daemon accepts a directory with files
    // only if it is private.
    if (isNew)
        QFile::setPermissions(m_what.directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    bench::Program::What program;
    program.path = m_what.program;
    program.arguments = arguments();
    program.environment = cleanEnvironment(m_what.environment);
    program.announcement = "rookeryd ready: ";
    program.log = m_what.directory + QStringLiteral("/rookeryd.log");
    m_program = std::make_unique<bench::Program>(std::move(program));
}

QStringList DaemonProcess::arguments() const
{
    return QStringList{QStringLiteral("--data"), m_what.directory, QStringLiteral("--listen"),
               QStringLiteral("http://127.0.0.1:%1").arg(m_what.port)}
    + m_what.arguments;
}

void DaemonProcess::start()
{
    m_program->start();
    if (m_what.port != 0) {
        if (!m_endpoint)
            m_endpoint.emplace(m_program->url());
        return;
    }
    m_what.port = quint16(m_program->url().port());
    m_endpoint.emplace(m_program->url());
    m_program->setArguments(arguments());
}

void DaemonProcess::launch()
{
    m_program->launch();
}

} // namespace rookery::faults
