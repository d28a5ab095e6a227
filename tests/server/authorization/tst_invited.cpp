// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QTest>

#include <memory>
#include <vector>

using namespace rookery;
using namespace rookery::test;

/// An invitation is no membership (THREATS 34): who is invited sees the room's name and who invites, nothing
/// else (THREATS 1), until they accept.
class InvitedTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void seesNothingBefore();
    void isHeardOfInEverySocket();

private:
    Scene privateRoom();
    int invite(const Scene &scene, Caller role);
    const QString &token(Caller role) { return m_stage.user(role).token; }

    Stage m_stage{{{QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("4")},
        {QStringLiteral("ROOKERY_ROOMS_CREATE_ON_FIRST_USE"), QStringLiteral("false")}}};
};

void InvitedTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

Scene InvitedTest::privateRoom()
{
    QString problem;
    Scene scene = m_stage.makeScene(Object::PrivateRoom, Caller::Creator, &problem);
    return problem.isEmpty() ? scene : Scene();
}

int InvitedTest::invite(const Scene &scene, Caller role)
{
    return m_stage
        .ask("POST", QStringLiteral("/api/v1/rooms/%1/members").arg(scene.roomId),
            {{QStringLiteral("user"), m_stage.user(role).name}}, token(Caller::Creator))
        .status;
}

void InvitedTest::seesNothingBefore()
{
    const Scene scene = privateRoom();
    const QString path = QStringLiteral("/api/v1/rooms/") + scene.roomId;
    QCOMPARE(invite(scene, Caller::User), 200);
    for (const char *tail : {"", "/members", "/events"})
        QCOMPARE(m_stage.ask("GET", path + QLatin1String(tail), {}, token(Caller::User)).status, 404);
    const HttpAnswer list =
        m_stage.ask("GET", QStringLiteral("/api/v1/invitations"), {}, token(Caller::User));
    QVERIFY(list.body.contains(scene.roomName.toUtf8()));
    QVERIFY(!list.body.contains("what only members know"));

    // Others are as far from it as before.
    QCOMPARE(m_stage.ask("POST", path + QStringLiteral("/join"), {}, token(Caller::Outsider)).status, 404);
    // Entering the room by its name, as 003 and 004 do, accepts.
    WebSocketClient room;
    QVERIFY(room.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/chat/%1/").arg(scene.roomName)),
        token(Caller::User)));
    QVERIFY(!room.next(QStringLiteral("room_users_list")).isEmpty());
    QCOMPARE(m_stage.ask("GET", path, {}, token(Caller::User)).status, 200);
}

void InvitedTest::isHeardOfInEverySocket()
{
    const Scene scene = privateRoom();
    std::vector<std::unique_ptr<WebSocketClient>> sockets;
    for (int i = 0; i < 4; ++i) {
        auto socket = std::make_unique<WebSocketClient>();
        QVERIFY(socket->open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), token(Caller::User)));
        socket->send({{QStringLiteral("type"), QStringLiteral("hello")}});
        QVERIFY(!socket->next(QStringLiteral("hello")).isEmpty());
        sockets.push_back(std::move(socket));
    }
    QCOMPARE(invite(scene, Caller::User), 200);
    for (const auto &socket : sockets) {
        const QJsonObject frame = socket->next(QStringLiteral("invited"));
        QCOMPARE(frame[QLatin1String("invitation")][QLatin1String("room")][QLatin1String("id")].toString(),
            scene.roomId);
        socket->send({{QStringLiteral("type"), QStringLiteral("subscribe")},
            {QStringLiteral("room"), scene.roomId}, {QStringLiteral("seq"), 0}});
        QCOMPARE(socket->next(QStringLiteral("error"))[QLatin1String("code")].toString(),
            QStringLiteral("not_found"));
    }
    QCOMPARE(m_stage
                 .ask("POST", QStringLiteral("/api/v1/invitations/%1/decline").arg(scene.roomId), {},
                     token(Caller::User))
                 .status,
        204);
    for (const auto &socket : sockets)
        QCOMPARE(
            socket->next(QStringLiteral("invitation_ended"))[QLatin1String("room")].toString(), scene.roomId);
    QCOMPARE(
        m_stage
            .ask("POST", QStringLiteral("/api/v1/rooms/%1/join").arg(scene.roomId), {}, token(Caller::User))
            .status,
        404);
}

QTEST_GUILESS_MAIN(InvitedTest)
#include "tst_invited.moc"
