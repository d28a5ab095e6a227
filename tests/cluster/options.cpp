// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/options.h"

#include "tests/faults/driver/commandoption.h"

#include <QCommandLineParser>

#include <vector>

namespace rookery::cluster {

namespace {

using namespace Qt::StringLiterals;

constexpr int exitBadUsage = 2;

using Option = faults::CommandOption<Options>;

Option::Set flag(bool Options::*member, bool value)
{
    return [=](Options &options, const QString &) {
        options.*member = value;
        return true;
    };
}

std::vector<Option> allOptions(const QStringList &kinds)
{
    return {
        Option::seed(),
        {u"faults"_s, u"N"_s, u"how many; 100"_s, Option::whole(&Options::faults)},
        {u"minutes"_s, u"N"_s, u"no fault begins later than that after the start; no limit"_s,
            Option::positive(&Options::minutes)},
        {u"redis"_s, {}, u"with a Redis between the nodes, which is the default"_s,
            flag(&Options::hasRedis, true)},
        {u"no-redis"_s, {}, u"without one: the nodes hear each other through PostgreSQL"_s,
            flag(&Options::hasRedis, false)},
        {u"standby"_s, {}, u"with a synchronous standby of PostgreSQL, which is promoted at times"_s,
            flag(&Options::hasStandby, true)},
        {u"haproxy"_s, {}, u"with HAProxy before the nodes, instead of a list of addresses"_s,
            flag(&Options::hasProxy, true)},
        {u"keep"_s, {}, u"leave the nodes' folders, with their logs, behind"_s, flag(&Options::keeps, true)},
        {u"plant"_s, {}, u"take one event out of the database by hand in the end: the run must fail"_s,
            flag(&Options::plants, true)},
        {u"longest"_s, u"SECONDS"_s, u"how long a fault lasts at most; 15"_s,
            Option::positive(&Options::longest)},
        {u"calm"_s, u"SECONDS"_s, u"how long deliveries are measured before the first fault; 10"_s,
            Option::positive(&Options::calm)},
        {u"only"_s, u"KIND"_s, u"faults of this kind alone; one of: "_s + kinds.join(u", "_s),
            [kinds](Options &options, const QString &value) {
                options.only = value;
                return kinds.contains(value);
            }},
        {u"daemon"_s, u"PATH"_s, u"the rookeryd to run; the one beside this program"_s,
            Option::text(&Options::daemon)},
        {u"resumed-within-ms"_s, u"N"_s,
            u"how soon 99 % of the clients of a lost node must be back in their rooms; 5000"_s,
            Option::whole(&Options::resumedWithinMs)},
        {u"revoked-within-ms"_s, u"N"_s, u"how soon every node must refuse a revoked token; 1000"_s,
            Option::whole(&Options::revokedWithinMs)},
    };
}

CommandLine wrong(const QString &sentence)
{
    CommandLine line;
    line.text = sentence + u" rookery-cluster --help tells more."_s;
    line.exitCode = exitBadUsage;
    return line;
}

} // namespace

CommandLine parseCommandLine(const QStringList &arguments, const QStringList &kinds)
{
    const std::vector<Option> options = allOptions(kinds);
    QCommandLineParser parser;
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.setApplicationDescription(u"Breaks three nodes, their PostgreSQL, their Redis and the links "
                                     u"between them, under load, and checks that "
                                     "nothing acknowledged is lost."_s);
    for (const Option &option : options) {
        if (option.value.isEmpty())
            parser.addOption({option.name, option.summary});
        else
            parser.addOption({option.name, option.summary, option.value});
    }
    parser.addOptions({{u"version"_s, u"print the version"_s}, {{u"help"_s, u"h"_s}, u"print this"_s}});
    const bool good = parser.parse(arguments);

    CommandLine line;
    if (parser.isSet(u"help"_s)) {
        line.text = parser.helpText()
            + u"\nExit status: 0 all held, 1 something did not, 2 the command line, 130 Ctrl-C."_s;
        return line;
    }
    if (const QStringList unknown = parser.unknownOptionNames(); !unknown.isEmpty())
        return wrong(u"'--%1' is no option."_s.arg(unknown.constFirst()));
    if (!good)
        return wrong(parser.errorText());
    if (!parser.positionalArguments().isEmpty())
        return wrong(u"'%1' is one word too many."_s.arg(parser.positionalArguments().constFirst()));
    if (parser.isSet(u"version"_s)) {
        line.text = u"rookery-cluster " ROOKERY_VERSION ""_s;
        return line;
    }
    for (const Option &option : options) {
        if (option.value.isEmpty()) {
            if (parser.isSet(option.name))
                option.set(line.options, {});
            continue;
        }
        for (const QString &value : parser.values(option.name)) {
            if (!option.set(line.options, value))
                return wrong(u"'--%1' wants %2, not '%3'."_s.arg(option.name, option.value, value));
        }
    }
    line.run = true;
    return line;
}

} // namespace rookery::cluster
