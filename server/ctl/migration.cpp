// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ctl/migration.h"

#include "server/ctl/progresslines.h"
#include "server/datalock.h"
#include "server/log.h"
#include "server/passwordfile.h"
#include "server/store/transfer/transfer.h"

#include <QUrlQuery>

#include <cstdio>
#include <cstdlib>
#include <optional>

namespace rookery::ctl {

namespace {

using store::transfer::Outcome;
using store::transfer::Report;
using store::transfer::TableReport;

constexpr int hashDigits = 16;

void print(const QString &line)
{
    std::fputs(qUtf8Printable(printable(line) + QLatin1Char('\n')), stdout);
    std::fflush(stdout);
}

/// Without passwords.
QString shown(QUrl url)
{
    url.setPassword(QString());
    QUrlQuery query(url);
    query.removeAllQueryItems(QStringLiteral("password"));
    query.removeAllQueryItems(QStringLiteral("sslpassword"));
    url.setQuery(query.isEmpty() ? QString() : query.toString(QUrl::FullyEncoded));
    return url.toString(QUrl::FullyEncoded);
}

void printTables(const Report &report)
{
    const QString row = QStringLiteral("%1 %2 %3  %4  %5");
    print(row.arg(QStringLiteral("table"), -18)
              .arg(QStringLiteral("SQLite"), 13)
              .arg(QStringLiteral("PostgreSQL"), 13)
              .arg(QStringLiteral("hash of SQLite's"), -hashDigits)
              .arg(QStringLiteral("of PostgreSQL's")));
    for (const TableReport &table : report.tables) {
        const bool isSame = table.differences.isEmpty() && table.sourceHash == table.targetHash;
        print(row.arg(table.table, -18)
                  .arg(grouped(table.sourceRows), 13)
                  .arg(grouped(table.targetRows), 13)
                  .arg(QString::fromLatin1(table.sourceHash.first(hashDigits)))
                  .arg(isSame ? QStringLiteral("the same")
                              : QString::fromLatin1(table.targetHash.first(hashDigits))));
    }
}

void printNextSteps(const Command &command)
{
    print(QStringLiteral("Done. Put this into rookeryd's configuration, and start it:"));
    print(QStringLiteral("[storage]"));
    print(QStringLiteral("url = \"%1\"").arg(shown(command.target)));
    if (!command.passwordFile.isEmpty())
        print(QStringLiteral("password_file = \"%1\"").arg(command.passwordFile));
    print(QStringLiteral("Keep the data directory %1: with signing.key in it everybody stays logged in.")
              .arg(command.dataDirectory));
}

int conclude(const Command &command, const Report &report, ProgressLines &lines)
{
    if (report.outcome == Outcome::Stopped) {
        lines.say(command.verifyOnly
                ? QStringLiteral("rookeryctl: interrupted.")
                : QStringLiteral("rookeryctl: interrupted; the same command goes on from here."));
        return exitInterrupted;
    }
    if (report.replaced > 0)
        lines.say(
            QStringLiteral("%1 texts hold a NUL, which PostgreSQL cannot store: there U+FFFD stands for it.")
                .arg(grouped(report.replaced)));
    printTables(report);
    if (report.outcome == Outcome::Different) {
        for (const TableReport &table : report.tables) {
            for (const QString &difference : table.differences)
                lines.say(
                    QStringLiteral("rookeryctl: the table %1 differs %2.").arg(table.table, difference));
        }
        lines.say(QStringLiteral("rookeryctl: the two databases differ."));
        return exitFailed;
    }
    if (command.verifyOnly) {
        print(QStringLiteral("The two databases are the same."));
        return EXIT_SUCCESS;
    }
    lines.say(QStringLiteral("Nothing could be written for %1 s.")
                  .arg(double(report.pause.count()) / 1000, 0, 'f', 1));
    printNextSteps(command);
    return EXIT_SUCCESS;
}

} // namespace

int migrate(const Command &command, const std::function<bool()> &stopped)
{
    ProgressLines lines(stderr);
    const auto failed = [&lines](const Error &error) {
        lines.say(QStringLiteral("rookeryctl: %1").arg(error.detail));
        return exitFailed;
    };
    store::transfer::Options options;
    options.path = command.database;
    options.conninfo = command.target.toString(QUrl::FullyEncoded);
    if (!command.passwordFile.isEmpty()) {
        auto password = readPasswordFile(command.passwordFile);
        if (!password)
            return failed(password.error());
        options.password = std::move(password).value();
    }
    options.stopped = stopped;
    options.progress = [&lines](const store::transfer::Progress &progress) {
        lines.at(progress.task, progress.rows, progress.of);
    };
    options.say = [&lines](const QString &line) { lines.say(line); };

    const QString lockFile = command.dataDirectory + QStringLiteral("/rookeryd.lock");
    std::optional<DataLock> lock;
    if (auto taken = DataLock::take(lockFile)) {
        lock = std::move(taken).value();
    } else if (!command.isOnline || taken.error().code != ErrorCode::Overloaded) {
        QString detail = taken.error().detail;
        if (taken.error().code == ErrorCode::Overloaded && !command.verifyOnly)
            detail += QStringLiteral(" Stop it, or use --online.");
        return failed({ErrorCode::Internal, detail});
    }
    if (!lock) {
        options.paused = [&lock, &lockFile, &lines] {
            if (lock)
                return true;
            auto taken = DataLock::take(lockFile);
            if (!taken)
                return false;
            lock = std::move(taken).value();
            lines.say(QStringLiteral("rookeryd has stopped. Copying what has changed."));
            return true;
        };
        options.wait = [&lines] {
            lines.say(QStringLiteral(
                "Everything but the newest is copied. Stop rookeryd now; the rest takes seconds."));
        };
    }
    const auto report =
        command.verifyOnly ? store::transfer::verify(options) : store::transfer::migrate(options);
    return report ? conclude(command, *report, lines) : failed(report.error());
}

} // namespace rookery::ctl
