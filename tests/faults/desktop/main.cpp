// SPDX-License-Identifier: GPL-3.0-or-later
// rookery-desktop-faults: tests the desktop client's part of the delivery contract.

#include "tests/faults/desktop/desktoprun.h"
#include "tests/wire/load/failure.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonDocument>

#include <cstdio>
#include <cstdlib>
#include <limits>

namespace {

using namespace rookery::faults;
using namespace Qt::StringLiterals;

constexpr int exitUsage = 2;

void say(const QString &sentence)
{
    std::fprintf(stderr, "rookery-desktop-faults: %s\n", qUtf8Printable(sentence));
}

int run(const DesktopRun::What &what)
{
    DesktopRun run(what);
    run.run();
    const DesktopRun::Figures &figures = run.figures();
    const DeliveryCheck &check = run.check();
    QJsonObject json{{u"faults"_s, u"desktop"_s}, {u"version"_s, QStringLiteral(ROOKERY_VERSION)},
        {u"seed"_s, QString::number(what.seed)}, {u"sends"_s, figures.sure}, {u"unsure"_s, figures.unsure},
        {u"unsure_delivered"_s, figures.unsureDelivered}, {u"events"_s, figures.events},
        {u"under_fire"_s, figures.underFire}, {u"client_kills"_s, figures.clientKills},
        {u"daemon_kills"_s, figures.daemonKills}, {u"shakes"_s, figures.shakes},
        {u"connections"_s, qint64(figures.connections)}, {u"cut"_s, qint64(figures.cut)},
        {u"typing_ms"_s, figures.typingMs}, {u"settling_ms"_s, figures.settlingMs}};
    for (const QString &kind : {u"lost"_s, u"doubled"_s, u"reordered"_s, u"gap"_s, u"altered"_s,
             u"misshown"_s, u"unsettled"_s, u"stuck"_s, u"crashed"_s})
        json[kind] = check.counts().value(kind);
    if (!check.isClean())
        json[u"findings"_s] = QJsonArray::fromStringList(check.sentences());
    std::printf("%s\n", QJsonDocument(json).toJson(QJsonDocument::Compact).constData());
    for (const QString &sentence : check.sentences())
        say(sentence);
    say(u"%1 sends through %2 connections, %3 of them cut, %4 kills of the client, %5 of the daemon: %6"_s
            .arg(QString::number(figures.sure), QString::number(figures.connections),
                QString::number(figures.cut), QString::number(figures.clientKills),
                QString::number(figures.daemonKills),
                check.isClean() ? u"each delivered once, in order"_s
                                : u"FAILED, with --seed %1"_s.arg(what.seed)));
    return check.isClean() ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"rookery-desktop-faults"_s);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Types into desktop clients while connections are cut and both sides are killed, and checks that "
        "each message is delivered once, in order."_s);
    parser.addOptions({{u"sends"_s, u"So many messages (1000)."_s, u"N"_s, u"1000"_s},
        {u"seed"_s, u"The same seed makes the same choices (1)."_s, u"S"_s, u"1"_s},
        {u"hurry"_s, u"Divides every wait of the client's link (10)."_s, u"N"_s, u"10"_s},
        {{u"h"_s, u"help"_s}, u"Shows this."_s}});
    QString wrong = parser.parse(QCoreApplication::arguments()) ? QString() : parser.errorText();
    if (parser.isSet(u"help"_s))
        parser.showHelp();
    const auto number = [&](const QString &name, qulonglong least, qulonglong most) {
        bool good = false;
        const qulonglong value = parser.value(name).toULongLong(&good);
        if (wrong.isEmpty() && !(good && value >= least && value <= most))
            wrong = u"--%1 cannot be '%2'."_s.arg(name, parser.value(name));
        return value;
    };
    constexpr auto mostInt = qulonglong(std::numeric_limits<int>::max());
    DesktopRun::What what;
    what.sends = int(number(u"sends"_s, 1, mostInt));
    what.seed = number(u"seed"_s, 0, std::numeric_limits<qulonglong>::max());
    what.hurry = int(number(u"hurry"_s, 1, mostInt));
    if (wrong.isEmpty() && !parser.positionalArguments().isEmpty())
        wrong = u"'%1' is no option."_s.arg(parser.positionalArguments().constFirst());
    if (!wrong.isEmpty()) {
        say(wrong + u" Try --help."_s);
        return exitUsage;
    }
    const QString directory = QCoreApplication::applicationDirPath();
    what.client = directory + u"/rookery-headless"_s;
    if (!qEnvironmentVariableIsSet("ROOKERY_TEST_DAEMON"))
        qputenv("ROOKERY_TEST_DAEMON", (directory + u"/rookeryd"_s).toLocal8Bit());
    try {
        return run(what);
    } catch (const rookery::load::Failure &failure) {
        say(QString::fromUtf8(failure.what()));
        return EXIT_FAILURE;
    }
}
