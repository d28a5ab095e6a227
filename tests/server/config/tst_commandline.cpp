// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/commandline.h"

#include "server/config/keys.h"

#include <QTest>

using namespace rookery;
using namespace rookery::config;

namespace {

QStringList program(const QStringList &arguments)
{
    return QStringList{QStringLiteral("rookeryd")} + arguments;
}

} // namespace

class tst_CommandLine : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothing();
    void values();
    void actions_data();
    void actions();
    void refused_data();
    void refused();
    void helpNamesEverything();
};

void tst_CommandLine::nothing()
{
    const QList<QStringList> bare{{}, program({})};
    for (const QStringList &arguments : bare) {
        const auto line = parseCommandLine(arguments);
        QVERIFY(line);
        QCOMPARE(line->action, Action::Run);
        QVERIFY(!line->configFile && !line->dataDirectory && line->listen.isEmpty());
    }
}

void tst_CommandLine::values()
{
    const auto line = parseCommandLine(program({QStringLiteral("--config"), QStringLiteral("a b.toml"),
        QStringLiteral("--listen=http://[::1]:0"), QStringLiteral("--data=/x=y"), QStringLiteral("--listen"),
        QStringLiteral("https://127.0.0.1:1")}));
    QVERIFY(line);
    QCOMPARE(line->configFile.value_or(QString()), QStringLiteral("a b.toml"));
    QCOMPARE(line->dataDirectory.value_or(QString()), QStringLiteral("/x=y"));
    QCOMPARE(
        line->listen, QStringList({QStringLiteral("http://[::1]:0"), QStringLiteral("https://127.0.0.1:1")}));
}

void tst_CommandLine::actions_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("action");
    const auto row = [](const QString &arguments, Action action) {
        QTest::newRow(qPrintable(arguments)) << arguments.split(QLatin1Char(' ')) << int(action);
    };
    row(QStringLiteral("--check-config"), Action::CheckConfig);
    row(QStringLiteral("--smoke"), Action::Smoke);
    row(QStringLiteral("--version"), Action::ShowVersion);
    row(QStringLiteral("--help"), Action::ShowHelp);
    row(QStringLiteral("-h"), Action::ShowHelp);
    row(QStringLiteral("--smoke --smoke"), Action::Smoke);
    row(QStringLiteral("--smoke --help"), Action::ShowHelp);
    row(QStringLiteral("--listne --help"), Action::ShowHelp);
    row(QStringLiteral("-smoke"), Action::Smoke);
}

void tst_CommandLine::actions()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, action);
    const auto line = parseCommandLine(program(arguments));
    QVERIFY(line);
    QCOMPARE(int(line->action), action);
}

void tst_CommandLine::refused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("says");
    const auto row = [](const QStringList &arguments, const char *says) {
        QTest::newRow(qPrintable(arguments.join(u' '))) << arguments << QString::fromLatin1(says);
    };
    row({QStringLiteral("--listne")}, "Did you mean '--listen'?");
    row({QStringLiteral("--lisen=http://127.0.0.1")}, "'--lisen'. Did you mean '--listen'?");
    row({QStringLiteral("-listne")}, "Did you mean '--listen'?");
    row({QStringLiteral("-c")}, "'-c'");
    row({QStringLiteral("rookeryd.toml")}, "'rookeryd.toml'");
    row({QString()}, "no argument ''");
    row({QStringLiteral("--")}, "'--'");
    row({QStringLiteral("--"), QStringLiteral("--smoke")}, "'--'");
    row({QStringLiteral("--config")}, "--config must be followed by FILE");
    row({QStringLiteral("--config="), QStringLiteral("x")}, "--config must be followed by FILE");
    row({QStringLiteral("--config"), QString()}, "--config must be followed by FILE");
    row({QStringLiteral("--data"), QStringLiteral("--smoke")}, "--data must be followed by DIR");
    row({QStringLiteral("--listen")}, "--listen must be followed by URL");
    row({QStringLiteral("--listen=http://127.0.0.1"), QStringLiteral("--listen")},
        "--listen must be followed by URL");
    row({QStringLiteral("--data=a"), QStringLiteral("--data=b")}, "--data is given twice");
    row({QStringLiteral("--config=a"), QStringLiteral("--config=a")}, "--config is given twice");
    row({QStringLiteral("--smoke=yes")}, "--smoke takes no value");
    row({QStringLiteral("--smoke"), QStringLiteral("--version=1")}, "--version takes no value");
    row({QStringLiteral("--smoke"), QStringLiteral("--check-config")}, "--smoke and --check-config");
}

void tst_CommandLine::refused()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, says);
    const auto line = parseCommandLine(program(arguments));
    QVERIFY(!line);
    QVERIFY2(line.error().detail.contains(says), qPrintable(line.error().detail));
}

void tst_CommandLine::helpNamesEverything()
{
    const QString help = helpText();
    for (const char *flag :
        {"--config", "--listen", "--data", "--check-config", "--smoke", "--version", "--help"})
        QVERIFY2(help.contains(QLatin1String("\n  ") + QLatin1String(flag)), flag);
    QVERIFY(help.contains(QLatin1String("ROOKERY_SECTION_KEY"))
        && help.contains(QLatin1String("ROOKERY_CONFIG")));
    for (const Key &key : keys()) {
        const QString line =
            QStringLiteral("\n%1 = %2\n    %3").arg(key.name, toToml(key.get(Config())), key.summary);
        QVERIFY2(help.contains(line), qPrintable(line));
        QVERIFY(help.contains(QStringLiteral("\n[%1]\n").arg(key.section)));
    }
}

QTEST_GUILESS_MAIN(tst_CommandLine)
#include "tst_commandline.moc"
