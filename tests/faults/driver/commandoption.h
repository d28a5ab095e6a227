// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace rookery::faults {

/// An option of a command line that is parsed into `Options`.
template <typename Options>
struct CommandOption
{
    /// Whether the option can have that value.
    using Set = std::function<bool(Options &, const QString &)>;

    QString name;
    QString value; ///< empty: it takes none
    QString summary;
    Set set;

    static Set whole(int Options::*member)
    {
        return [=](Options &options, const QString &text) { return (options.*member = text.toInt()) > 0; };
    }
    static Set positive(double Options::*member)
    {
        return [=](Options &options, const QString &text) { return (options.*member = text.toDouble()) > 0; };
    }
    static Set text(QString Options::*member)
    {
        return [=](Options &options, const QString &value) { return !(options.*member = value).isEmpty(); };
    }
    /// `--seed`, into Options::seed.
    static CommandOption seed()
    {
        return {QStringLiteral("seed"), QStringLiteral("S"),
            QStringLiteral("the same seed makes the same choices; 1"),
            [](Options &options, const QString &value) {
                bool good = false;
                options.seed = value.toULongLong(&good);
                return good;
            }};
    }
};

} // namespace rookery::faults
