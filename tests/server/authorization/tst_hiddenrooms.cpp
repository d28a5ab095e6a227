// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/stage.h"

#include <QJsonDocument>
#include <QTest>
#include <QUuid>

#include <array>

using namespace rookery::test;

namespace {

constexpr std::array strangers{Caller::User, Caller::Outsider, Caller::Former};

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

/// The same characters for whatever the client itself named, so that two answers can be compared byte by
/// byte.
QByteArray withoutName(QByteArray text, const QString &name)
{
    return text.replace(name.toUtf8(), "ROOM");
}

/// Of a name, one of the same length that no room has; of an id, another one.
QString absentTwin(const QString &idOrName)
{
    if (!QUuid::fromString(idOrName).isNull())
        return QUuid::createUuid().toString(QUuid::WithoutBraces);
    return QString(idOrName).replace(0, 5, QStringLiteral("empty"));
}

bool isAboutAHiddenRoom(const Rule &rule)
{
    return (rule.object == Object::PrivateRoom || rule.object == Object::DirectRoom)
        && rule.answersByRole().value(int(Caller::User)) != QLatin1String("200");
}

} // namespace

Q_DECLARE_METATYPE(const rookery::test::Rule *)

/// A room that one may not see is as one that does not exist, over every dialect (THREATS 1); and for who has
/// left it there is nothing after the removal (THREATS 2).
class HiddenRoomsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void routesAnswerAsForNoRoom_data();
    void routesAnswerAsForNoRoom();
    void socketsAnswerAsForNoRoom_data();
    void socketsAnswerAsForNoRoom();
    void nobodyElseHearsOfIt();
    void listsDoNotShowIt();
    void whoLeavesHearsNothingMore_data();
    void whoLeavesHearsNothingMore();
    void whoHasLeftCannotResume();
    void aResendIsNoWayBackIn();
    void subscribingWhileBeingRemoved();
    void enteringWhileBeingRemoved();
    void readingWhileBeingRemoved();

private:
    static void addRows(const std::vector<Rule> &rules);
    QByteArray routeAnswer(const Rule &rule, Caller role, const Scene &scene, const QString &room);
    QByteArray transcript(const Rule &rule, Caller role, const Scene &scene, const QString &room);
    Scene privateRoom();
    std::unique_ptr<WebSocketClient> open(const QString &path, const QString &token);
    void say(const Scene &scene, const QString &text);
    int leave(const Scene &scene, Caller role);
    bool bringBack(const Scene &scene, Caller role);
    /// Has a message of the creator's that is for this user only arrive at the socket, so that whatever came
    /// before it has come.
    bool hearsMarker(WebSocketClient &socket, Caller role);

    // With four threads whoever asks, whoever is asked about and the room's own are on different ones. Rooms
    // are not made by naming them, or every name would be a room's.
    Stage m_stage{{{QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QStringLiteral("4")},
        {QStringLiteral("ROOKERY_ROOMS_CREATE_ON_FIRST_USE"), QStringLiteral("false")}}};
    int m_markers = 0;
};

void HiddenRoomsTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

Scene HiddenRoomsTest::privateRoom()
{
    QString problem;
    Scene scene = m_stage.makeScene(Object::PrivateRoom, Caller::Creator, &problem);
    return problem.isEmpty() ? scene : Scene();
}

void HiddenRoomsTest::addRows(const std::vector<Rule> &rules)
{
    QTest::addColumn<const Rule *>("rule");
    QTest::addColumn<int>("role");
    int number = 0;
    for (const Rule &rule : rules) {
        if (!isAboutAHiddenRoom(rule))
            continue;
        for (const Caller role : strangers) {
            QTest::addRow("%d %s%s by %s", ++number, rule.what,
                rule.object == Object::DirectRoom ? " of a direct room" : "", qPrintable(nameOf(role)))
                << &rule << int(role);
        }
    }
}

void HiddenRoomsTest::routesAnswerAsForNoRoom_data()
{
    addRows(routeRules());
}

