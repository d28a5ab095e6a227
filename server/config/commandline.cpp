// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/commandline.h"

#include "server/config/keys.h"
#include "server/config/suggestion.h"

#include <QCommandLineParser>
#include <QRegularExpression>

namespace rookery::config {

namespace {

using namespace Qt::StringLiterals;

const QList<QCommandLineOption> &flags()
{
    static const QList<QCommandLineOption> all{
        {u"config"_s, u"read this TOML file; also ROOKERY_CONFIG"_s, u"FILE"_s},
        {u"listen"_s,
            u"listen on http://ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH, any number of times; port 0 "
            "picks a free one"_s,
            u"URL"_s},
        {u"data"_s, u"keep database, signing key and certificate here"_s, u"DIR"_s},
        {u"check-config"_s, u"check the configuration and exit"_s},
        {u"smoke"_s, u"start, report that it is ready, stop and exit"_s},
        {u"version"_s, u"print the version and exit"_s},
        {{u"help"_s, u"h"_s}, u"print this and exit"_s},
    };
    return all;
}

QString dashed(const QString &name)
{
    return (name.size() == 1 ? u"-"_s : u"--"_s) + name;
}

Error refusal(const QString &sentence)
{
    return {ErrorCode::InvalidRequest, sentence};
}

Error unknown(const QString &argument)
{
    QStringList names;
    for (const QCommandLineOption &flag : flags())
        names.append(dashed(flag.names().constFirst()));
    return refusal(u"There is no argument '%1'.%2 See --help."_s.arg(argument, didYouMean(argument, names)));
}

} // namespace

Result<CommandLine> parseCommandLine(const QStringList &arguments)
{
    CommandLine line;
    if (arguments.isEmpty())
        return line;
    QCommandLineParser parser;
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.addOptions(flags());
    const bool good = parser.parse(arguments);
    if (parser.isSet(u"help"_s)) {
        line.action = Action::ShowHelp;
        return line;
    }
    if (const QStringList names = parser.unknownOptionNames(); !names.isEmpty())
        return unknown(dashed(names.constFirst()));
    for (const QCommandLineOption &flag : flags()) {
        const QString name = flag.names().constFirst();
        const QStringList values = parser.values(flag);
        // No value follows, or the parser took an empty string or another flag for it.
        if (!flag.valueName().isEmpty()
            && (values.size() < parser.optionNames().count(name)
                || !values.filter(QRegularExpression(u"^(--|$)"_s)).isEmpty()))
            return refusal(u"--%1 must be followed by %2."_s.arg(name, flag.valueName()));
        if (values.size() > 1 && name != u"listen"_s)
            return refusal(u"--%1 is given twice."_s.arg(name));
    }
    if (!good)
        return refusal(u"%1 takes no value."_s.arg(dashed(parser.optionNames().constLast())));
    // Positional arguments are not accepted, so "--" has no use.
    if (arguments.contains(u"--"_s))
        return unknown(u"--"_s);
    if (const QStringList words = parser.positionalArguments(); !words.isEmpty())
        return unknown(words.constFirst());

    if (parser.isSet(u"config"_s))
        line.configFile = parser.value(u"config"_s);
    if (parser.isSet(u"data"_s))
        line.dataDirectory = parser.value(u"data"_s);
    line.listen = parser.values(u"listen"_s);
    QString chosen;
    for (const auto &[name, action] :
        {std::pair(u"smoke"_s, Action::Smoke), std::pair(u"check-config"_s, Action::CheckConfig),
            std::pair(u"version"_s, Action::ShowVersion)}) {
        if (!parser.isSet(name))
            continue;
        if (!chosen.isEmpty())
            return refusal(u"--%1 and --%2 cannot go together."_s.arg(chosen, name));
        chosen = name;
        line.action = action;
    }
    return line;
}

QString helpText()
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"The Rookery chat server. Without arguments it listens on http://127.0.0.1:5000."_s);
    parser.addOptions(flags());
    QString text = parser.helpText()
        + u"\nKeys of the file, with their defaults. The environment overrides the file: section.key is\n"
          "ROOKERY_SECTION_KEY there, with commas between the items of an array. Flags override both.\n"_s;
    const Config defaults;
    QLatin1String section;
    for (const Key &key : keys()) {
        if (key.section != section) {
            section = key.section;
            text += u"\n[%1]\n"_s.arg(section);
        }
        text += u"%1 = %2\n    %3\n"_s.arg(key.name, toToml(key.get(defaults)), key.summary);
    }
    return text.trimmed();
}

} // namespace rookery::config
