// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/adminnames.h"
#include "server/application.h"
#include "server/datadirectory.h"
#include "server/log.h"
#include "server/net/loop/eventdispatcher.h"
#include "server/nodebus.h"
#include "server/passwordfile.h"
#include "server/tlscheck.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTextStream>

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr int exitBadUsage = 2;
int signalPipe[2];

void onSignal(int number)
{
    const char byte = char(number);
    // A full pipe means that a signal is waiting to be read already.
    [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);
}

/// SIGTERM, SIGINT and SIGHUP reach the event loop through a pipe, since a handler may do next to nothing.
bool catchSignals()
{
    if (::pipe2(signalPipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGHUP, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return true;
}

/// A text of our own, with all its lines.
void print(std::FILE *stream, const QString &text)
{
    std::fputs(qUtf8Printable(text + QLatin1Char('\n')), stream);
    std::fflush(stream);
}

/// One line, in which others may have chosen some of the words.
void say(std::FILE *stream, const QString &line)
{
    print(stream, rookery::printable(line));
}

int run(const rookery::config::Invocation &invocation)
{
    rookery::Application application(invocation.config);
    const auto listening = application.start();
    if (!listening) {
        say(stderr, QStringLiteral("rookeryd: %1").arg(listening.error().detail));
        return EXIT_FAILURE;
    }
    QObject::connect(
        &application, &rookery::Application::stopped, qApp, [] { QCoreApplication::quit(); },
        Qt::QueuedConnection);
    QSocketNotifier signalArrived(signalPipe[0], QSocketNotifier::Read);
    QObject::connect(&signalArrived, &QSocketNotifier::activated, &application, [&application] {
        // What is left unread would wake the loop again and again, for as long as the last clients take.
        char bytes[16];
        bool stop = false;
        bool hangUp = false;
        for (ssize_t count; (count = ::read(signalPipe[0], bytes, sizeof bytes)) > 0;) {
            for (ssize_t i = 0; i < count; ++i)
                (bytes[i] == SIGHUP ? hangUp : stop) = true;
        }
        if (hangUp)
            qInfo(
                "SIGHUP: nothing is read anew; restart the daemon for another configuration or certificate");
        if (stop)
            application.stop();
    });

    for (const QUrl &url : *listening)
        say(stdout, QStringLiteral("rookeryd ready: %1").arg(url.toString()));
    if (invocation.action == rookery::config::Action::Smoke)
        QMetaObject::invokeMethod(&application, &rookery::Application::stop, Qt::QueuedConnection);
    const int code = QCoreApplication::exec();
    signalArrived.setEnabled(false);
    return code;
}

/// The configuration is good by itself; what it names is looked at here.
int checkConfig(const rookery::config::Config &config)
{
    if (const auto directory = rookery::checkDataDirectory(config.dataDirectory); !directory) {
        const QString sentence =
            config.placed(QStringLiteral("server.data_directory"), directory.error().detail);
        say(stderr, QStringLiteral("rookeryd: %1").arg(sentence));
        return exitBadUsage;
    }
    if (const auto admins = rookery::checkAdminNames(config); !admins) {
        say(stderr, QStringLiteral("rookeryd: %1").arg(admins.error().detail));
        return exitBadUsage;
    }
    if (!config.storagePasswordFile.isEmpty()) {
        if (const auto password = rookery::readPasswordFile(config.storagePasswordFile); !password) {
            const QString sentence =
                config.placed(QStringLiteral("storage.password_file"), password.error().detail);
            say(stderr, QStringLiteral("rookeryd: %1").arg(sentence));
            return exitBadUsage;
        }
    }
    if (const auto redis = rookery::redisOf(config); !redis) {
        say(stderr, QStringLiteral("rookeryd: %1").arg(redis.error().detail));
        return exitBadUsage;
    }
    if (!config.certificateFile.isEmpty()) {
        const auto warnings = rookery::checkTls(config, {config.certificateFile, config.keyFile});
        if (!warnings) {
            say(stderr, QStringLiteral("rookeryd: %1").arg(warnings.error().detail));
            return exitBadUsage;
        }
        for (const QString &warning : *warnings)
            say(stderr, QStringLiteral("rookeryd: warning: %1").arg(warning));
        say(stdout, QStringLiteral("rookeryd: the certificate and its key belong together."));
    }
    say(stdout, QStringLiteral("rookeryd: the configuration is good."));
    return EXIT_SUCCESS;
}

/// Hashing a password maps megabytes and gives them back, and a thread that loses its core meanwhile keeps
/// the others from changing the address space for tens of milliseconds. A heap that grows in large steps, and
/// is not given back at once, seldom wants to.
void growInLargeSteps()
{
#ifdef __GLIBC__
    constexpr int mebi = 1024 * 1024;
    ::mallopt(M_TOP_PAD, 16 * mebi);
    ::mallopt(M_TRIM_THRESHOLD, 32 * mebi);
#endif
}

} // namespace

int main(int argc, char *argv[])
{
    using rookery::config::Action;

    growInLargeSteps();
    if (auto dispatcher = rookery::net::makeEventDispatcher())
        QCoreApplication::setEventDispatcher(dispatcher.release());
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("rookeryd"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ROOKERY_VERSION));
    ::umask(077);

    // What is wrong with the configuration is told like everything else: with its time, and control
    // characters written out.
    rookery::setUpLogging(QStringLiteral("info"));
    const auto invocation =
        rookery::config::load(QCoreApplication::arguments(), QProcessEnvironment::systemEnvironment());
    if (!invocation) {
        say(stderr, QStringLiteral("rookeryd: %1").arg(invocation.error().detail));
        return exitBadUsage;
    }
    switch (invocation->action) {
    case Action::ShowHelp:
        print(stdout, rookery::config::helpText());
        return EXIT_SUCCESS;
    case Action::ShowVersion:
        say(stdout, QStringLiteral("rookeryd %1").arg(QCoreApplication::applicationVersion()));
        return EXIT_SUCCESS;
    case Action::CheckConfig:
        return checkConfig(invocation->config);
    case Action::Run:
    case Action::Smoke:
        break;
    }
    rookery::setUpLogging(invocation->config.logLevel);
    if (!catchSignals()) {
        say(stderr, QStringLiteral("rookeryd: signals cannot be caught: no pipe could be made."));
        return EXIT_FAILURE;
    }
    const int code = run(*invocation);
    rookery::finishLogging();
    return code;
}