void HiddenRoomsTest::routesAnswerAsForNoRoom()
{
    QFETCH(const Rule *, rule);
    QFETCH(const int, role);
    QString problem;
    const Scene scene = m_stage.makeScene(rule->object, Caller(role), &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    for (const QString &room : {scene.roomId, scene.roomName}) {
        if (room.isEmpty())
            continue;
        const QString absent = absentTwin(room);
        const QByteArray hidden = withoutName(routeAnswer(*rule, Caller(role), scene, room), room);
        const QByteArray none = withoutName(routeAnswer(*rule, Caller(role), scene, absent), absent);
        QCOMPARE(hidden, none);
        QVERIFY2(hidden.startsWith("40"), hidden.constData());
    }
}

/// Everything that an answer says, but for the time of day.
QByteArray HiddenRoomsTest::routeAnswer(
    const Rule &rule, Caller role, const Scene &scene, const QString &room)
{
    QString path = rule.pattern().section(u' ', 1);
    path.replace(QLatin1String("{room}"), room);
    path += m_stage.filledIn(rule.query(), role, scene, room);
    const QByteArray json = m_stage.filledIn(QString::fromLatin1(rule.json), role, scene, room).toUtf8();
    const HttpAnswer answer = m_stage.ask(rule.pattern().section(u' ', 0, 0).toLatin1(), path,
        QJsonDocument::fromJson(json).object(), m_stage.tokenOf(role, scene));
    QByteArray all = QByteArray::number(answer.status) + '\n';
    for (const auto &[name, value] : answer.headers) {
        if (name.compare("Date", Qt::CaseInsensitive) != 0)
            all += name + ": " + value + '\n';
    }
    return all + answer.body;
}

void HiddenRoomsTest::socketsAnswerAsForNoRoom_data()
{
    static const std::vector<Rule> rules = [] {
        std::vector<Rule> all = socketRules();
        all.insert(all.end(), frameRules().begin(), frameRules().end());
        return all;
    }();
    addRows(rules);
}

void HiddenRoomsTest::socketsAnswerAsForNoRoom()
{
    QFETCH(const Rule *, rule);
    QFETCH(const int, role);
    QString problem;
    const Scene scene = m_stage.makeScene(rule->object, Caller(role), &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    for (const QString &room : {scene.roomId, scene.roomName}) {
        if (room.isEmpty())
            continue;
        const QString absent = absentTwin(room);
        const QByteArray hidden = withoutName(transcript(*rule, Caller(role), scene, room), room);
        QCOMPARE(hidden, withoutName(transcript(*rule, Caller(role), scene, absent), absent));
        QVERIFY2(hidden.contains("error"), hidden.constData());
    }
}

/// Every frame that the socket gets until the request is answered or the socket closed.
QByteArray HiddenRoomsTest::transcript(const Rule &rule, Caller role, const Scene &scene, const QString &room)
{
    QString path = rule.pattern();
    path.replace(QLatin1String("{room}"), room);
    WebSocketClient socket;
    socket.open(m_stage.daemon().webSocketUrl(path), m_stage.tokenOf(role, scene));
    QByteArray frames;
    if (rule.pattern() != QLatin1String("/ws/v1")) {
        const int code = socket.closeCode();
        for (const QJsonObject &frame : socket.pending())
            frames += toText(frame).toUtf8() + '\n';
        return frames + QByteArray::number(code) + ' ' + socket.closeReason().toUtf8();
    }
    if (rule.frame() != QLatin1String("hello")) {
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        socket.next(QStringLiteral("hello")); // the caller's own rooms
    }
    socket.sendRaw(m_stage.filledIn(QString::fromLatin1(rule.json), role, scene, room));
    const QJsonObject answer = socket.next([](const QJsonObject &frame) {
        return frame[QLatin1String("ref")].toInt() == 7 && textOf(frame, "type") != QLatin1String("hello");
    });
    return toText(answer).toUtf8();
}

std::unique_ptr<WebSocketClient> HiddenRoomsTest::open(const QString &path, const QString &token)
{
    auto socket = std::make_unique<WebSocketClient>();
    if (!socket->open(m_stage.daemon().webSocketUrl(path), token))
        return nullptr;
    if (path.startsWith(QLatin1String("/ws/v1")))
        socket->send({{QStringLiteral("type"), QStringLiteral("hello")}});
    else
        socket->send({});
    // The answer says that the daemon serves the socket by now.
    const bool served = !socket
                             ->next([](const QJsonObject &frame) {
                                 const QString type = textOf(frame, "type");
                                 return type == QLatin1String("hello") || type == QLatin1String("error");
                             })
                             .isEmpty();
    return served ? std::move(socket) : nullptr;
}

void HiddenRoomsTest::say(const Scene &scene, const QString &text)
{
    QCOMPARE(m_stage
                 .ask("POST", QStringLiteral("/api/v1/rooms/%1/messages").arg(scene.roomId),
                     {{QStringLiteral("text"), text}}, m_stage.user(Caller::Creator).token)
                 .status,
        201);
}

int HiddenRoomsTest::leave(const Scene &scene, Caller role)
{
    return m_stage
        .ask("POST", QStringLiteral("/api/v1/rooms/%1/leave").arg(scene.roomId), {}, m_stage.user(role).token)
        .status;
}

bool HiddenRoomsTest::bringBack(const Scene &scene, Caller role)
{
    return m_stage
               .ask("POST", QStringLiteral("/api/v1/rooms/%1/members").arg(scene.roomId),
                   {{QStringLiteral("user"), m_stage.user(role).name}}, m_stage.user(Caller::Creator).token)
               .status
        == 200
        && m_stage
               .ask("POST", QStringLiteral("/api/v1/rooms/%1/join").arg(scene.roomId), {},
                   m_stage.user(role).token)
               .status
        == 200;
}

bool HiddenRoomsTest::hearsMarker(WebSocketClient &socket, Caller role)
{
    const QString marker = QStringLiteral("marker %1").arg(++m_markers);
    const HttpAnswer sent = m_stage.ask("POST", QStringLiteral("/api/messages"),
        {{QStringLiteral("senderId"), m_stage.user(Caller::Creator).name},
            {QStringLiteral("receiverId"), m_stage.user(role).name}, {QStringLiteral("message"), marker}},
        m_stage.user(Caller::Creator).token);
    return sent.status == 200
        && QTest::qWaitFor(
            [&] {
                for (const QJsonObject &frame : socket.pending()) {
                    const QString text = toText(frame);
                    if (text.contains(marker))
                        return true;
                }
                return false;
            },
            15'000);
}

/// THREATS 1: live sockets and presence.
void HiddenRoomsTest::nobodyElseHearsOfIt()
{
    // A direct room with the creator, subscribed to, so that its messages reach native sockets too.
    std::vector<std::pair<Caller, std::unique_ptr<WebSocketClient>>> sockets;
    for (const Caller role : strangers) {
        const QString &token = m_stage.user(role).token;
        for (const char *path : {"/", "/websocket", "/ws/chat/lobby?history=0", "/ws/v1"}) {
            sockets.emplace_back(role, open(QLatin1String(path), token));
            QVERIFY(sockets.back().second);
        }
        const HttpAnswer direct = m_stage.ask("POST", QStringLiteral("/api/v1/direct"),
            {{QStringLiteral("user"), m_stage.user(Caller::Creator).name}}, token);
        WebSocketClient &native = *sockets.back().second;
        native.send({{QStringLiteral("type"), QStringLiteral("subscribe")},
            {QStringLiteral("room"), direct.json[QLatin1String("room")][QLatin1String("id")]}});
        QVERIFY(!native.next(QStringLiteral("subscribed")).isEmpty());
    }

    // All that can happen in a room, but for the former member's own coming and going.
    const Scene other = privateRoom();
    const QString secret = QStringLiteral("known to members only");
    const auto inside =
        open(QStringLiteral("/ws/chat/%1").arg(other.roomName), m_stage.user(Caller::Member).token);
    QVERIFY(inside);
    say(other, secret);
    QVERIFY(bringBack(other, Caller::Member));
    QCOMPARE(
        m_stage
            .ask("POST", QStringLiteral("/api/v1/rooms/%1/members").arg(other.roomId),
                {{QStringLiteral("user"), m_stage.bystander().name}}, m_stage.user(Caller::Creator).token)
            .status,
        200);
    QCOMPARE(leave(other, Caller::Member), 204);
    QCOMPARE(inside->closeCode(), 4000);

    for (const auto &[role, socket] : sockets) {
        QVERIFY(hearsMarker(*socket, role));
        for (const QJsonObject &frame : socket->pending()) {
            const QString text = toText(frame);
            // How the former member came in and left.
            static const QStringList ownTypes{QStringLiteral("invited"), QStringLiteral("invitation_ended"),
                QStringLiteral("room_added"), QStringLiteral("room_removed")};
            const bool own = role == Caller::Former && ownTypes.contains(textOf(frame, "type"));
            QVERIFY2(own || (!text.contains(other.roomId) && !text.contains(other.roomName)),
                qPrintable(nameOf(role) + text));
            QVERIFY2(!text.contains(secret), qPrintable(nameOf(role) + text));
        }
    }
}

/// THREATS 1: the directory is the search there is.
void HiddenRoomsTest::listsDoNotShowIt()
{
    const Scene scene = privateRoom();
    for (const Caller role : strangers) {
        const QString &token = m_stage.user(role).token;
        for (const QString &path :
            {QStringLiteral("/api/v1/rooms"), QStringLiteral("/api/v1/rooms/directory"),
                QStringLiteral("/api/v1/rooms/directory?query=%1").arg(scene.roomName),
                QStringLiteral("/api/v1/rooms/directory?query=%25"),
                QStringLiteral("/api/v1/rooms/directory?after=%1").arg(scene.roomName.chopped(1)),
                QStringLiteral("/messages?with=%1").arg(m_stage.user(Caller::Creator).name),
                QStringLiteral("/chat/history?limit=200")}) {
            const HttpAnswer answer = m_stage.ask("GET", path, {}, token);
            QCOMPARE(answer.status, 200);
            QVERIFY2(!answer.body.contains(scene.roomName.toUtf8())
                    && !answer.body.contains(scene.roomId.toUtf8())
                    && !answer.body.contains("what only members know"),
                answer.body.constData());
        }
        WebSocketClient socket;
        QVERIFY(socket.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), token));
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        QVERIFY(!toText(socket.next(QStringLiteral("hello"))).contains(scene.roomId));
    }
}

void HiddenRoomsTest::whoLeavesHearsNothingMore_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("000 and 002") << "/";
    QTest::newRow("001") << "/websocket";
    QTest::newRow("003 and 004") << "/ws/chat/$room?history=0";
    QTest::newRow("004, resuming") << "/ws/chat/$room?since=0";
    QTest::newRow("native") << "/ws/v1";
}

