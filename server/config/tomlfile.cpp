// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/tomlfile.h"

#include <QFile>

#include <toml++/toml.h>

#include <algorithm>

namespace rookery::config {

namespace {

constexpr qint64 largestFile = 1024 * 1024;

QString toQt(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

QString describe(const toml::node &node)
{
    switch (node.type()) {
    case toml::node_type::table:
        return QStringLiteral("a table");
    case toml::node_type::array:
        return node.is_array_of_tables() ? QStringLiteral("an array of tables")
                                         : QStringLiteral("an array of something else");
    case toml::node_type::floating_point:
        return QStringLiteral("a number with a fraction");
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
        return QStringLiteral("a date or time");
    default:
        return QStringLiteral("something else");
    }
}

TomlEntry entryOf(const QString &section, const toml::key &key, const toml::node &node)
{
    TomlEntry entry{section, toQt(key.str()), std::nullopt, {}, int(key.source().begin.line)};
    if (const auto *flag = node.as_boolean()) {
        entry.value = flag->get();
    } else if (const auto *number = node.as_integer()) {
        entry.value = qint64(number->get());
    } else if (const auto *string = node.as_string()) {
        entry.value = toQt(string->get());
    } else if (const auto *array = node.as_array();
               array && (array->empty() || array->is_homogeneous<std::string>())) {
        QStringList items;
        for (const toml::node &item : *array)
            items.append(toQt(item.as_string()->get()));
        entry.value = items;
    }
    entry.type = entry.value ? typeName(*entry.value) : describe(node);
    return entry;
}

} // namespace

Result<QList<TomlEntry>> readTomlFile(const QString &path)
{
    const auto refusal = [](const QString &where, const QString &what) {
        return Error{ErrorCode::InvalidRequest, QStringLiteral("%1: %2.").arg(where, what)};
    };
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return refusal(path, QStringLiteral("the file cannot be opened: %1").arg(file.errorString()));
    const QByteArray bytes = file.read(largestFile + 1);
    if (file.error() != QFileDevice::NoError)
        return refusal(path, QStringLiteral("the file cannot be read: %1").arg(file.errorString()));
    if (bytes.size() > largestFile)
        return refusal(path, QStringLiteral("the file is larger than 1 MiB"));

    QList<TomlEntry> entries;
    try {
        const toml::table root = toml::parse(std::string_view(bytes.constData(), size_t(bytes.size())));
        for (const auto &[key, node] : root) {
            const toml::table *section = node.as_table();
            if (!section) {
                entries.append(entryOf({}, key, node));
                continue;
            }
            const QString name = toQt(key.str());
            entries.append({name, {}, std::nullopt, {}, int(key.source().begin.line)});
            for (const auto &[inner, value] : *section)
                entries.append(entryOf(name, inner, value));
        }
    } catch (const toml::parse_error &problem) {
        return refusal(
            QStringLiteral("%1:%2").arg(path).arg(problem.source().begin.line), toQt(problem.description()));
    }
    // toml++ sorts by name; errors should be reported from the top of the file.
    std::stable_sort(entries.begin(), entries.end(),
        [](const TomlEntry &a, const TomlEntry &b) { return a.line < b.line; });
    return entries;
}

} // namespace rookery::config
