// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/daemon.h"

#include "tests/bench/scratch.h"
#include "tests/wire/load/failure.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcessEnvironment>

namespace rookery::bench {

using namespace load;

namespace {

QStringList environment(const Options &options, int connections)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const QStringList names = environment.keys();
    for (const QString &name : names) {
        if (name.startsWith(QLatin1String("ROOKERY_")))
            environment.remove(name);
    }
    const QString off = QStringLiteral("0");
    environment.insert(QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_BYTES_PER_USER_PER_DAY"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_BYTES_PER_NETWORK_PER_DAY"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_ROOMS_PER_USER"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_TLS_HANDSHAKES_PER_SECOND"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_CONNECTIONS"), QString::number(connections));
    environment.insert(QStringLiteral("ROOKERY_SERVER_LOG_LEVEL"), QStringLiteral("warning"));
    if (options.ioThreads > 0)
        environment.insert(QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QString::number(options.ioThreads));
    return environment.toStringList();
}

} // namespace

Daemon::Daemon(const Options &options, int connections, const QStringList &shared)
{
    Program::What what;
    what.path = options.daemon.isEmpty()
        ? QCoreApplication::applicationDirPath() + QStringLiteral("/rookeryd")
        : options.daemon;
    if (!QFile::exists(what.path))
        throw Failure(QStringLiteral("There is no %1; give --daemon PATH, or --url of a running server.")
                          .arg(what.path));
    if (options.data.isEmpty()) {
        m_temporary = std::make_unique<QTemporaryDir>(scratchTemplate(QStringLiteral("rookery-bench")));
        if (!m_temporary->isValid())
            throw Failure(
                QStringLiteral("No directory for the data can be made: %1.").arg(m_temporary->errorString()));
        m_directory = m_temporary->path();
    } else {
        m_directory = options.data;
        const bool isNew = !QFile::exists(m_directory);
        if (!QDir().mkpath(m_directory))
            throw Failure(QStringLiteral("The directory %1 cannot be made.").arg(m_directory));
        // The log lies there before the daemon looks: it takes a directory with files only where it is
        // private.
        if (isNew)
            QFile::setPermissions(m_directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    what.arguments =
        QStringList{QStringLiteral("--data"), m_directory, QStringLiteral("--listen"),
            options.tls ? QStringLiteral("https://127.0.0.1:0") : QStringLiteral("http://127.0.0.1:0")}
        + options.daemonArguments;
    what.environment = environment(options, connections) + shared;
    what.announcement = "rookeryd ready: ";
    what.log = m_directory + QStringLiteral("/rookeryd.log");
    m_program = std::make_unique<Program>(std::move(what));
    m_program->start();
}

void Daemon::restart()
{
    m_program->stop();
    m_program->start();
}

} // namespace rookery::bench
