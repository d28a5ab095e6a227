// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/options.h"

#include <QCoreApplication>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace rookery::bench {

namespace {

constexpr int exitBadUsage = 2;

struct Command
{
    QString name;
    QString summary;
    QStringList own; ///< the options that only some commands have
    QMap<QString, QString> defaults; ///< where they differ from the option's own
};

using Set = std::function<bool(Options &, const QString &)>;
struct Option
{
    QString name;
    QString value; ///< empty: a flag
    QString summary;
    Set set;
};

Set whole(int Options::*member, int min, int max)
{
    return [=](Options &options, const QString &text) {
        bool good = false;
        options.*member = text.toInt(&good);
        return good && options.*member >= min && options.*member <= max;
    };
}

Set real(double Options::*member, double min, double max)
{
    return [=](Options &options, const QString &text) {
        bool good = false;
        options.*member = text.toDouble(&good);
        return good && options.*member >= min && options.*member <= max;
    };
}

Set text(QString Options::*member)
{
    return [=](Options &options, const QString &value) {
        options.*member = value;
        return !value.isEmpty();
    };
}

Set url(QUrl Options::*member)
{
    return [=](Options &options, const QString &value) {
        options.*member = QUrl(value, QUrl::StrictMode);
        return (options.*member).isValid() && !(options.*member).host().isEmpty();
    };
}

Set flag(bool Options::*member)
{
    return [=](Options &options, const QString &) {
        options.*member = true;
        return true;
    };
}

bool setPids(Options &options, const QString &value)
{
    const QStringList parts = value.split(u',');
    for (const QString &part : parts) {
        bool good = false;
        options.pids.push_back(pid_t(part.toInt(&good)));
        if (!good || options.pids.back() < 1)
            return false;
    }
    return true;
}

bool setPeerPid(Options &options, const QString &value)
{
    bool good = false;
    options.peerPid = pid_t(value.toInt(&good));
    return good && options.peerPid > 0;
}

bool setDialect(Options &options, const QString &value)
{
    options.dialect = value == QLatin1String("room") ? Dialect::Room : Dialect::Native;
    return value == QLatin1String("room") || value == QLatin1String("native");
}

bool setPath(Options &options, const QString &value)
{
    static const QMap<QString, Dialect> paths{
        {QStringLiteral("/ws/v1"), Dialect::Native},
        {QStringLiteral("native"), Dialect::Native},
        {QStringLiteral("room"), Dialect::Room},
        {QStringLiteral("personal"), Dialect::Personal},
        {QStringLiteral("direct"), Dialect::Direct},
    };
    options.path = value;
    options.dialect = paths.value(value);
    return paths.contains(value);
}

bool setClientIds(Options &options, const QString &value)
{
    options.clientIds = value;
    return value == QLatin1String("v7") || value == QLatin1String("v4");
}

/// Those that every command takes, then the others.
const std::vector<Option> &allOptions()
{
    const auto string = [](const char *literal) { return QString::fromUtf8(literal); };
    static const std::vector<Option> all{
        {string("url"), string("URL"),
            string("drive the server at http(s)://HOST:PORT; without it one is started"), url(&Options::url)},
        {string("pid"), string("PID[,PID…]"),
            string(
                "read CPU and memory of these processes; known by itself where the server was started here"),
            setPids},
        {string("daemon"), string("PATH"), string("the rookeryd to start; the one beside this program"),
            text(&Options::daemon)},
        {string("data"), string("DIR"),
            string("its data directory, which is kept; without it one in /var/tmp that goes with the run"),
            text(&Options::data)},
        {string("daemon-arg"), string("ARG"), string("one more argument for it, any number of times"),
            [](Options &options, const QString &value) {
                options.daemonArguments.append(value);
                return true;
            }},
        {string("io-threads"), string("N"), string("its [server] io_threads"),
            whole(&Options::ioThreads, 1, 1024)},
        {string("tls"), {}, string("let it listen for https and speak TLS"), flag(&Options::tls)},
        {string("threads"), string("N"), string("threads of the load generator; 1"),
            whole(&Options::threads, 1, 64)},
        {string("patience"), string("N"), string("seconds that the server may stand still in; 20"),
            real(&Options::patience, 0.1, 3600)},
        {string("users"), string("N"),
            string("accounts to register; the sockets share them in turn; as many as sockets, at most 100"),
            whole(&Options::users, 1, 100'000)},

        {string("dialect"), string("native|room"), string("speak /ws/v1 or /ws/chat/ROOM/"), setDialect},
        {string("bare"), {},
            string("the server has no accounts and echoes {\"message\": …} on /ws/chat/ROOM/: no log-in, no "
                   "ids"),
            flag(&Options::bare)},
        {string("path"), string("/ws/v1|room|personal|direct"), string("which socket to open"), setPath},
        {string("members"), string("N"), string("sockets in the room"),
            whole(&Options::members, 1, 1'000'000)},
        {string("connections"), string("N"), string("sockets, or HTTP connections"),
            whole(&Options::connections, 1, 1'000'000)},
        {string("rooms"), string("N"), string("rooms that the sockets share"),
            whole(&Options::rooms, 1, 1'000'000)},
        {string("senders"), string("N"), string("sockets that send"), whole(&Options::senders, 1, 100'000)},
        {string("in-flight"), string("N"), string("messages that each sender has on their way"),
            whole(&Options::inFlight, 1, 1000)},
        {string("size"), string("BYTES"), string("length of a message's text"),
            whole(&Options::size, 45, 4000)},
        {string("rate"), string("N"), string("messages per second"), real(&Options::rate, 0.001, 1'000'000)},
        {string("seconds"), string("N"), string("how long to measure"), real(&Options::seconds, 0.1, 3600)},
        {string("warm-up"), string("N"), string("seconds of the same work before that"),
            real(&Options::warmUp, 0, 600)},
        {string("settle"), string("N"), string("seconds to wait before memory is read"),
            real(&Options::settle, 0, 600)},
        {string("concurrency"), string("N"), string("handshakes, or requests, at once"),
            whole(&Options::concurrency, 1, 10'000)},
        {string("messages"), string("N"), string("messages to fill the room with"),
            whole(&Options::messages, 1, 100'000'000)},
        {string("requests"), string("N"), string("requests to measure"),
            whole(&Options::requests, 1, 10'000'000)},
        {string("slices"), string("N"), string("turns that the server and its peer take each"),
            whole(&Options::slices, 1, 1000)},
        {string("client-ids"), string("v7|v4"),
            string("UUIDs in order of time, as Rookery's own client makes them, or random ones"),
            setClientIds},
        {string("room"), string("NAME"), string("a room that an earlier run has filled"),
            text(&Options::room)},
        {string("peer-url"), string("URL"),
            string("compare with this server; without it a bare QHttpServer is started"),
            url(&Options::peerUrl)},
        {string("peer-pid"), string("PID"), string("the process of --peer-url"), setPeerPid},
        {string("growth"), {},
            string("also run with a tenth of connections and rooms at the same rate in all"),
            flag(&Options::growth)},
    };
    return all;
}

const std::vector<Command> &commands()
{
    const auto string = [](const char *literal) { return QString::fromUtf8(literal); };
    const auto list = [](const char *literal) { return QString::fromLatin1(literal).split(u' '); };
    static const std::vector<Command> all{
        {string("fanout"), string("one room, one sender: CPU per delivery"),
            list("dialect bare members in-flight size seconds warm-up concurrency"),
            {{string("dialect"), string("native")}, {string("members"), string("1000")},
                {string("in-flight"), string("4")}, {string("size"), string("64")},
                {string("seconds"), string("5")}, {string("warm-up"), string("1")},
                {string("concurrency"), string("64")}}},
        {string("rooms"), string("many rooms at a steady rate: CPU per delivery and time to each member"),
            list("dialect bare connections rooms rate size seconds warm-up concurrency growth"),
            {{string("dialect"), string("native")}, {string("connections"), string("10000")},
                {string("rooms"), string("1000")}, {string("rate"), string("1")},
                {string("size"), string("64")}, {string("seconds"), string("10")},
                {string("warm-up"), string("2")}, {string("concurrency"), string("64")}}},
        {string("idle"), string("many silent sockets: memory of each, CPU of their heartbeats"),
            list("path connections rooms seconds settle concurrency"),
            {{string("path"), string("/ws/v1")}, {string("connections"), string("10000")},
                {string("rooms"), string("1000")}, {string("seconds"), string("35")},
                {string("settle"), string("3")}, {string("concurrency"), string("64")}}},
        {string("storm"), string("authenticated handshakes as fast as they come: CPU of each"),
            list("path connections rooms concurrency"),
            {{string("path"), string("/ws/v1")}, {string("connections"), string("10000")},
                {string("rooms"), string("1000")}, {string("concurrency"), string("256")}}},
        {string("durable"), string("acknowledged messages per second; reads all of them back"),
            list("senders in-flight rooms size seconds warm-up client-ids concurrency"),
            {{string("senders"), string("50")}, {string("in-flight"), string("8")},
                {string("rooms"), string("50")}, {string("size"), string("64")},
                {string("seconds"), string("5")}, {string("warm-up"), string("1")},
                {string("client-ids"), string("v7")}, {string("concurrency"), string("64")}}},
        {string("latency"), string("time from a send to its durable delivery, at a steady rate"),
            list("senders dialect rate size seconds warm-up concurrency"),
            {{string("senders"), string("50")}, {string("dialect"), string("native")},
                {string("rate"), string("1000")}, {string("size"), string("64")},
                {string("seconds"), string("10")}, {string("warm-up"), string("2")},
                {string("concurrency"), string("64")}}},
        {string("rest"), string("GET /api/users/profile, against a bare QHttpServer in turns"),
            list("connections seconds slices peer-url peer-pid"),
            {{string("connections"), string("16")}, {string("seconds"), string("2")},
                {string("slices"), string("5")}}},
        {string("history"), string("random pages of 50 in a long room"),
            list("messages requests concurrency size room"),
            {{string("messages"), string("1000000")}, {string("requests"), string("2000")},
                {string("concurrency"), string("4")}, {string("size"), string("64")}}},
    };
    return all;
}

const Command *findCommand(const QString &name)
{
    const auto found = std::find_if(commands().begin(), commands().end(),
        [&name](const Command &command) { return command.name == name; });
    return found == commands().end() ? nullptr : &*found;
}

/// Options that are not any command's own belong to all.
bool isCommon(const Option &option)
{
    return std::none_of(commands().begin(), commands().end(),
        [&option](const Command &command) { return command.own.contains(option.name); });
}

bool takes(const Command &command, const Option &option)
{
    return command.own.contains(option.name) || isCommon(option);
}

QString optionLines(const Command *command, bool common)
{
    constexpr int column = 32;
    QString text;
    for (const Option &option : allOptions()) {
        if (isCommon(option) != common || (command && !takes(*command, option)))
            continue;
        QString left = QStringLiteral("--") + option.name;
        if (!option.value.isEmpty())
            left += u' ' + option.value;
        const QString byDefault = command ? command->defaults.value(option.name) : QString();
        text += QStringLiteral("  %1 %2%3\n")
                    .arg(left.leftJustified(column), option.summary,
                        byDefault.isEmpty() ? QString() : QStringLiteral("; %1").arg(byDefault));
    }
    return text;
}

QString help(const Command *command)
{
    QString text = QStringLiteral("Usage: rookery-bench %1 [OPTION]...\n\n")
                       .arg(command ? command->name : QStringLiteral("COMMAND"));
    if (command) {
        text += command->summary + QStringLiteral("\n\n") + optionLines(command, false);
    } else {
        text += QStringLiteral(
            "Measures what a rookeryd costs. One line of JSON goes to standard output, one for people to "
            "standard error.\n\n");
        for (const Command &each : commands())
            text += QStringLiteral("  %1 %2\n").arg(each.name.leftJustified(10), each.summary);
        text += QStringLiteral("\nEach has options of its own: rookery-bench COMMAND --help\n");
    }
    return text + QStringLiteral("\nThe server and the load:\n")
        + optionLines(command, true).trimmed().prepend(QStringLiteral("  "));
}

CommandLine refuse(const QString &sentence)
{
    CommandLine line;
    line.text = QStringLiteral("rookery-bench: ") + sentence;
    line.exitCode = exitBadUsage;
    return line;
}

} // namespace

CommandLine parseCommandLine(const QStringList &arguments)
{
    CommandLine line;
    Options &options = line.options;
    const QString first = arguments.value(1);
    if (first == QLatin1String("--help") || first == QLatin1String("-h")) {
        line.text = help(nullptr);
        return line;
    }
    const Command *command = findCommand(first);
    if (!command)
        return refuse(first.isEmpty() ? QStringLiteral("A command is missing; see --help.")
                                      : QStringLiteral("There is no command '%1'; see --help.").arg(first));
    options.command = command->name;
    for (const Option &option : allOptions()) {
        const auto byDefault = command->defaults.constFind(option.name);
        if (byDefault != command->defaults.cend())
            option.set(options, *byDefault);
    }
    for (qsizetype i = 2; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        if (argument == QLatin1String("--help") || argument == QLatin1String("-h")) {
            line.text = help(command);
            return line;
        }
        const auto equals = argument.indexOf(u'=');
        const QString name = argument.left(equals < 0 ? argument.size() : equals);
        const auto option = std::find_if(allOptions().begin(), allOptions().end(), [&](const Option &each) {
            return name == QStringLiteral("--") + each.name && takes(*command, each);
        });
        if (option == allOptions().end())
            return refuse(QStringLiteral("'%1' has no option '%2'; see %1 --help.").arg(command->name, name));
        if (option->value.isEmpty() && equals >= 0)
            return refuse(QStringLiteral("%1 takes no value.").arg(name));
        QString value;
        if (!option->value.isEmpty()) {
            if (equals < 0 && i + 1 == arguments.size())
                return refuse(QStringLiteral("%1 must be followed by %2.").arg(name, option->value));
            value = equals < 0 ? arguments[++i] : argument.mid(equals + 1);
        }
        if (!option->set(options, value))
            return refuse(QStringLiteral("%1 cannot be '%2'.").arg(name, value));
    }
    if (options.bare) {
        if (options.url.isEmpty())
            return refuse(QStringLiteral("--bare is for a server that is running already: give its --url."));
        options.dialect = Dialect::Bare;
    }
    if (options.url.isEmpty() && !options.pids.empty())
        return refuse(QStringLiteral("--pid goes with --url."));
    if (!options.url.isEmpty()
        && (options.tls || !options.data.isEmpty() || !options.daemon.isEmpty() || options.ioThreads > 0
            || !options.daemonArguments.isEmpty()))
        return refuse(
            QStringLiteral("--tls, --io-threads, --data, --daemon and --daemon-arg are for a server "
                           "that is started here, not for --url."));
    line.run = true;
    return line;
}

} // namespace rookery::bench
