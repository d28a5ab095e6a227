// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include "server/config/commandline.h"
#include "server/config/keys.h"
#include "server/config/suggestion.h"
#include "server/config/tomlfile.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QStandardPaths>
#include <QSysInfo>

#include <array>

namespace rookery::config {

namespace {

constexpr QLatin1String variablePrefix("ROOKERY_");
constexpr QLatin1String configVariable("ROOKERY_CONFIG");
constexpr QLatin1String testVariablePrefix("ROOKERY_TEST_");
constexpr QLatin1String testEchoVariable("ROOKERY_TEST_ECHO");

Error refusal(const QString &where, const QString &sentence)
{
    return {ErrorCode::InvalidRequest,
        where.isEmpty() ? sentence : QStringLiteral("%1: %2").arg(where, sentence)};
}

/// A configuration under construction, from the defaults through its sources. Remembers where each key was
/// set.
class Draft
{
public:
    /// `base` is the directory that a relative path is resolved from.
    std::optional<Error> set(const Key &key, Value value, const QString &where, const QString &base)
    {
        if (QString *path = std::get_if<QString>(&value);
            path && key.isPath && !path->isEmpty() && !path->startsWith(QLatin1Char('~')))
            *path = QDir::cleanPath(QDir(base).absoluteFilePath(*path));
        if (const auto problem = key.set(m_config, value))
            return refusal(where, QStringLiteral("%1 %2.").arg(key.path(), *problem));
        m_config.places.insert(key.path(), where);
        return std::nullopt;
    }

    /// Checks that involve more than one key.
    std::optional<Error> checkTogether() const
    {
        if (m_config.certificateFile.isEmpty() != m_config.keyFile.isEmpty()) {
            const bool lacksKey = m_config.keyFile.isEmpty();
            const QString set =
                lacksKey ? QStringLiteral("tls.certificate_file") : QStringLiteral("tls.key_file");
            const QString missing =
                lacksKey ? QStringLiteral("tls.key_file") : QStringLiteral("tls.certificate_file");
            return refusal(
                m_config.places.value(set), QStringLiteral("%1 needs %2 beside it.").arg(set, missing));
        }
        if (m_config.busUrl == QLatin1String("postgresql") && m_config.storageUrl.isEmpty())
            return refusal(m_config.places.value(QStringLiteral("bus.url")),
                QStringLiteral("bus.url is 'postgresql', and storage.url names no such database."));
        for (const auto &[path, value] :
            {std::pair(QStringLiteral("bus.password_file"), m_config.busPasswordFile),
                std::pair(QStringLiteral("bus.ca_file"), m_config.busCaFile)}) {
            if (!value.isEmpty() && !m_config.busUrl.startsWith(QLatin1String("redis")))
                return refusal(m_config.places.value(path),
                    QStringLiteral("%1 needs a Redis in bus.url beside it.").arg(path));
        }
        struct Order
        {
            QLatin1String smaller;
            QLatin1String larger;
            bool mayBeEqual;
        };
        static constexpr std::array orders{
            Order{QLatin1String("password_bytes_min"), QLatin1String("password_bytes_max"), true},
            Order{QLatin1String("user_name_characters_min"), QLatin1String("user_name_characters_max"), true},
            Order{QLatin1String("ping_interval_ms"), QLatin1String("pong_timeout_ms"), false},
        };
        for (const Order &order : orders) {
            const Key *smaller = findKey(QLatin1String("limits"), order.smaller);
            const Key *larger = findKey(QLatin1String("limits"), order.larger);
            const qint64 low = std::get<qint64>(smaller->get(m_config));
            const qint64 high = std::get<qint64>(larger->get(m_config));
            if (low < high || (low == high && order.mayBeEqual))
                continue;
            // At least one of them was set explicitly: the defaults are consistent.
            const QString where =
                m_config.places.value(smaller->path(), m_config.places.value(larger->path()));
            return refusal(where,
                QStringLiteral("%1 (%2) must be less than %3%4 (%5).")
                    .arg(smaller->path())
                    .arg(low)
                    .arg(order.mayBeEqual ? QStringLiteral("or equal to ") : QString())
                    .arg(larger->path())
                    .arg(high));
        }
        return std::nullopt;
    }