/// THREATS 2: live sockets.
void HiddenRoomsTest::whoLeavesHearsNothingMore()
{
    QFETCH(QString, path);
    const Scene scene = privateRoom();
    path.replace(QLatin1String("$room"), scene.roomName);
    const QString &token = m_stage.user(Caller::Member).token;
    const auto socket = open(path, token);
    QVERIFY(socket);
    const bool native = path == QLatin1String("/ws/v1");
    const bool room = path.startsWith(QLatin1String("/ws/chat"));
    if (native) {
        socket->send({{QStringLiteral("type"), QStringLiteral("subscribe")},
            {QStringLiteral("room"), scene.roomId}, {QStringLiteral("seq"), 0}});
        QVERIFY(!socket->next(QStringLiteral("subscribed")).isEmpty());
        const HttpAnswer direct = m_stage.ask("POST", QStringLiteral("/api/v1/direct"),
            {{QStringLiteral("user"), m_stage.user(Caller::Creator).name}}, token);
        socket->send({{QStringLiteral("type"), QStringLiteral("subscribe")},
            {QStringLiteral("room"), direct.json[QLatin1String("room")][QLatin1String("id")]}});
        QVERIFY(!socket->next(QStringLiteral("subscribed")).isEmpty());
    }
    say(scene, QStringLiteral("before the removal"));
    QCOMPARE(leave(scene, Caller::Member), 204);
    say(scene, QStringLiteral("after the removal"));
    if (room)
        QCOMPARE(socket->closeCode(), 4000);
    else
        QVERIFY(hearsMarker(*socket, Caller::Member));
    bool told = !native;
    for (const QJsonObject &frame : socket->pending()) {
        QVERIFY2(!toText(frame).contains(QLatin1String("after the removal")), qPrintable(toText(frame)));
        told = told || textOf(frame, "type") == QLatin1String("room_removed");
    }
    QVERIFY(told);
    if (native) {
        for (const QJsonObject &request : {QJsonObject{{QStringLiteral("type"), QStringLiteral("send")},
                                               {QStringLiteral("text"), QStringLiteral("still here?")}},
                 QJsonObject{{QStringLiteral("type"), QStringLiteral("unsubscribe")}},
                 QJsonObject{{QStringLiteral("type"), QStringLiteral("subscribe")}}}) {
            QJsonObject frame = request;
            frame.insert(QStringLiteral("room"), scene.roomId);
            frame.insert(QStringLiteral("ref"), 9);
            socket->send(frame);
            const QJsonObject answer =
                socket->next([](const QJsonObject &one) { return one[QLatin1String("ref")].toInt() == 9; });
            QCOMPARE(textOf(answer, "code"), QStringLiteral("not_found"));
        }
    }
}

