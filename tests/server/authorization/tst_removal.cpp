// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QJsonDocument>
#include <QTest>

using namespace rookery::test;

namespace {

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

} // namespace

/// Somebody writes while they are removed or banned (THREATS 2): every message is answered, and none is stored
/// behind the removal. Whether they may write was decided when the message came in, so that one which waited
/// for the database behind the removal was stored all the same.
class RemovalTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void writingWhileBeingRemoved_data();
    void writingWhileBeingRemoved();

private:
    const TestUser &member() { return m_stage.user(Caller::Member); }
    const TestUser &owner() { return m_stage.user(Caller::Creator); }
    /// The answer to come; owned by the manager.
    QNetworkReply *remove(const QString &roomId, bool ban);
    bool join(const QString &roomId);
    /// The newest events of the room, in order.
    QJsonArray log(const QString &roomId);

    // With four threads the member's socket, the owner's request and the room are on different ones.
    Stage m_stage{{{QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("4")}}};
    QNetworkAccessManager m_manager;
};

void RemovalTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

QNetworkReply *RemovalTest::remove(const QString &roomId, bool ban)
{
    QNetworkRequest request(m_stage.daemon().url().resolved(
        QUrl(QStringLiteral("/api/v1/rooms/%1/members/%2").arg(roomId, member().id))));
    request.setRawHeader("Authorization", "Bearer " + owner().token.toUtf8());
    if (!ban)
        return m_manager.deleteResource(request);
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    return m_manager.put(request, QByteArrayLiteral("{\"role\":\"banned\"}"));
}

bool RemovalTest::join(const QString &roomId)
{
    // Lifts a ban; of others there is nothing to change.
    m_stage.ask(
        "DELETE", QStringLiteral("/api/v1/rooms/%1/members/%2").arg(roomId, member().id), {}, owner().token);
    m_stage.ask("POST", QStringLiteral("/api/v1/rooms/%1/members").arg(roomId),
        {{QStringLiteral("user"), member().name}}, owner().token);
    return m_stage.ask("POST", QStringLiteral("/api/v1/rooms/%1/join").arg(roomId), {}, member().token).status
        == 200;
}

QJsonArray RemovalTest::log(const QString &roomId)
{
    return m_stage
        .ask("GET", QStringLiteral("/api/v1/rooms/%1/events?limit=200").arg(roomId), {}, owner().token)
        .json[QLatin1String("events")]
        .toArray();
}

void RemovalTest::writingWhileBeingRemoved_data()
{
    QTest::addColumn<bool>("isPrivate");
    QTest::addColumn<bool>("ban");
    QTest::addColumn<QString>("code");
    QTest::newRow("removed from a private room") << true << false << QStringLiteral("not_found");
    QTest::newRow("banned from a private room") << true << true << QStringLiteral("not_found");
    QTest::newRow("banned from a public room") << false << true << QStringLiteral("forbidden");
}

void RemovalTest::writingWhileBeingRemoved()
{
    QFETCH(bool, isPrivate);
    QFETCH(bool, ban);
    QFETCH(QString, code);
    const HttpAnswer made = m_stage.ask("POST", QStringLiteral("/api/v1/rooms"),
        {{QStringLiteral("name"), m_stage.freshName()}, {QStringLiteral("private"), isPrivate}},
        owner().token);
    QCOMPARE(made.status, 201);
    const QString room = textOf(made.json[QLatin1String("room")].toObject(), "id");
    constexpr int tries = 15;
    constexpr int mostFrames = 150;
    int stored = 0;
    int refused = 0;
    for (int i = 0; i < tries; ++i) {
        QVERIFY(join(room));
        WebSocketClient socket;
        QVERIFY(socket.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), member().token));
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
        int frames = 0;
        const auto write = [&](int count) {
            for (int n = 0; n < count && frames < mostFrames; ++n, ++frames)
                socket.send({{QStringLiteral("type"), QStringLiteral("send")},
                    {QStringLiteral("ref"), frames + 1}, {QStringLiteral("room"), room},
                    {QStringLiteral("text"), QStringLiteral("message %1").arg(frames)}});
        };
        write(10);
        QNetworkReply *removed = remove(room, ban);
        while (!removed->isFinished() && frames < mostFrames) {
            write(2);
            QTest::qWait(0);
        }
        write(10);
        QTRY_VERIFY_WITH_TIMEOUT(removed->isFinished(), 10'000);
        QVERIFY(removed->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() / 100 == 2);
        for (int n = 0; n < frames; ++n) {
            const QJsonObject answer =
                socket.next([](const QJsonObject &frame) { return frame[QLatin1String("ref")].toInt() > 0; });
            if (textOf(answer, "type") == QLatin1String("ack")) {
                ++stored;
            } else {
                QCOMPARE(textOf(answer, "code"), code);
                ++refused;
            }
        }
        bool isOver = false;
        for (const auto &value : log(room)) {
            const QJsonObject event = value.toObject();
            const QString role = textOf(event, "role");
            if (textOf(event, "kind") == QLatin1String("member_changed"))
                isOver = role == QLatin1String("none") || role == QLatin1String("banned");
            else
                QVERIFY2(!isOver, QJsonDocument(event).toJson().constData());
        }
        QVERIFY(isOver);
    }
    QVERIFY2(stored > 0 && refused > 0, "no removal came in between");
}

QTEST_GUILESS_MAIN(RemovalTest)
#include "tst_removal.moc"