    Config take() && { return std::move(m_config); }
    bool hasDataDirectory() const { return !m_config.dataDirectory.isEmpty(); }
    void setDefaultDataDirectory(const QString &directory) { m_config.dataDirectory = directory; }

private:
    Config m_config;
};

std::optional<Error> unknownName(const TomlEntry &entry, const QString &where)
{
    QStringList sections;
    QStringList names;
    QStringList owners;
    for (const Key &key : keys()) {
        if (!sections.contains(key.section))
            sections.append(key.section);
        if (key.section == entry.section)
            names.append(key.name);
        if (key.name == entry.name)
            owners.append(key.section);
    }
    if (!entry.section.isEmpty() && !sections.contains(entry.section))
        return refusal(where,
            QStringLiteral("there is no section [%1].%2")
                .arg(entry.section, didYouMean(entry.section, sections)));
    if (entry.name.isEmpty())
        return std::nullopt;
    const QString advice = owners.isEmpty() ? didYouMean(entry.name, names)
                                            : QStringLiteral(" It belongs in [%1].").arg(owners.first());
    if (!entry.section.isEmpty())
        return refusal(
            where, QStringLiteral("there is no key '%1' in [%2].%3").arg(entry.name, entry.section, advice));
    if (sections.contains(entry.name))
        return refusal(
            where, QStringLiteral("'%1' must be a section, [%1], and not %2.").arg(entry.name, entry.type));
    return refusal(where, QStringLiteral("the key '%1' is before any section.%2").arg(entry.name, advice));
}

std::optional<Error> applyFile(Draft &draft, const QString &path)
{
    const auto entries = readTomlFile(path);
    if (!entries)
        return entries.error();
    const QString base = QFileInfo(path).absolutePath();
    for (const TomlEntry &entry : *entries) {
        const QString where = QStringLiteral("%1:%2").arg(path).arg(entry.line);
        const Key *key = findKey(entry.section, entry.name);
        if (!key) {
            if (const auto problem = unknownName(entry, where))
                return problem;
            continue;
        }
        const Value expected = key->get(Config());
        if (!entry.value || entry.value->index() != expected.index())
            return refusal(where,
                QStringLiteral("%1 must be %2, not %3.").arg(key->path(), typeName(expected), entry.type));
        if (const auto problem = draft.set(*key, *entry.value, where, base))
            return problem;
    }
    return std::nullopt;
}

/// The value of a variable, converted to the type of the key's default.
std::optional<Value> fromVariable(const QString &text, const Value &like)
{
    if (std::holds_alternative<bool>(like)) {
        const QString word = text.trimmed().toLower();
        if (word == QLatin1String("true") || word == QLatin1String("1"))
            return Value(true);
        if (word == QLatin1String("false") || word == QLatin1String("0"))
            return Value(false);
        return std::nullopt;
    }
    if (std::holds_alternative<qint64>(like)) {
        bool whole = false;
        const qint64 number = text.trimmed().toLongLong(&whole);
        return whole ? std::optional<Value>(number) : std::nullopt;
    }
    if (std::holds_alternative<QString>(like))
        return Value(text);
    QStringList items;
    for (const QString &item : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        if (const QString trimmed = item.trimmed(); !trimmed.isEmpty())
            items.append(trimmed);
    }
    return Value(items);
}

/// Suggests a name for a variable that names no key: a similar one, or a key of that name in another section.
QString nearestVariable(const QString &variable, const QStringList &known)
{
    if (const QString near = didYouMean(variable, known); !near.isEmpty())
        return near;
    const QString rest = variable.mid(variablePrefix.size());
    QStringList names;
    QHash<QString, QString> variableOf;
    for (const Key &key : keys()) {
        const QString name = QString(key.name).toUpper();
        // With another section, or none, before it.
        if (rest == name || rest.endsWith(u'_' + name))
            return QStringLiteral(" Did you mean '%1'?").arg(key.variable());
        names.append(name);
        variableOf.insert(name, key.variable());
    }
    constexpr qsizetype shortestTail = 5;
    for (QString tail = rest; tail.size() >= shortestTail; tail = tail.section(u'_', 1)) {
        if (const QString name = nearestOf(tail, names); !name.isEmpty())
            return QStringLiteral(" Did you mean '%1'?").arg(variableOf.value(name));
    }
    return {};
}

std::optional<Error> applyEnvironment(Draft &draft, const QProcessEnvironment &environment)
{
    QStringList known;
    for (const Key &key : keys()) {
        const QString variable = key.variable();
        known.append(variable);
        if (!environment.contains(variable))
            continue;
        const Value expected = key.get(Config());
        const auto value = fromVariable(environment.value(variable), expected);
        if (!value)
            return refusal(variable, QStringLiteral("%1 must be %2.").arg(key.path(), typeName(expected)));
        if (const auto problem = draft.set(key, *value, variable, QDir::currentPath()))
            return problem;
    }
    const QStringList variables = environment.keys();
    for (const QString &variable : variables) {
        if (variable.startsWith(variablePrefix) && variable != configVariable
            && !variable.startsWith(testVariablePrefix) && !known.contains(variable))
            qWarning("%s",
                qUtf8Printable(QStringLiteral("The environment's %1 names no key of the configuration and is "
                                              "ignored.%2")
                                   .arg(variable, nearestVariable(variable, known))));
    }
    return std::nullopt;
}

std::optional<Error> applyFlags(Draft &draft, const CommandLine &line)
{
    if (!line.listen.isEmpty()) {
        if (const auto problem = draft.set(*findKey(QStringLiteral("server"), QStringLiteral("listen")),
                line.listen, QStringLiteral("--listen"), QString()))
            return problem;
    }
    if (line.dataDirectory)
        return draft.set(*findKey(QStringLiteral("server"), QStringLiteral("data_directory")),
            *line.dataDirectory, QStringLiteral("--data"), QDir::currentPath());
    return std::nullopt;
}

} // namespace

QString Config::placed(const QString &keyPath, const QString &sentence) const
{
    const QString place = places.value(keyPath);
    return place.isEmpty() ? sentence : QStringLiteral("%1: %2: %3").arg(place, keyPath, sentence);
}

Result<Invocation> load(const QStringList &arguments, const QProcessEnvironment &environment)
{
    const auto line = parseCommandLine(arguments);
    if (!line)
        return line.error();
    Invocation invocation{line->action, {}};
    if (line->action == Action::ShowHelp || line->action == Action::ShowVersion)
        return invocation;

    Draft draft;
    const QString file = line->configFile.value_or(environment.value(configVariable));
    if (!file.isEmpty()) {
        if (const auto problem = applyFile(draft, file))
            return *problem;
    }
    if (const auto problem = applyEnvironment(draft, environment))
        return *problem;
    if (const auto problem = applyFlags(draft, *line))
        return *problem;
    if (const auto problem = draft.checkTogether())
        return *problem;
    if (!draft.hasDataDirectory()) {
        const QString data =
            QDir::cleanPath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation));
        // Without HOME, or with "/" as service users have it, it would be below the root.
        if (!QDir::isAbsolutePath(data) || data == QLatin1String("/.local/share"))
            return refusal({},
                QStringLiteral("This user has no home directory (HOME), so there is no place for the data: "
                               "say where to keep it with --data DIR, or with data_directory under "
                               "[server]."));
        draft.setDefaultDataDirectory(data + QStringLiteral("/rookery"));
    }
    invocation.config = std::move(draft).take();
    if (invocation.config.nodeName.isEmpty())
        invocation.config.nodeName = defaultNodeName(QSysInfo::machineHostName());
    invocation.config.testEcho = environment.value(testEchoVariable) == QLatin1String("1");
    return invocation;
}

} // namespace rookery::config
