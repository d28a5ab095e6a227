// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/refusal.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace rookery::load {

namespace {

/// The daemon's limits are recognised by their sentences; their code alone is ambiguous.
struct Hint
{
    QLatin1String part;
    QLatin1String key;
};
constexpr Hint hints[] = {
    {QLatin1String("connections are open from this address"),
        QLatin1String("limits.connections_per_address")},
    {QLatin1String("connections are open"), QLatin1String("limits.connections")},
    {QLatin1String("registrations from this address"), QLatin1String("limits.logins_per_minute")},
    {QLatin1String("log-ins"), QLatin1String("limits.logins_per_minute")},
    {QLatin1String("messages too fast"), QLatin1String("limits.messages_per_second")},
    {QLatin1String("changing rooms too fast"), QLatin1String("limits.messages_per_second")},
    {QLatin1String("as one user may in a day"), QLatin1String("limits.bytes_per_user_per_day")},
    {QLatin1String("as one network may store in a day"), QLatin1String("limits.bytes_per_network_per_day")},
    {QLatin1String("does not take registrations"), QLatin1String("auth.registration")},
};

} // namespace

std::string explainRefusal(int status, std::string_view problem)
{
    const QJsonObject json =
        QJsonDocument::fromJson(QByteArray(problem.data(), qsizetype(problem.size()))).object();
    QString text = json.value(QLatin1String("error")).toString();
    const QString code = json.value(QLatin1String("code")).toString();
    if (text.isEmpty())
        text = QString::fromUtf8(
            problem.substr(0, 200).data(), qsizetype(std::min<std::size_t>(problem.size(), 200)));
    if (!code.isEmpty())
        text += QStringLiteral(" (%1)").arg(code);
    if (status != 0)
        text = QStringLiteral("HTTP %1 %2").arg(status).arg(text);
    for (const Hint &hint : hints) {
        if (!text.contains(hint.part))
            continue;
        QString variable = hint.key.toString();
        variable.replace(u'.', u'_');
        text += hint.key == QLatin1String("auth.registration")
            ? QStringLiteral(" - the key %1 is in the way").arg(hint.key)
            : QStringLiteral(" - the key %1 is in the way: start the server with ROOKERY_%2=%3")
                  .arg(hint.key, variable.toUpper(),
                      hint.key == QLatin1String("limits.connections") ? QStringLiteral("N")
                                                                      : QStringLiteral("0"));
        break;
    }
    return text.toStdString();
}

} // namespace rookery::load
