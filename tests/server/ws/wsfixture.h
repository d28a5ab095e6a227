// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/dialects/websocketapi.h"
#include "server/net/acceptor.h"
#include "server/net/server.h"
#include "tests/server/core/corefixture.h"
#include "tests/wire/websocketclient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace rookery::test {

inline QJsonObject frame(const char *type, QJsonObject fields = {})
{
    fields.insert(QStringLiteral("type"), QLatin1String(type));
    return fields;
}

inline QJsonObject child(const QJsonObject &parent, const char *field)
{
    return parent[QLatin1String(field)].toObject();
}

/// A logged-in user.
struct Person
{
    core::Principal principal;
    QString token;

    const QString &id() const { return principal.user.id; }
    const QString &name() const { return principal.user.name; }
};

struct WsOptions
{
    core::AccountsOptions accounts = withoutRates();
    core::RoomsOptions rooms = {};
    QStringList allowedOrigins = {};
    std::chrono::milliseconds headRound = core::HeadCheck::defaultRound;

    /// Rates for tests, which log in and send faster than people.
    static core::AccountsOptions withoutRates()
    {
        core::AccountsOptions options;
        options.limits.loginsPerMinute = 0;
        options.limits.messagesPerSecond = 0;
        return options;
    }
};

/// Every WebSocket endpoint on a real server and a real core, in this process.
class WsFixture
{
public:
    explicit WsFixture(const WsOptions &options = {})
        : core(options.accounts, options.rooms, options.headRound)
        , server(options.accounts.limits, net::makeConnectionQuota(options.accounts.limits))
        , api(&server, core.thread->core(), {options.allowedOrigins, options.accounts.limits})
    {
        const auto listening = acceptor.listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
        if (!listening)
            qFatal("%s", qUtf8Printable(listening.error().detail));
        http = *listening;
    }

    QUrl url(const QString &pathAndQuery) const
    {
        QUrl url = http.resolved(QUrl(pathAndQuery));
        url.setScheme(QStringLiteral("ws"));
        return url;
    }

    /// A socket on `/ws/v1` that has said hello.
    bool openNative(WebSocketClient &socket, const QString &token) const
    {
        if (!socket.open(url(QStringLiteral("/ws/v1")), token))
            return false;
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        return !socket.next(QStringLiteral("hello")).isEmpty();
    }

    /// Registers a user with a unique name that starts with `stem`, and logs in.
    Person newPerson(const QString &stem)
    {
        const QString name = stem + QString::number(++m_people);
        core.newUser(name);
        return logIn(name);
    }
    Person logIn(const QString &name)
    {
        const auto logIn = answerOf<core::LogIn>([&](auto *context, auto done) {
            core.accounts->logIn(name, QStringLiteral("correct horse"), {}, context, done);
        });
        return logIn ? Person{logIn->principal, QString::fromLatin1(logIn->token)} : Person();
    }
    void revoke(const Person &person)
    {
        const auto revoked = answerOf<Nothing>([&](auto *context, auto done) {
            core.accounts->revoke(person.principal, person.principal.sessionId, {}, context, done);
        });
        Q_ASSERT(revoked.ok());
    }
    Room createRoom(const Person &person, const QString &name, RoomKind kind)
    {
        const auto room = answerOf<Room>([&](auto *context, auto done) {
            core.rooms->create(person.principal, name, kind, context, done);
        });
        return room ? *room : Room();
    }
    QString newRoomName() { return QStringLiteral("room-%1").arg(++m_rooms); }
    /// Stores `count` messages, text "1", "2" …
    void fill(const Person &person, const Room &room, int count)
    {
        for (int i = 1; i <= count; ++i) {
            if (!core.send(person.principal, room, QString::number(i)))
                qFatal("a message was refused");
        }
    }

    CoreFixture core;
    net::Server server;
    net::Acceptor acceptor{{&server}};
    ws::WebSocketApi api;
    QUrl http;

private:
    int m_people = 0;
    int m_rooms = 0;
};

inline QJsonObject object(const QByteArray &json)
{
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(json, &problem);
    if (problem.error != QJsonParseError::NoError)
        qFatal("bad JSON in a test: %s", json.constData());
    return document.object();
}

inline QString text(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

inline qint64 number(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toInteger(-1);
}

} // namespace rookery::test
