// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/options.h"

#include <QCommandLineParser>
#include <QMap>
#include <QSet>

#include <algorithm>
#include <functional>
#include <limits>
#include <type_traits>

namespace rookery::bench {

using namespace load;

namespace {

using namespace Qt::StringLiterals;

constexpr int exitBadUsage = 2;

struct Setter
{
    std::function<bool(Options &, const QString &)> set; ///< whether it can be that
    QString must = {}; ///< what it must be
};
struct Option
{
    QString name;
    QString value; ///< empty: a flag; with '|': one of these
    QString summary;
    Setter setter;
    QString byDefault = {}; ///< of the command
};

template <typename Number>
Setter number(Number Options::*member, std::type_identity_t<Number> min, std::type_identity_t<Number> max)
{
    const auto set = [=](Options &options, const QString &text) {
        bool good = false;
        if constexpr (std::is_integral_v<Number>)
            options.*member = text.toInt(&good);
        else
            options.*member = text.toDouble(&good);
        return good && options.*member >= min && options.*member <= max;
    };
    const auto decimal = [](Number value) { return QString::number(double(value), 'g', 10); };
    const QString kind = std::is_integral_v<Number> ? u"a whole number"_s : u"a number"_s;
    return {set, u"%1 from %2 to %3"_s.arg(kind, decimal(min), decimal(max))};
}

Setter text(QString Options::*member)
{
    return {[=](Options &options, const QString &value) {
        options.*member = value;
        return !value.isEmpty();
    }};
}

Setter url(QUrl Options::*member)
{
    return {[=](Options &options, const QString &value) {
                options.*member = QUrl(value, QUrl::StrictMode);
                return (options.*member).isValid() && !(options.*member).host().isEmpty();
            },
        u"http(s)://HOST:PORT"_s};
}

Setter flag(bool Options::*member)
{
    return {[=](Options &options, const QString &) { return options.*member = true; }};
}

bool addPids(Options &options, const QString &value)
{
    for (const QString &part : value.split(u',')) {
        options.pids.push_back(pid_t(part.toInt()));
        if (options.pids.back() < 1)
            return false;
    }
    return true;
}

bool addDaemonArgument(Options &options, const QString &value)
{
    options.daemonArguments.append(value);
    return true;
}

bool setDialect(Options &options, const QString &value)
{
    static const QMap<QString, Dialect> others{
        {u"room"_s, Dialect::Room}, {u"personal"_s, Dialect::Personal}, {u"direct"_s, Dialect::Direct}};
    options.path = value;
    options.dialect = others.value(value, Dialect::Native);
    return true;
}

/// Those that only some commands have, then those of all.
const std::vector<Option> &allOptions()
{
    static const std::vector<Option> all{
        {u"dialect"_s, u"native|room"_s, u"speak /ws/v1 or /ws/chat/ROOM/"_s, {setDialect}},
        {u"bare"_s, {},
            u"the server has no accounts and echoes {\"message\": …} on /ws/chat/ROOM/: no log-in, no "
            "ids"_s,
            flag(&Options::bare)},
        {u"path"_s, u"/ws/v1|room|personal|direct"_s, u"which socket to open"_s, {setDialect}},
        {u"members"_s, u"N"_s, u"sockets in the room"_s, number(&Options::members, 1, 1'000'000)},
        {u"connections"_s, u"N"_s, u"sockets, or HTTP connections"_s,
            number(&Options::connections, 1, 1'000'000)},
        {u"rooms"_s, u"N"_s, u"rooms that the sockets share"_s, number(&Options::rooms, 1, 1'000'000)},
        {u"senders"_s, u"N"_s, u"sockets that send"_s, number(&Options::senders, 1, 100'000)},
        {u"in-flight"_s, u"N"_s, u"messages that each sender has on their way"_s,
            number(&Options::inFlight, 1, 1000)},
        {u"size"_s, u"BYTES"_s, u"length of a message's text"_s, number(&Options::size, 45, 4000)},
        {u"rate"_s, u"N"_s, u"messages per second"_s, number(&Options::rate, 0.001, 1'000'000)},
        {u"seconds"_s, u"N"_s, u"how long to measure"_s, number(&Options::seconds, 0.1, 3600)},
        {u"warm-up"_s, u"N"_s, u"seconds of the same work before that"_s, number(&Options::warmUp, 0, 600)},
        {u"settle"_s, u"N"_s, u"seconds to wait before memory is read"_s, number(&Options::settle, 0, 600)},
        {u"concurrency"_s, u"N"_s, u"handshakes, or requests, at once"_s,
            number(&Options::concurrency, 1, 10'000)},
        {u"messages"_s, u"N"_s, u"messages to fill the room with, or that were missed in each"_s,
            number(&Options::messages, 1, 100'000'000)},
        {u"requests"_s, u"N"_s, u"requests to measure"_s, number(&Options::requests, 1, 10'000'000)},
        {u"slices"_s, u"N"_s, u"turns that the server and its peer take each"_s,
            number(&Options::slices, 1, 1000)},
        {u"client-ids"_s, u"v7|v4"_s,
            u"UUIDs in order of time, as Rookery's own client makes them, or random ones"_s,
            text(&Options::clientIds)},
        {u"room"_s, u"NAME"_s, u"a room that an earlier run has filled"_s, text(&Options::room)},
        {u"peer-url"_s, u"URL"_s, u"compare with this server; without it a bare QHttpServer is started"_s,
            url(&Options::peerUrl)},
        {u"peer-pid"_s, u"PID"_s, u"the process of --peer-url"_s,
            number(&Options::peerPid, 1, std::numeric_limits<pid_t>::max())},
        {u"growth"_s, {}, u"also run with a tenth of connections and rooms at the same rate in all"_s,
            flag(&Options::growth)},

        {u"url"_s, u"URL"_s, u"drive the server at http(s)://HOST:PORT; without it one is started"_s,
            url(&Options::url)},
        {u"pid"_s, u"PID[,PID…]"_s,
            u"read CPU and memory of these processes; known by itself where the server was started here"_s,
            {addPids}},
        {u"daemon"_s, u"PATH"_s, u"the rookeryd to start; the one beside this program"_s,
            text(&Options::daemon)},
        {u"data"_s, u"DIR"_s,
            u"its data directory, which is kept; without it one in /var/tmp that goes with the run"_s,
            text(&Options::data)},
        {u"daemon-arg"_s, u"ARG"_s, u"one more argument for it, any number of times"_s, {addDaemonArgument}},
        {u"io-threads"_s, u"N"_s, u"its [server] io_threads"_s, number(&Options::ioThreads, 1, 1024)},
        {u"postgres"_s, {}, u"let it store in a PostgreSQL that is started for the run"_s,
            flag(&Options::postgres)},
        {u"nodes"_s, u"N"_s, u"start so many, on one PostgreSQL; the sockets go to them in turn; 1"_s,
            number(&Options::nodes, 1, 16)},
        {u"redis"_s, {}, u"with a Redis between them, which is started as well; without it they use NOTIFY"_s,
            flag(&Options::redis)},
        {u"tls"_s, {}, u"let it listen for https and speak TLS"_s, flag(&Options::tls)},
        {u"threads"_s, u"N"_s, u"threads of the load generator; 1"_s, number(&Options::threads, 1, 64)},
        {u"patience"_s, u"N"_s, u"seconds that the server may stand still in; 20"_s,
            number(&Options::patience, 0.1, 3600)},
        {u"users"_s, u"N"_s,
            u"accounts to register; the sockets share them in turn; as many as sockets, at most 100"_s,
            number(&Options::users, 1, 100'000)},
    };
    return all;
}

struct Command
{
    QString name;
    QString summary;
    QString own; ///< the options that only some commands have, with their defaults where there are some
};

const std::vector<Command> &commands()
{
    static const std::vector<Command> all{
        {u"fanout"_s, u"one room, one sender: CPU per delivery"_s,
            u"dialect=native bare members=1000 in-flight=4 size=64 seconds=5 warm-up=1 concurrency=64"_s},
        {u"rooms"_s, u"many rooms at a steady rate: CPU per delivery and time to each member"_s,
            u"dialect=native bare connections=10000 rooms=1000 rate=1 size=64 seconds=10 "
            "warm-up=2 concurrency=64 growth"_s},
        {u"idle"_s, u"many silent sockets: memory of each, CPU of their heartbeats"_s,
            u"path=/ws/v1 connections=10000 rooms=1000 seconds=35 settle=3 concurrency=64"_s},
        {u"storm"_s, u"authenticated handshakes as fast as they come: CPU of each"_s,
            u"path=/ws/v1 connections=10000 rooms=1000 concurrency=256"_s},
        {u"resume"_s, u"members who come back to all their rooms at once: CPU of each, server and database"_s,
            u"connections=1000 rooms=20 messages=1 concurrency=64 size=64"_s},
        {u"durable"_s, u"acknowledged messages per second; reads all of them back"_s,
            u"senders=50 in-flight=8 rooms=50 size=64 seconds=5 warm-up=1 client-ids=v7 concurrency=64"_s},
        {u"latency"_s, u"time from a send to its durable delivery, at a steady rate"_s,
            u"senders=50 dialect=native rate=1000 size=64 seconds=10 warm-up=2 concurrency=64"_s},
        {u"rest"_s, u"GET /api/users/profile, against a bare QHttpServer in turns"_s,
            u"connections=16 seconds=2 slices=5 peer-url peer-pid"_s},
        {u"history"_s, u"random pages of 50 in a long room"_s,
            u"messages=1000000 requests=2000 concurrency=4 size=64 room"_s},
    };
    return all;
}

const Command *findCommand(const QString &name)
{
    const auto found = std::find_if(commands().begin(), commands().end(),
        [&name](const Command &command) { return command.name == name; });
    return found == commands().end() ? nullptr : &*found;
}

/// What a command takes: its own options, with its defaults, and those that are no command's own.
std::vector<Option> optionsOf(const Command *command)
{
    QSet<QString> owned;
    QMap<QString, QString> defaults;
    for (const Command &each : commands()) {
        for (const QString &word : each.own.split(u' ')) {
            owned.insert(word.section(u'=', 0, 0));
            if (&each == command)
                defaults.insert(word.section(u'=', 0, 0), word.section(u'=', 1));
        }
    }
    std::vector<Option> taken;
    for (Option option : allOptions()) {
        option.byDefault = defaults.value(option.name);
        if (defaults.contains(option.name) || !owned.contains(option.name))
            taken.push_back(option);
    }
    return taken;
}

QString help(const Command *command, const QCommandLineParser &parser)
{
    QString text = u"Usage: rookery-bench %1 [OPTION]...\n\n"_s.arg(command ? command->name : u"COMMAND"_s);
    if (command) {
        text += command->summary + u"\n\n"_s;
    } else {
        text +=
            u"Measures what a rookeryd costs. One line of JSON goes to standard output, one for people to "
            "standard error.\n\n"_s;
        for (const Command &each : commands())
            text += u"  %1 %2\n"_s.arg(each.name.leftJustified(10), each.summary);
        text += u"\nEach has options of its own: rookery-bench COMMAND --help\n\n"_s;
    }
    // The parser's own line of usage does not know that the command goes first.
    const QString all = parser.helpText();
    return text + all.mid(all.indexOf(u"Options:"_s)).trimmed();
}

CommandLine refuse(const QString &sentence)
{
    CommandLine line;
    line.text = u"rookery-bench: "_s + sentence;
    line.exitCode = exitBadUsage;
    return line;
}

} // namespace

CommandLine parseCommandLine(const QStringList &arguments)
{
    CommandLine line;
    Options &options = line.options;
    const QString first = arguments.value(1);
    const Command *command = findCommand(first);
    const std::vector<Option> taken = optionsOf(command);
    QCommandLineParser parser;
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    for (const Option &option : taken) {
        const QString summary =
            option.summary + (option.byDefault.isEmpty() ? QString() : u"; "_s + option.byDefault);
        parser.addOption({option.name, summary, option.value, option.byDefault});
    }
    parser.addOptions({{u"version"_s, u"print the version"_s}, {{u"help"_s, u"h"_s}, u"print this"_s}});
    // The parser takes the first one for the program's name: here it is the command's.
    const bool good = parser.parse(command ? arguments.mid(1) : arguments);
    if (parser.isSet(u"help"_s) || parser.isSet(u"version"_s)) {
        line.text = parser.isSet(u"help"_s) ? help(command, parser) : u"rookery-bench " ROOKERY_VERSION ""_s;
        return line;
    }
    if (!command)
        return refuse(first.isEmpty() ? u"A command is missing; see --help."_s
                                      : u"There is no command '%1'; see --help."_s.arg(first));
    options.command = command->name;
    const QStringList unknown = parser.unknownOptionNames();
    if (!unknown.isEmpty() || !parser.positionalArguments().isEmpty())
        return refuse(u"'%1' has no option '%2'; see %1 --help."_s.arg(command->name,
            unknown.isEmpty() ? parser.positionalArguments().constFirst() : u"--"_s + unknown.constFirst()));
    if (!good) {
        const QString last = parser.optionNames().constLast(); // where it stopped
        const auto option = std::find_if(
            taken.begin(), taken.end(), [&last](const Option &each) { return each.name == last; });
        return refuse(option == taken.end() || option->value.isEmpty()
                ? u"--%1 takes no value."_s.arg(last)
                : u"--%1 must be followed by %2."_s.arg(last, option->value));
    }
    for (const Option &option : taken) {
        if (option.value.isEmpty() && parser.isSet(option.name))
            option.setter.set(options, {});
        for (const QString &value : parser.values(option.name)) {
            const bool known = !option.value.contains(u'|') || option.value.split(u'|').contains(value);
            if (!known || !option.setter.set(options, value))
                return refuse(u"--%1 cannot be '%2', it must be %3."_s.arg(
                    option.name, value, option.setter.must.isEmpty() ? option.value : option.setter.must));
        }
    }
    if (options.bare) {
        if (options.url.isEmpty())
            return refuse(u"--bare is for a server that is running already: give its --url."_s);
        options.dialect = Dialect::Bare;
    }
    if (options.url.isEmpty() && !options.pids.empty())
        return refuse(u"--pid goes with --url."_s);
    if (!options.url.isEmpty()
        && (options.tls || !options.data.isEmpty() || !options.daemon.isEmpty() || options.ioThreads > 0
            || !options.daemonArguments.isEmpty() || options.nodes > 1 || options.postgres || options.redis))
        return refuse(
            u"--tls, --io-threads, --data, --daemon, --daemon-arg, --nodes, --postgres and --redis are "
            "for a server that is started here, not for --url."_s);
    if (options.nodes > 1 && !options.data.isEmpty())
        return refuse(u"--data is for one server, not for --nodes."_s);
    options.postgres = options.postgres || options.nodes > 1;
    line.run = true;
    return line;
}

} // namespace rookery::bench
