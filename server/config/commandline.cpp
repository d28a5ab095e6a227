// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/commandline.h"

#include "server/config/keys.h"

#include <array>

namespace rookery::config {

namespace {

struct Flag
{
    QLatin1String name;
    QLatin1String value; ///< what follows it, for --help; empty: nothing does
    QLatin1String summary;
};

constexpr std::array flags{
    Flag{QLatin1String("--config"), QLatin1String("FILE"),
        QLatin1String("read this TOML file; also ROOKERY_CONFIG")},
    Flag{QLatin1String("--listen"), QLatin1String("URL"),
        QLatin1String("listen on http://ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH, any number of "
                      "times; port 0 picks a free one")},
    Flag{QLatin1String("--data"), QLatin1String("DIR"),
        QLatin1String("keep database, signing key and certificate here")},
    Flag{QLatin1String("--check-config"), QLatin1String(), QLatin1String("check the configuration and exit")},
    Flag{QLatin1String("--smoke"), QLatin1String(),
        QLatin1String("start, say that it is ready, stop again and exit")},
    Flag{QLatin1String("--version"), QLatin1String(), QLatin1String("print the version and exit")},
    Flag{QLatin1String("--help"), QLatin1String(), QLatin1String("print this and exit")},
};

Error refusal(const QString &sentence)
{
    return {ErrorCode::InvalidRequest, sentence};
}

const Flag *findFlag(const QString &name)
{
    for (const Flag &flag : flags) {
        if (name == flag.name)
            return &flag;
    }
    return nullptr;
}

Error unknown(const QString &argument)
{
    QStringList names;
    for (const Flag &flag : flags)
        names.append(flag.name);
    return refusal(QStringLiteral("There is no argument '%1'.%2 See --help.")
                       .arg(argument, didYouMean(argument, names)));
}

} // namespace

Result<CommandLine> parseCommandLine(const QStringList &arguments)
{
    CommandLine line;
    std::optional<QString> action;
    const auto setOnce = [](std::optional<QString> &member, const Flag &flag,
                             const QString &value) -> std::optional<Error> {
        if (member)
            return refusal(QStringLiteral("%1 is given twice.").arg(flag.name));
        member = value;
        return std::nullopt;
    };

    for (qsizetype i = 1; i < arguments.size(); ++i) {
        const QString &argument = arguments[i];
        const auto equals = argument.indexOf(QLatin1Char('='));
        const QString name = argument == QLatin1String("-h") ? QStringLiteral("--help")
            : equals < 0                                     ? argument
                                                             : argument.left(equals);
        const Flag *flag = findFlag(name);
        if (!flag)
            return unknown(argument);
        if (flag->value.isEmpty()) {
            if (equals >= 0)
                return refusal(QStringLiteral("%1 takes no value.").arg(name));
            if (name == QLatin1String("--help")) {
                line.action = Action::ShowHelp;
                return line;
            }
            if (action && *action != name)
                return refusal(QStringLiteral("%1 and %2 cannot go together.").arg(*action, name));
            action = name;
            continue;
        }
        if (equals < 0 && i + 1 == arguments.size())
            return refusal(QStringLiteral("%1 must be followed by %2.").arg(name, flag->value));
        const QString value = equals < 0 ? arguments[++i] : argument.mid(equals + 1);
        if (value.isEmpty() || (equals < 0 && value.startsWith(QLatin1String("--"))))
            return refusal(QStringLiteral("%1 must be followed by %2.").arg(name, flag->value));
        std::optional<Error> problem;
        if (name == QLatin1String("--config"))
            problem = setOnce(line.configFile, *flag, value);
        else if (name == QLatin1String("--data"))
            problem = setOnce(line.dataDirectory, *flag, value);
        else
            line.listen.append(value);
        if (problem)
            return *problem;
    }
    if (action == QLatin1String("--version"))
        line.action = Action::ShowVersion;
    else if (action == QLatin1String("--check-config"))
        line.action = Action::CheckConfig;
    else if (action == QLatin1String("--smoke"))
        line.action = Action::Smoke;
    return line;
}

QString helpText()
{
    constexpr int column = 22;
    QString text = QStringLiteral("Usage: rookeryd [--config FILE] [--listen URL]... [--data DIR]\n"
                                  "                [--check-config] [--smoke] [--version] [--help]\n\n"
                                  "The Rookery chat server. Without arguments it listens on "
                                  "http://127.0.0.1:5000.\n\n");
    for (const Flag &flag : flags) {
        const QString left = flag.value.isEmpty() ? QString(flag.name) : flag.name + u' ' + flag.value;
        text += QStringLiteral("  %1%2\n").arg(left.leftJustified(column), flag.summary);
    }
    text += QStringLiteral("\nKeys of the file, with their defaults. The environment overrides the file: "
                           "section.key is\nROOKERY_SECTION_KEY there, with commas between the items of an "
                           "array. Flags override both.\n");
    const Config defaults;
    QLatin1String section;
    for (const Key &key : keys()) {
        if (key.section != section) {
            section = key.section;
            text += QStringLiteral("\n[%1]\n").arg(section);
        }
        text += QStringLiteral("%1 = %2\n    %3\n").arg(key.name, toToml(key.get(defaults)), key.summary);
    }
    return text.trimmed();
}

} // namespace rookery::config
