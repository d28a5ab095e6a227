// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"

#include <functional>
#include <optional>
#include <variant>
#include <vector>

namespace rookery::config {

/// The value types of a key, in the file and in the environment alike.
using Value = std::variant<bool, qint64, QString, QStringList>;

/// One key of the configuration. The file, the environment and --help are all driven by keys(), the table of
/// all keys.
struct Key
{
    QLatin1String section;
    QLatin1String name;
    QLatin1String summary; ///< for --help; names the unit if there is one
    std::function<Value(const Config &)> get;
    /// Takes a value of get()'s type. Returns what is wrong with it, as the end of a sentence that starts
    /// with the key's path ("must be …"), or nullopt.
    std::function<std::optional<QString>(Config &, const Value &)> set;
    bool isPath = false; ///< a file or directory; a relative path is resolved from where it is written

    QString path() const; ///< `limits.url_bytes`
    QString variable() const; ///< `ROOKERY_LIMITS_URL_BYTES`
};

const std::vector<Key> &keys();
/// The key of that name, or nullptr.
const Key *findKey(const QString &section, const QString &name);
/// "a whole number", "true or false", "a string" or "an array of strings".
QString typeName(const Value &value);
/// The value in TOML syntax.
QString toToml(const Value &value);

/// A URL to listen on in its normal form (`http://[::1]:5000`), or the error, as the end of a sentence.
std::variant<QUrl, QString> parseListenUrl(const QString &text);

/// What a node is called on a host of that name: a valid node.name.
QString defaultNodeName(const QString &host);

} // namespace rookery::config
