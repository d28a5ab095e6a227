// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ctl/ctlcommand.h"
#include "server/ctl/progresslines.h"

#include <QTest>

#include <cstdio>
#include <memory>

using namespace rookery;
using namespace rookery::ctl;

namespace {

/// The arguments, separated by spaces, behind the program's name.
Result<Command> parsed(const QString &arguments)
{
    return parseCommand(
        QStringList{QStringLiteral("rookeryctl")} + arguments.split(u' ', Qt::SkipEmptyParts));
}

struct FileCloser
{
    void operator()(std::FILE *file) const { std::fclose(file); }
};

QByteArray contentOf(std::FILE *file)
{
    std::rewind(file);
    QByteArray bytes(1 << 16, Qt::Uninitialized);
    bytes.truncate(qsizetype(std::fread(bytes.data(), 1, size_t(bytes.size()), file)));
    return bytes;
}

} // namespace

class TestCtlCommand : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void migrate();
    void help();
    void refusals_data();
    void refusals();
    void progressOnATerminal();
    void progressInAFile();
};

void TestCtlCommand::migrate()
{
    auto command = parsed(QStringLiteral("migrate sqlite:/srv/a%20b/rookery.db postgresql://x@host/db"));
    QVERIFY(command.ok());
    QCOMPARE(command->action, Action::Migrate);
    QCOMPARE(command->database, QStringLiteral("/srv/a b/rookery.db"));
    QCOMPARE(command->dataDirectory, QStringLiteral("/srv/a b"));
    QCOMPARE(command->target, QUrl(QStringLiteral("postgresql://x@host/db")));
    QVERIFY(!command->isOnline && !command->verifyOnly && command->passwordFile.isEmpty());
    command = parsed(QStringLiteral("migrate --online --data /var/lib/x --password-file=/etc/p "
                                    "sqlite:///srv/r.db postgres:///db?host=/run"));
    QVERIFY(command.ok());
    QCOMPARE(command->database, QStringLiteral("/srv/r.db"));
    QCOMPARE(command->dataDirectory, QStringLiteral("/var/lib/x"));
    QCOMPARE(command->passwordFile, QStringLiteral("/etc/p"));
    QVERIFY(command->isOnline && !command->verifyOnly);
    command = parsed(QStringLiteral("migrate sqlite:/r.db postgresql:///db --verify-only"));
    QVERIFY(command.ok() && command->verifyOnly);
}

void TestCtlCommand::help()
{
    auto command = parsed(QStringLiteral("--help"));
    QVERIFY(command.ok());
    QCOMPARE(command->action, Action::ShowHelp);
    QVERIFY(command->help.contains(QLatin1String("migrate")));
    command = parsed(QStringLiteral("migrate --nonsense -h"));
    QVERIFY(command.ok());
    QCOMPARE(command->action, Action::ShowHelp);
    QVERIFY(command->help.contains(QLatin1String("--verify-only"))
        && command->help.contains(QLatin1String("130")));
    command = parsed(QStringLiteral("--version"));
    QVERIFY(command.ok());
    QCOMPARE(command->action, Action::ShowVersion);
}

void TestCtlCommand::refusals_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QString>("said");
    const auto row = [](const char *name, const char *arguments, const char *said) {
        QTest::newRow(name) << QString::fromLatin1(arguments) << QString::fromLatin1(said);
    };
    row("nothing", "", "no command");
    row("another command", "restore", "no command 'restore'");
    row("an option first", "--online migrate", "'online'");
    row("no databases", "migrate", "takes two databases");
    row("one database", "migrate sqlite:/r.db", "takes two databases");
    row("three databases", "migrate sqlite:/r.db postgresql:///a postgresql:///b", "takes two databases");
    row("the wrong way", "migrate postgresql:///a sqlite:/r.db", "first database");
    row("a path", "migrate /r.db postgresql:///a", "first database");
    row("a host", "migrate sqlite://r.db postgresql:///a", "first database");
    row("an empty path", "migrate sqlite: postgresql:///a", "first database");
    row("MySQL", "migrate sqlite:/r.db mysql:///a", "second database");
    row("an unknown option", "migrate --fast sqlite:/r.db postgresql:///a", "'fast'");
    row("twice", "migrate --online --online sqlite:/r.db postgresql:///a", "twice");
    row("no path", "migrate sqlite:/r.db postgresql:///a --password-file", "password-file");
    row("an option for a path", "migrate sqlite:/r.db postgresql:///a --data --online", "--data");
    row("both", "migrate --online --verify-only sqlite:/r.db postgresql:///a", "cannot go together");
    row("a password", "migrate sqlite:/r.db postgresql://x:secret@ho%st/a", "second database");
}

void TestCtlCommand::refusals()
{
    QFETCH(QString, arguments);
    QFETCH(QString, said);
    const auto command = parsed(arguments);
    QVERIFY(!command.ok());
    QVERIFY2(command.error().detail.contains(said), qPrintable(command.error().detail));
    QVERIFY(!command.error().detail.contains(QLatin1String("secret")));
}

void TestCtlCommand::progressOnATerminal()
{
    const std::unique_ptr<std::FILE, FileCloser> file(std::tmpfile());
    qint64 now = 0;
    ProgressLines lines(file.get(), true, [&now] { return now; });
    lines.at(QStringLiteral("copying events"), 0, 10'000);
    now = 1'000;
    lines.at(QStringLiteral("copying events"), 2'000, 10'000);
    now = 1'500;
    lines.at(QStringLiteral("copying events"), 3'000, 10'000);
    now = 2'000;
    lines.at(QStringLiteral("copying events"), 4'000, 10'000);
    lines.say(QStringLiteral("a line\nof one\033[31m"));
    QCOMPARE(contentOf(file.get()),
        QByteArray("copying events: 2,000 of about 10,000 rows, 2,000 rows/s, about 4 s left"
                   "\r\033[Kcopying events: 4,000 of about 10,000 rows, 2,000 rows/s, about 3 s left"
                   "\r\033[Ka line\\u{a}of one\\u{1b}[31m\n"));
}

void TestCtlCommand::progressInAFile()
{
    const std::unique_ptr<std::FILE, FileCloser> file(std::tmpfile());
    qint64 now = 0;
    ProgressLines lines(file.get(), false, [&now] { return now; });
    for (; now <= 25'000; now += 500)
        lines.at(QStringLiteral("making indexes"), now, 0);
    QCOMPARE(contentOf(file.get()), QByteArray("making indexes\nmaking indexes\n"));
}

QTEST_GUILESS_MAIN(TestCtlCommand)
#include "tst_ctlcommand.moc"
