// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/options.h"

#include <functional>
#include <limits>
#include <vector>

namespace rookery::faults {

namespace {

constexpr int exitBadUsage = 2;

struct Option
{
    QString name;
    QString value;
    QString summary;
    std::function<bool(Options &, const QString &)> set;
};

std::function<bool(Options &, const QString &)> whole(int Options::*member)
{
    return [=](Options &options, const QString &text) {
        bool good = false;
        options.*member = text.toInt(&good);
        return good && options.*member > 0;
    };
}

std::function<bool(Options &, const QString &)> text(QString Options::*member)
{
    return [=](Options &options, const QString &value) {
        options.*member = value;
        return !value.isEmpty();
    };
}

const std::vector<Option> &allOptions()
{
    static const std::vector<Option> all{
        {QStringLiteral("cycles"), QStringLiteral("N"), QStringLiteral("how often"), whole(&Options::cycles)},
        {QStringLiteral("seed"), QStringLiteral("S"),
            QStringLiteral("the same seed makes the same choices; 1"),
            [](Options &options, const QString &value) {
                bool good = false;
                options.seed = value.toULongLong(&good);
                return good;
            }},
        {QStringLiteral("daemon"), QStringLiteral("PATH"),
            QStringLiteral("the rookeryd to break; the one beside this program"), text(&Options::daemon)},
        {QStringLiteral("clients"), QStringLiteral("N"),
            QStringLiteral(
                "herd: how many; 10000. stalled: how many do not read; 500. slow: how many of each kind; "
                "1000. logins: how many a second; 1000. budget: how many sockets; 200"),
            whole(&Options::clients)},
        {QStringLiteral("seconds"), QStringLiteral("N"),
            QStringLiteral(
                "stalled: for how long; 60. slow: the limit on time; 10. logins, budget: each attack; 10"),
            whole(&Options::seconds)},
        {QStringLiteral("folder"), QStringLiteral("PATH"),
            QStringLiteral(
                "where herd, stalled, slow and logins keep the data; /var/tmp. One in memory keeps the "
                "disk out of what is measured"),
            text(&Options::folder)},
        {QStringLiteral("batch"), QStringLiteral("N"), QStringLiteral("cycles on one database; 50"),
            whole(&Options::batch)},
        {QStringLiteral("workers"), QStringLiteral("N"), QStringLiteral("schedules at once; 8"),
            whole(&Options::workers)},
        {QStringLiteral("first-ack-ms"), QStringLiteral("N"),
            QStringLiteral("how soon after a start the first message must be acknowledged; 1000"),
            whole(&Options::firstAckMs)},
        {QStringLiteral("attack"), QStringLiteral("NAME"),
            QStringLiteral("budget: this one alone, as its report names it; all"), text(&Options::attack)},
        {QStringLiteral("plant"), QStringLiteral("lose|alter"),
            QStringLiteral("break the database by hand after each kill: the run must fail"),
            [](Options &options, const QString &value) {
                options.plant = value;
                return value == QLatin1String("lose") || value == QLatin1String("alter");
            }},
    };
    return all;
}

QString help(const QStringList &commands)
{
    QString text = QStringLiteral("Usage: rookery-faults COMMAND [OPTION…]\n\nCommands:\n");
    for (qsizetype i = 0; i + 1 < commands.size(); i += 2)
        text += QStringLiteral("  %1 %2\n").arg(commands[i], -10).arg(commands[i + 1]);
    text += QStringLiteral("\nOptions:\n");
    for (const Option &option : allOptions())
        text += QStringLiteral("  --%1 %2\n        %3\n").arg(option.name, option.value, option.summary);
    text += QStringLiteral("  --list\n        the commands' names, one on a line\n");
    return text
        + QStringLiteral("\nExit status: 0 all held, 1 something did not, 2 the command line, 130 Ctrl-C.");
}

CommandLine wrong(const QString &sentence)
{
    CommandLine line;
    line.text = sentence + QStringLiteral(" rookery-faults --help tells more.");
    line.exitCode = exitBadUsage;
    return line;
}

} // namespace

CommandLine parseCommandLine(const QStringList &arguments, const QStringList &commands)
{
    CommandLine line;
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        if (argument == QLatin1String("--help")) {
            line.run = false;
            line.text = help(commands);
            return line;
        }
        if (argument == QLatin1String("--list")) {
            for (qsizetype at = 0; at < commands.size(); at += 2)
                line.text += (at == 0 ? QString() : QStringLiteral("\n")) + commands[at];
            return line;
        }
        if (!argument.startsWith(QLatin1String("--"))) {
            const qsizetype at = commands.indexOf(argument);
            if (!line.options.command.isEmpty() || at < 0 || at % 2 != 0)
                return wrong(QStringLiteral("'%1' is no command.").arg(argument));
            line.options.command = argument;
            continue;
        }
        const auto &all = allOptions();
        const auto option = std::find_if(
            all.begin(), all.end(), [&](const Option &one) { return argument.mid(2) == one.name; });
        if (option == all.end())
            return wrong(QStringLiteral("'%1' is no option.").arg(argument));
        if (++i >= arguments.size() || !option->set(line.options, arguments[i]))
            return wrong(QStringLiteral("'%1' wants %2.").arg(argument, option->value));
    }
    if (line.options.command.isEmpty())
        return wrong(QStringLiteral("Which command?"));
    line.run = true;
    return line;
}

} // namespace rookery::faults
