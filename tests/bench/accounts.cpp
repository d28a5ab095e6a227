// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/accounts.h"

#include "tests/support/evidence.h"
#include "tests/wire/load/crew.h"
#include "tests/wire/load/httpclient.h"

#include <QJsonObject>

#include <algorithm>
#include <thread>

namespace rookery::bench {

using namespace load;

namespace {

/// Enough to keep the cores busy that hash the passwords, and far from the bound of that queue.
constexpr int atOnce = 8;
const QString password = QStringLiteral("only-for-measuring");

QString userName(std::uint32_t run, int number)
{
    return QStringLiteral("bench-%1-%2").arg(run, 8, 16, QLatin1Char('0')).arg(number);
}

std::string makeUser(HttpClient &client, const QString &name)
{
    const QJsonObject credentials{{QStringLiteral("username"), name}, {QStringLiteral("password"), password}};
    client.post(QStringLiteral("/api/v1/register"), credentials);
    const QString token =
        client.post(QStringLiteral("/api/v1/login"), credentials).value(QLatin1String("token")).toString();
    if (token.isEmpty())
        throw Failure(QStringLiteral("The log-in's answer holds no token."));
    test::rememberSecret(password);
    test::rememberSecret(token);
    return token.toStdString();
}

} // namespace

std::vector<std::string> makeUsers(const Endpoint &endpoint, std::uint32_t run, int count)
{
    std::vector<std::string> tokens;
    tokens.resize(std::size_t(count));
    std::atomic<int> next = 0;
    FailureNote failures;
    std::vector<std::thread> threads;
    for (int i = 0; i < std::min(atOnce, count); ++i) {
        threads.emplace_back([&] {
            try {
                HttpClient client(endpoint);
                for (int number = next++; number < count && !failures.noted(); number = next++)
                    tokens[std::size_t(number)] = makeUser(client, userName(run, number));
            } catch (const std::exception &problem) {
                failures.note(problem.what());
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    if (interrupted())
        throw Interrupted();
    failures.raise();
    return tokens;
}

std::string roomName(std::uint32_t run, int number)
{
    return QStringLiteral("bench-%1-%2").arg(run, 8, 16, QLatin1Char('0')).arg(number).toStdString();
}

void makeRoom(const Endpoint &endpoint, const std::string &token, const QString &name)
{
    HttpClient client(endpoint);
    client.setToken(token);
    constexpr int conflict = 409;
    client.post(QStringLiteral("/api/v1/rooms"), {{QStringLiteral("name"), name}}, conflict);
}

std::vector<std::string> makeRooms(
    const Endpoint &endpoint, const std::string &token, std::uint32_t run, int count)
{
    HttpClient client(endpoint);
    client.setToken(token);
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
        const QJsonObject answer = client.post(QStringLiteral("/api/v1/rooms"),
            {{QStringLiteral("name"), QString::fromStdString(roomName(run, i))}});
        ids.push_back(answer.value(QLatin1String("room"))
                          .toObject()
                          .value(QLatin1String("id"))
                          .toString()
                          .toStdString());
    }
    return ids;
}

} // namespace rookery::bench
