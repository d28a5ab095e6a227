// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testuser.h"

#include "tests/wire/httpclient.h"

namespace rookery::test {

TestUser registerUser(const QUrl &server, const QString &name)
{
    const QJsonObject credentials{
        {QStringLiteral("username"), name}, {QStringLiteral("password"), QStringLiteral("correct horse")}};
    request("POST", server.resolved(QUrl(QStringLiteral("/api/v1/register"))), credentials);
    const HttpAnswer answer =
        request("POST", server.resolved(QUrl(QStringLiteral("/api/v1/login"))), credentials);
    return {name, answer.json[QLatin1String("user")][QLatin1String("id")].toString(),
        answer.json[QLatin1String("token")].toString()};
}

} // namespace rookery::test
