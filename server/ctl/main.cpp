// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ctl/ctlcommand.h"
#include "server/ctl/migration.h"
#include "server/log.h"

#include <QCoreApplication>

#include <atomic>
#include <csignal>
#include <cstdio>

#include <sys/stat.h>

namespace {

std::atomic_bool isStopped = false;
static_assert(std::atomic_bool::is_always_lock_free);

void onSignal(int /*number*/)
{
    isStopped = true;
}

/// The first SIGINT or SIGTERM ends the work at its next stop; a second one at once, which loses no more.
void catchSignals()
{
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESETHAND;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

} // namespace

int main(int argc, char *argv[])
{
    using rookery::ctl::Action;

    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("rookeryctl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ROOKERY_VERSION));
    ::umask(077);
    rookery::setUpLogging(QStringLiteral("info"));
    const auto command = rookery::ctl::parseCommand(QCoreApplication::arguments());
    if (!command) {
        std::fputs(qUtf8Printable(
                       QStringLiteral("rookeryctl: %1\n").arg(rookery::printable(command.error().detail))),
            stderr);
        return rookery::ctl::exitBadUsage;
    }
    switch (command->action) {
    case Action::ShowHelp:
        std::fputs(qUtf8Printable(command->help), stdout);
        return EXIT_SUCCESS;
    case Action::ShowVersion:
        std::fputs(
            qUtf8Printable(QStringLiteral("rookeryctl %1\n").arg(QCoreApplication::applicationVersion())),
            stdout);
        return EXIT_SUCCESS;
    case Action::Migrate:
        break;
    }
    catchSignals();
    const int code = rookery::ctl::migrate(*command, [] { return isStopped.load(); });
    rookery::finishLogging();
    return code;
}
