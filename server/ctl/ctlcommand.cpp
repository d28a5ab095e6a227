// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ctl/ctlcommand.h"

#include <QCommandLineParser>
#include <QFileInfo>

namespace rookery::ctl {

namespace {

using namespace Qt::StringLiterals;

Error wrongCommand(const QString &sentence)
{
    return {ErrorCode::InvalidRequest, sentence};
}

void addCommon(QCommandLineParser &parser)
{
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.addOptions({{u"version"_s, u"print the version and exit"_s},
        {{u"help"_s, u"h"_s}, u"print this and exit; after a command, its own help"_s}});
}

void setUpProgram(QCommandLineParser &parser)
{
    parser.setApplicationDescription(u"Looks after the data of rookeryd."_s);
    addCommon(parser);
    parser.addPositionalArgument(
        u"command"_s, u"migrate: copy the database from SQLite to PostgreSQL"_s, u"COMMAND …"_s);
}

void setUpMigrate(QCommandLineParser &parser)
{
    parser.setApplicationDescription(
        u"Copies everything that rookeryd keeps in an SQLite database to a new one on PostgreSQL, and "
        u"compares the\n"
        "two. rookeryd must not run, except with --online. The SQLite database is not changed. Interrupted "
        "at any\n"
        "time, the same command goes on where it was.\n\n"
        "Exit status: 0 done; 1 failed, or the two differ; 2 wrong arguments; 130 interrupted."_s);
    addCommon(parser);
    parser.addOptions({
        {u"online"_s,
            u"copy while rookeryd runs; then wait until it is stopped, and copy what has changed"_s},
        {u"verify-only"_s, u"copy nothing: compare the two, as they are after a migration"_s},
        {u"password-file"_s, u"the first line of this file is the password for PostgreSQL"_s, u"FILE"_s},
        {u"data"_s,
            u"data directory of the rookeryd that uses the database; by default, the folder it is in"_s,
            u"DIR"_s},
    });
    parser.addPositionalArgument(u"migrate"_s, u""_s, u"migrate"_s);
    parser.addPositionalArgument(u"source"_s, u"sqlite:/PATH/rookery.db"_s, u"SOURCE"_s);
    parser.addPositionalArgument(
        u"target"_s, u"postgresql://USER@HOST/DATABASE, as in [storage] url"_s, u"TARGET"_s);
}

/// Unknown options, values that are missing, options that are given twice.
Result<Nothing> checkOptions(const QCommandLineParser &parser, bool isGood)
{
    if (const QStringList names = parser.unknownOptionNames(); !names.isEmpty())
        return wrongCommand(u"There is no option '%1'. See --help."_s.arg(names.constFirst()));
    if (!isGood)
        return wrongCommand(parser.errorText() + u" See --help."_s);
    QStringList seen;
    for (const QString &name : parser.optionNames()) {
        if (seen.contains(name))
            return wrongCommand(u"--%1 is given twice."_s.arg(name));
        seen.append(name);
    }
    for (const QString &name : {u"password-file"_s, u"data"_s}) {
        if (seen.contains(name) && (parser.value(name).isEmpty() || parser.value(name).startsWith(u"--"_s)))
            return wrongCommand(u"--%1 must be followed by a path."_s.arg(name));
    }
    return Nothing();
}

Result<Command> parseMigrate(const QStringList &arguments)
{
    QCommandLineParser parser;
    setUpMigrate(parser);
    const bool isGood = parser.parse(arguments);
    if (parser.isSet(u"help"_s))
        return Command{Action::ShowHelp, parser.helpText()};
    if (auto checked = checkOptions(parser, isGood); !checked)
        return checked.error();
    if (parser.isSet(u"version"_s))
        return Command{Action::ShowVersion};
    const QStringList words = parser.positionalArguments(); // the first one is the command
    if (words.size() != 3)
        return wrongCommand(
            u"migrate takes two databases: rookeryctl migrate sqlite:/PATH/rookery.db postgresql://USER@HOST/DATABASE."_s);
    Command command{Action::Migrate};
    QUrl source(words[1], QUrl::StrictMode);
    if (!source.isValid() || source.scheme() != u"sqlite"_s || !source.authority().isEmpty()
        || source.hasQuery() || source.hasFragment() || source.path().isEmpty())
        return wrongCommand(u"The first database must be sqlite:/PATH/rookery.db."_s);
    source.setScheme(u"file"_s);
    command.database = QFileInfo(source.toLocalFile()).absoluteFilePath();
    command.target = QUrl(words[2], QUrl::StrictMode);
    const QString scheme = command.target.scheme();
    if (!command.target.isValid() || (scheme != u"postgresql"_s && scheme != u"postgres"_s))
        return wrongCommand(u"The second database must be postgresql://USER@HOST/DATABASE."_s);
    command.passwordFile = parser.value(u"password-file"_s);
    command.dataDirectory = parser.isSet(u"data"_s) ? QFileInfo(parser.value(u"data"_s)).absoluteFilePath()
                                                    : QFileInfo(command.database).absolutePath();
    command.isOnline = parser.isSet(u"online"_s);
    command.verifyOnly = parser.isSet(u"verify-only"_s);
    if (command.isOnline && command.verifyOnly)
        return wrongCommand(u"--online and --verify-only cannot go together."_s);
    return command;
}

} // namespace

Result<Command> parseCommand(const QStringList &arguments)
{
    QCommandLineParser parser;
    setUpProgram(parser);
    if (arguments.size() > 1 && arguments[1] == u"migrate"_s)
        return parseMigrate(arguments);
    const bool isGood = parser.parse(arguments);
    if (parser.isSet(u"help"_s))
        return Command{Action::ShowHelp, parser.helpText()};
    if (auto checked = checkOptions(parser, isGood); !checked)
        return checked.error();
    if (parser.isSet(u"version"_s))
        return Command{Action::ShowVersion};
    const QStringList words = parser.positionalArguments();
    if (words.isEmpty())
        return wrongCommand(u"There is no command. See --help."_s);
    if (words.constFirst() == u"migrate"_s)
        return wrongCommand(u"The command comes first: rookeryctl migrate …"_s);
    return wrongCommand(u"There is no command '%1'. See --help."_s.arg(words.constFirst()));
}

} // namespace rookery::ctl