/// THREATS 2: resuming, in both dialects that can.
void HiddenRoomsTest::whoHasLeftCannotResume()
{
    const Scene scene = privateRoom();
    const QString &token = m_stage.user(Caller::Member).token;
    const HttpAnswer seen = m_stage.ask("GET", QStringLiteral("/api/v1/rooms/") + scene.roomId, {}, token);
    const QJsonObject room = seen.json[QLatin1String("room")].toObject();
    QCOMPARE(leave(scene, Caller::Member), 204);
    say(scene, QStringLiteral("after the removal"));

    WebSocketClient native;
    QVERIFY(native.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), token));
    const QJsonObject point{{QStringLiteral("room"), scene.roomId},
        {QStringLiteral("epoch"), room[QLatin1String("epoch")]},
        {QStringLiteral("seq"), room[QLatin1String("last_seq")]}};
    native.send({{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("ref"), 3},
        {QStringLiteral("resume"), QJsonArray{point}}});
    const QJsonObject hello = native.next();
    QCOMPARE(textOf(hello, "type"), QStringLiteral("hello"));
    QVERIFY(!toText(hello).contains(scene.roomId));
    const QJsonObject answer = native.next();
    QCOMPARE(textOf(answer, "type"), QStringLiteral("error"));
    QCOMPARE(textOf(answer, "code"), QStringLiteral("not_found"));

    for (const char *query : {"", "?since=0", "?since=1", "?history=200"}) {
        WebSocketClient socket;
        socket.open(m_stage.daemon().webSocketUrl(
                        QStringLiteral("/ws/chat/%1%2").arg(scene.roomName, QLatin1String(query))),
            token);
        QCOMPARE(socket.closeCode(), 4000);
        QCOMPARE(socket.pending().size(), 1); // the error
    }
}

