// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/options.h"

#include "tests/faults/driver/commandoption.h"

#include <QCommandLineParser>

#include <vector>

namespace rookery::faults {

namespace {

using namespace Qt::StringLiterals;

constexpr int exitBadUsage = 2;

using Option = faults::CommandOption<Options>;

const std::vector<Option> &allOptions()
{
    static const QStringList plants{u"lose"_s, u"alter"_s, u"unedit"_s, u"undelete"_s};
    static const std::vector<Option> all{
        {u"cycles"_s, u"N"_s, u"how often"_s, Option::whole(&Options::cycles)},
        Option::seed(),
        {u"daemon"_s, u"PATH"_s, u"the rookeryd to break; the one beside this program"_s,
            Option::text(&Options::daemon)},
        {u"clients"_s, u"N"_s,
            u"herd: how many; 10000. stalled: how many do not read; 500. slow: how many of each kind; "
            "1000. logins: how many a second; 1000. budget: how many sockets; 200"_s,
            Option::whole(&Options::clients)},
        {u"seconds"_s, u"N"_s,
            u"stalled: for how long; 60. slow: the limit on time; 10. logins, budget: each attack; 10"_s,
            Option::positive(&Options::seconds)},
        {u"folder"_s, u"PATH"_s,
            u"where herd, stalled, slow and logins keep the data; /var/tmp. One in memory keeps the "
            "disk out of what is measured"_s,
            Option::text(&Options::folder)},
        {u"batch"_s, u"N"_s, u"cycles on one database; 50"_s, Option::whole(&Options::batch)},
        {u"workers"_s, u"N"_s, u"schedules at once; 8"_s, Option::whole(&Options::workers)},
        {u"first-ack-ms"_s, u"N"_s, u"how soon after a start the first message must be acknowledged; 1000"_s,
            Option::whole(&Options::firstAckMs)},
        {u"attack"_s, u"NAME"_s, u"budget: this one alone, as its report names it; all"_s,
            Option::text(&Options::attack)},
        {u"plant"_s, plants.join(u'|'), u"break the database by hand after each kill: the run must fail"_s,
            [](Options &options, const QString &value) {
                options.plant = value;
                return plants.contains(value);
            }},
    };
    return all;
}

CommandLine wrong(const QString &sentence)
{
    CommandLine line;
    line.text = sentence + u" rookery-faults --help tells more."_s;
    line.exitCode = exitBadUsage;
    return line;
}

} // namespace

CommandLine parseCommandLine(const QStringList &arguments, const QStringList &commands)
{
    QStringList names;
    QString described = u"Commands:"_s;
    for (qsizetype i = 0; i + 1 < commands.size(); i += 2) {
        names.append(commands[i]);
        described += u"\n  %1 %2"_s.arg(commands[i], -10).arg(commands[i + 1]);
    }
    QCommandLineParser parser;
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.setApplicationDescription(described);
    parser.addPositionalArgument(u"COMMAND"_s, u"one of those above"_s);
    for (const Option &option : allOptions())
        parser.addOption({option.name, option.summary, option.value});
    parser.addOptions({{u"list"_s, u"print the commands' names, one on a line"_s},
        {u"version"_s, u"print the version"_s}, {{u"help"_s, u"h"_s}, u"print this"_s}});
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
    if (parser.isSet(u"version"_s) || parser.isSet(u"list"_s)) {
        line.text = parser.isSet(u"list"_s) ? names.join(u'\n') : u"rookery-faults " ROOKERY_VERSION ""_s;
        return line;
    }
    for (const Option &option : allOptions()) {
        for (const QString &value : parser.values(option.name)) {
            if (!option.set(line.options, value))
                return wrong(u"'--%1' wants %2, not '%3'."_s.arg(option.name, option.value, value));
        }
    }
    for (const QString &word : parser.positionalArguments()) {
        if (!line.options.command.isEmpty() || !names.contains(word))
            return wrong(u"'%1' is no command."_s.arg(word));
        line.options.command = word;
    }
    line.run = !line.options.command.isEmpty();
    return line.run ? line : wrong(u"Which command?"_s);
}

} // namespace rookery::faults
