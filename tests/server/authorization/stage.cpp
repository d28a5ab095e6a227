// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QJsonDocument>

namespace rookery::test {

namespace {

const QString password = QStringLiteral("correct horse");

QMap<QString, QString> withDefaults(QMap<QString, QString> environment)
{
    environment.insert(QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("true"));
    environment.insert(QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0"));
    environment.insert(QStringLiteral("ROOKERY_LIMITS_GUESTS_PER_MINUTE"), QStringLiteral("0"));
    for (const char *limit : {"MESSAGES_PER_SECOND", "WORK_PER_USER", "WORK_PER_NETWORK"})
        environment.insert(QStringLiteral("ROOKERY_LIMITS_") + QLatin1String(limit), QStringLiteral("0"));
    for (const char *limit : {"INVITER", "PAIR", "NETWORK", "USER"})
        environment.insert(
            QStringLiteral("ROOKERY_LIMITS_INVITATIONS_PER_") + QLatin1String(limit), QStringLiteral("0"));
    return environment;
}

QJsonObject credentialsOf(const TestUser &user)
{
    return {{QStringLiteral("username"), user.name}, {QStringLiteral("password"), password}};
}

} // namespace

Stage::Stage(QMap<QString, QString> environment)
    : m_daemon({}, withDefaults(std::move(environment)))
{ }

QString Stage::start()
{
    if (!m_daemon.start() || !m_closedDaemon.start())
        return QStringLiteral("a daemon does not start: ")
            + QString::fromUtf8(m_daemon.log() + m_closedDaemon.log());
    for (const Caller role :
        {Caller::User, Caller::Outsider, Caller::Former, Caller::Member, Caller::Creator}) {
        m_cast[role] = registerUser(m_daemon.url(), nameOf(role));
        if (m_cast[role].token.isEmpty())
            return QStringLiteral("%1 could not be registered").arg(nameOf(role));
    }
    m_bystander = registerUser(m_daemon.url(), QStringLiteral("bystander"));
    const HttpAnswer again = ask("POST", QStringLiteral("/login"), credentialsOf(user(Caller::Creator)));
    m_revoked = again.json[QLatin1String("token")].toString();
    if (ask("POST", QStringLiteral("/api/v1/logout"), {}, m_revoked).status != 204)
        return QStringLiteral("the creator could not log out");
    const HttpAnswer other = ask("POST", QStringLiteral("/api/v1/rooms"),
        {{QStringLiteral("name"), QStringLiteral("other-room")}, {QStringLiteral("private"), true}},
        user(Caller::Outsider).token);
    return other.status == 201 ? QString() : QStringLiteral("the outsider's room could not be made");
}

const TestUser &Stage::user(Caller role) const
{
    const auto found = m_cast.find(role);
    return found != m_cast.end() ? found->second : m_cast.at(Caller::Creator);
}

QString Stage::freshName()
{
    return QStringLiteral("fresh-%1").arg(++m_names);
}

HttpAnswer Stage::ask(
    const QByteArray &method, const QString &pathAndQuery, const QJsonObject &body, const QString &token)
{
    return request(m_manager, method, m_daemon.url().resolved(QUrl(pathAndQuery)), body, token);
}

HttpAnswer Stage::post(const QString &path, const QByteArray &body, const QString &token)
{
    return requestWith(m_manager, "POST", m_daemon.url().resolved(QUrl(path)), body, token);
}

Scene Stage::makeScene(Object object, Caller caller, QString *problem)
{
    Scene scene;
    switch (object) {
    case Object::Nothing:
    case Object::Lobby:
        scene.roomName = QStringLiteral("lobby");
        break;
    case Object::PublicRoom:
    case Object::PrivateRoom:
    case Object::DirectRoom:
        *problem = makeRoom(object, &scene);
        break;
    case Object::OwnSession:
    case Object::OthersSession: {
        const bool own = object == Object::OwnSession;
        const TestUser &whose = own ? user(caller) : m_bystander;
        const HttpAnswer logIn = ask("POST", QStringLiteral("/api/v1/login"), credentialsOf(whose));
        scene.sessionId = logIn.json[QLatin1String("session")].toString();
        if (own)
            scene.token = logIn.json[QLatin1String("token")].toString();
        if (scene.sessionId.isEmpty())
            *problem = QStringLiteral("no session could be made");
        break;
    }
    }
    return scene;
}

QString Stage::makeRoom(Object object, Scene *scene)
{
    const TestUser &creator = user(Caller::Creator);
    const bool direct = object == Object::DirectRoom;
    scene->roomName = direct ? QString() : freshName();
    const HttpAnswer made = direct ? ask("POST", QStringLiteral("/api/v1/direct"),
                                {{QStringLiteral("user"), user(Caller::Member).name}}, creator.token)
                                   : ask("POST", QStringLiteral("/api/v1/rooms"),
                                       {{QStringLiteral("name"), scene->roomName},
                                           {QStringLiteral("private"), object == Object::PrivateRoom}},
                                       creator.token);
    scene->roomId = made.json[QLatin1String("room")][QLatin1String("id")].toString();
    if (scene->roomId.isEmpty())
        return QStringLiteral("the room could not be made: ") + QString::fromUtf8(made.body);

    const QString path = QStringLiteral("/api/v1/rooms/") + scene->roomId;
    const auto enter = [&](Caller role) {
        return ask("POST", path + QStringLiteral("/members"), {{QStringLiteral("user"), user(role).name}},
                   creator.token)
                   .status
            == 200
            && ask("POST", path + QStringLiteral("/join"), {}, user(role).token).status == 200;
    };
    const bool peopled = direct
        || (enter(Caller::Member) && enter(Caller::Former)
            && ask("POST", path + QStringLiteral("/leave"), {}, user(Caller::Former).token).status == 204);
    const bool spoken =
        ask("POST", path + QStringLiteral("/messages"),
            {{QStringLiteral("text"), QStringLiteral("what only members know")}}, creator.token)
            .status
        == 201;
    return peopled && spoken ? QString() : QStringLiteral("the room could not be peopled");
}

QString Stage::tokenOf(Caller role, const Scene &scene) const
{
    switch (role) {
    case Caller::Nobody:
    case Caller::Guest:
        return {};
    case Caller::Revoked:
        return m_revoked;
    default:
        return scene.token.isEmpty() ? user(role).token : scene.token;
    }
}

QString Stage::filledIn(const QString &text, Caller caller, const Scene &scene, const QString &room)
{
    QString filled = text;
    filled.replace(QLatin1String("$room"), room);
    filled.replace(QLatin1String("$session"), scene.sessionId);
    filled.replace(QLatin1String("$caller"), user(caller).name);
    filled.replace(QLatin1String("$creator"), user(Caller::Creator).name);
    filled.replace(QLatin1String("$bystander"), m_bystander.name);
    if (filled.contains(QLatin1String("$fresh")))
        filled.replace(QLatin1String("$fresh"), freshName());
    return filled;
}

QByteArray Stage::snapshot(const Scene &scene)
{
    QByteArray all;
    const QString path = QStringLiteral("/api/v1/rooms/") + scene.roomId;
    for (const char *tail : {"", "/members", "/events"})
        all += ask("GET", path + QLatin1String(tail), {}, user(Caller::Creator).token).body + '\n';
    return all;
}

QString toText(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace rookery::test
