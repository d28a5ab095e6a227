// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/trust.h"
#include "client/app/arguments.h"
#include "client/app/mainwindow.h"
#include "client/instance/instance.h"
#include "client/logins/loginkeeper.h"
#include "client/logins/systemkeyring.h"
#include "client/session/sessionbackend.h"
#include "client/settings/settings.h"
#include "client/settings/theme.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/question.h"
#include "client/views/widgets/style.h"

#include <QApplication>
#include <QIcon>
#include <QMessageBox>

#include <cstdio>

namespace {

QStringList argumentsOf(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    return arguments;
}

/// Asks the process that has the profile to show its window, or says why that failed. Returns the exit
/// status.
int leaveToOther(rookery::client::Instance *instance)
{
    if (instance->showOther()) {
        std::fprintf(stderr, "rookery: %s\n",
            qUtf8Printable(QCoreApplication::translate("Main",
                "It is already running with this profile; its window is shown. Use --profile NAME to run "
                "another "
                "one beside it.")));
        return 0;
    }
    const QString problem = QCoreApplication::translate("Main",
        "Rookery is already running with this profile (process %1) and does not answer. Close it first, or "
        "start "
        "with --profile NAME to run another one beside it.")
                                .arg(instance->otherProcess());
    std::fprintf(stderr, "rookery: %s\n", qUtf8Printable(problem));
    rookery::client::plainQuestion(nullptr, QMessageBox::Critical, QStringLiteral("Rookery"), problem)
        ->exec();
    return 1;
}

} // namespace

int main(int argc, char **argv)
{
    using namespace rookery;

    // Before there is an application: help and errors need no display.
    const Result<client::Arguments> arguments = client::parseArguments(argumentsOf(argc, argv));
    if (!arguments) {
        std::fprintf(stderr, "rookery: %s\n%s\n", qUtf8Printable(arguments.error().detail),
            qUtf8Printable(QCoreApplication::translate("Main", "Try 'rookery --help'.")));
        return 2;
    }
    if (arguments->help) {
        const QCoreApplication app(argc, argv);
        std::fputs(qUtf8Printable(client::helpText()), stdout);
        return 0;
    }
    if (arguments->version) {
        std::puts("rookery " ROOKERY_VERSION);
        return 0;
    }

    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("rookery"));
    QApplication::setApplicationDisplayName(QStringLiteral("Rookery"));
    QApplication::setApplicationVersion(QStringLiteral(ROOKERY_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("rookery"));
    QApplication::setWindowIcon(client::applicationIcon());

    client::Settings settings(arguments->profile);
    client::Instance instance(settings.dataDirectory());
    if (instance.claim() == client::Instance::Claim::Taken)
        return leaveToOther(&instance);
    QApplication::setStyle(new client::Style);
    client::applyTheme(settings.theme());
    client::Trust trust({[&settings](const QString &server) { return settings.trustedCertificate(server); },
        [&settings](
            const QString &server, const QString &text) { settings.setTrustedCertificate(server, text); }});
    client::SessionBackend backend(settings.dataDirectory(), &trust);
    client::LoginKeeper keeper(settings.dataDirectory(), client::systemKeyring());
    client::MainWindow window(&backend, &settings, &keeper);
    QObject::connect(&instance, &client::Instance::windowWanted, &window, &client::MainWindow::bringToFront);
    window.start(arguments->server, arguments->userName);
    window.show();
    return QApplication::exec();
}