/// THREATS 1 and 2: exactly once is a promise to who may write; it shows nobody what is stored.
void HiddenRoomsTest::aResendIsNoWayBackIn()
{
    const Scene scene = privateRoom();
    const QString &token = m_stage.user(Caller::Member).token;
    const QString path = QStringLiteral("/api/v1/rooms/%1/messages").arg(scene.roomId);
    const QJsonObject body{{QStringLiteral("text"), QStringLiteral("once")},
        {QStringLiteral("client_id"), QUuid::createUuid().toString(QUuid::WithoutBraces)}};
    QCOMPARE(m_stage.ask("POST", path, body, token).status, 201);
    QCOMPARE(m_stage.ask("POST", path, body, token).status, 200);
    // Another user's client id is that user's: it is no key to the message.
    QCOMPARE(m_stage.ask("POST", path, body, m_stage.user(Caller::User).token).status, 404);
    const HttpAnswer other = m_stage.ask(
        "POST", QStringLiteral("/api/v1/rooms/lobby/messages"), body, m_stage.user(Caller::User).token);
    QCOMPARE(other.status, 201);

    QCOMPARE(leave(scene, Caller::Member), 204);
    QCOMPARE(m_stage.ask("POST", path, body, token).status, 404);
    QJsonObject dialect{{QStringLiteral("message"), QStringLiteral("once")},
        {QStringLiteral("client_id"), body[QLatin1String("client_id")]},
        {QStringLiteral("room"), scene.roomName}};
    QCOMPARE(m_stage.ask("POST", QStringLiteral("/chat/send"), dialect, token).status, 404);
    WebSocketClient socket;
    QVERIFY(socket.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), token));
    socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QJsonObject send = body;
    send.insert(QStringLiteral("type"), QStringLiteral("send"));
    send.insert(QStringLiteral("room"), scene.roomId);
    socket.send(send);
    QCOMPARE(textOf(socket.next(QStringLiteral("error")), "code"), QStringLiteral("not_found"));
}

