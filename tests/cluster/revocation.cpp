// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/revocation.h"

#include "tests/support/evidence.h"
#include "tests/wire/load/failure.h"
#include "tests/wire/load/httpclient.h"

#include <string_view>
#include <thread>

namespace rookery::cluster {

using load::Failure;
using load::HttpClient;

namespace {

constexpr int unauthorized = 401;
constexpr int conflict = 409; ///< asked for the second time the name may be taken already
constexpr load::Nanos patience = 10 * load::second;
const QString me = QStringLiteral("/api/v1/me");
const QString password = QStringLiteral("only-for-a-moment");

/// What a node answers. One that has just lost its connection to the database asks for the same again.
template <typename Ask>
QJsonObject insist(const Ask &ask)
{
    const load::Nanos deadline = load::now() + patience;
    for (;;) {
        try {
            return ask();
        } catch (const Failure &refusal) {
            if (std::string_view(refusal.what()).find("HTTP 503") == std::string_view::npos
                || load::now() > deadline)
                throw;
        }
    }
}

QJsonObject post(HttpClient &client, const QString &path, const QJsonObject &body, int tolerated)
{
    return insist([&] { return client.post(path, body, tolerated); });
}

bool isKnown(HttpClient &client)
{
    return insist([&] { return client.get(me, unauthorized); }).contains(QLatin1String("user"));
}

} // namespace

load::Nanos measureRevocation(Site &site, std::uint64_t run, int number)
{
    const QString name = QStringLiteral("leaver-%1-%2").arg(run).arg(number);
    const QJsonObject credentials{{QStringLiteral("username"), name}, {QStringLiteral("password"), password}};
    HttpClient door(site.endpoint(number % Site::nodeCount));
    post(door, QStringLiteral("/api/v1/register"), credentials, conflict);
    const QString token =
        post(door, QStringLiteral("/api/v1/login"), credentials, 0).value(QLatin1String("token")).toString();
    test::rememberSecret(password);
    test::rememberSecret(token);
    std::vector<std::unique_ptr<HttpClient>> nodes;
    for (int i = 0; i < Site::nodeCount; ++i) {
        nodes.push_back(std::make_unique<HttpClient>(site.endpoint(i)));
        nodes.back()->setToken(token.toStdString());
        if (!isKnown(*nodes.back()))
            throw Failure(QStringLiteral("Node %1 does not know a session of another node.").arg(i));
    }
    // Asked for the second time the session may be over already.
    post(*nodes[std::size_t((number + 1) % Site::nodeCount)], QStringLiteral("/api/v1/logout"), {},
        unauthorized);
    const load::Nanos since = load::now();
    for (int i = 0; i < Site::nodeCount; ++i) {
        while (isKnown(*nodes[std::size_t(i)])) {
            if (load::now() - since > patience)
                throw Failure(
                    QStringLiteral("Node %1 takes a token that was revoked ten seconds ago.").arg(i));
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    return load::now() - since;
}

} // namespace rookery::cluster