void HiddenRoomsTest::subscribingWhileBeingRemoved()
{
    // A subscription that was read as allowed before the removal and set up after it went on for ever: the
    // removal had found nobody to evict.
    const Scene scene = privateRoom();
    constexpr int tries = 40;
    constexpr int requests = 60;
    int refused = 0;
    for (int i = 0; i < tries; ++i) {
        const auto socket = open(QStringLiteral("/ws/v1"), m_stage.user(Caller::Member).token);
        QVERIFY(socket);
        QStringList heard;
        connect(&socket->socket(), &QWebSocket::textMessageReceived, this,
            [&heard](const QString &text) { heard.append(text); });
        for (int n = 1; n <= requests; ++n)
            socket->send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("ref"), n},
                {QStringLiteral("room"), scene.roomId}});
        QCOMPARE(leave(scene, Caller::Member), 204);
        say(scene, QStringLiteral("after the removal"));
        // Several are worked on at once, so that they are answered in any order.
        for (int n = 1; n <= requests; ++n) {
            const QJsonObject answer = socket->next(
                [](const QJsonObject &frame) { return frame[QLatin1String("ref")].toInt() > 0; });
            QVERIFY(!answer.isEmpty());
            refused += textOf(answer, "code") == QLatin1String("not_found");
        }
        say(scene, QStringLiteral("after the removal, too"));
        socket->send({{QStringLiteral("type"), QStringLiteral("ping")}});
        QVERIFY(!socket->next(QStringLiteral("pong")).isEmpty());
        for (const QString &text : std::as_const(heard))
            QVERIFY2(!text.contains(QLatin1String("after the removal")), qPrintable(text));
        QVERIFY(bringBack(scene, Caller::Member));
    }
    QVERIFY2(refused > 0, "no removal came in time");
}

void HiddenRoomsTest::enteringWhileBeingRemoved()
{
    const Scene scene = privateRoom();
    QNetworkRequest request(
        m_stage.daemon().webSocketUrl(QStringLiteral("/ws/chat/%1?history=0").arg(scene.roomName)));
    request.setRawHeader("Authorization", "Bearer " + m_stage.user(Caller::Member).token.toUtf8());
    constexpr int tries = 40;
    for (int i = 0; i < tries; ++i) {
        QStringList heard;
        std::vector<std::unique_ptr<QWebSocket>> sockets;
        for (int n = 0; n < 8; ++n) {
            sockets.push_back(std::make_unique<QWebSocket>());
            connect(sockets.back().get(), &QWebSocket::textMessageReceived, this,
                [&heard](const QString &text) { heard.append(text); });
            sockets.back()->open(request);
        }
        QCOMPARE(leave(scene, Caller::Member), 204);
        say(scene, QStringLiteral("after the removal"));
        for (const auto &socket : sockets)
            QTRY_COMPARE_WITH_TIMEOUT(int(socket->closeCode()), 4000, 10'000);
        for (const QString &text : std::as_const(heard))
            QVERIFY2(!text.contains(QLatin1String("after the removal")), qPrintable(text));
        QVERIFY(bringBack(scene, Caller::Member));
    }
}

void HiddenRoomsTest::readingWhileBeingRemoved()
{
    // Whether one may read was asked first, and the page read afterwards: it could hold what was said after
    // the removal.
    const Scene scene = privateRoom();
    QNetworkAccessManager manager;
    constexpr int tries = 60;
    int refused = 0;
    int shown = 0;
    for (int i = 0; i < tries; ++i) {
        QList<QNetworkReply *> replies;
        for (int n = 0; n < 24; ++n) {
            const QString path = n % 2 == 0
                ? QStringLiteral("/api/v1/rooms/%1/events?limit=5").arg(scene.roomId)
                : QStringLiteral("/chat/history?limit=5&room=%1").arg(scene.roomName);
            QNetworkRequest request(m_stage.daemon().url().resolved(QUrl(path)));
            request.setRawHeader("Authorization", "Bearer " + m_stage.user(Caller::Member).token.toUtf8());
            replies.append(manager.get(request));
        }
        const QString secret = QStringLiteral("after removal %1.").arg(i);
        QCOMPARE(leave(scene, Caller::Member), 204);
        say(scene, secret);
        for (QNetworkReply *reply : std::as_const(replies)) {
            QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 10'000);
            const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            const QByteArray body = reply->readAll();
            QVERIFY2(!body.contains(secret.toUtf8()), body.constData());
            refused += status == 404;
            shown += status == 200;
            reply->deleteLater();
        }
        QVERIFY(bringBack(scene, Caller::Member));
    }
    QVERIFY2(refused > 0 && shown > 0, "no removal came in between");
}

QTEST_GUILESS_MAIN(HiddenRoomsTest)
#include "tst_hiddenrooms.moc"
