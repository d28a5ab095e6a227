// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/endpoint.h"
#include "server/dialects/httpapi.h"
#include "server/dialects/native/nativeframes.h"
#include "server/dialects/personal/personalframes.h"
#include "tests/server/authorization/stage.h"
#include "tests/server/http/httpfixture.h"

#include <QJsonDocument>
#include <QSet>
#include <QTest>

using namespace rookery;
using namespace rookery::test;

namespace {

QString textOf(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

QSet<QString> patternsOf(const std::vector<Rule> &rules)
{
    QSet<QString> patterns;
    for (const Rule &rule : rules)
        patterns.insert(rule.pattern());
    return patterns;
}

QSet<QString> framesOf(const QString &pattern)
{
    QSet<QString> frames;
    for (const Rule &rule : frameRules()) {
        if (rule.pattern() == pattern)
            frames.insert(rule.frame());
    }
    return frames;
}

QSet<QString> setOf(const QStringList &list)
{
    return QSet<QString>(list.begin(), list.end());
}

QString missingAndStale(const QSet<QString> &there, const QSet<QString> &inTable)
{
    return QStringLiteral("not in the table: %1; only in the table: %2")
        .arg(QStringList((there - inTable).values()).join(u','),
            QStringList((inTable - there).values()).join(u','));
}

bool isRoom(Object object)
{
    return object == Object::PublicRoom || object == Object::PrivateRoom || object == Object::DirectRoom;
}

/// Whether the table's word says that nothing has happened.
bool isRefusal(const QString &answer)
{
    static const QSet<QString> refusals{QStringLiteral("not_found"), QStringLiteral("forbidden"),
        QStringLiteral("4000"), QStringLiteral("4001")};
    return refusals.contains(answer) || answer.startsWith(u'4');
}

QString codeOf(int status)
{
    switch (status) {
    case 401:
        return QStringLiteral("unauthorized");
    case 403:
        return QStringLiteral("forbidden");
    case 404:
        return QStringLiteral("not_found");
    case 409:
        return QStringLiteral("name_taken");
    default:
        return {};
    }
}

} // namespace

/// Who may do what, over every route, WebSocket and frame of a real daemon: THREATS 3, and 1 and 2 as far as
/// they are about what one may do at all. What stands in table.cpp is all there is: a route, a path or a
/// frame that it does not tell of fails the test.
class AuthorizationTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyRouteIsInTheTable();
    void everySocketIsInTheTable();
    void everyFrameIsInTheTable();
    void everyRuleSpeaksOfEveryRole();
    void routes_data();
    void routes();
    void sockets_data();
    void sockets();
    void frames_data();
    void frames();
    void onlyAdminsAreCalledThat();

private:
    /// The names by which the scene's room is asked for: its id, its name.
    QStringList spellings(const Scene &scene) const;
    void checkRoute(
        const Rule &rule, Caller role, const QString &expected, const Scene &scene, const QString &room);
    /// What the role's socket gets: "open", or its close code.
    QString opened(
        WebSocketClient &socket, const Rule &rule, Caller role, const Scene &scene, const QString &room);
    QString answerToFrame(const Rule &rule, Caller role, const Scene &scene, const QString &room);
    void addRows(const std::vector<Rule> &rules);

    Stage m_stage;
};

void AuthorizationTest::initTestCase()
{
    const QString problem = m_stage.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void AuthorizationTest::everyRouteIsInTheTable()
{
    const HttpFixture fixture;
    QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
    const QSet<QString> routes = setOf(fixture.api().routes());
    QVERIFY(routes.size() > 30);
    const QSet<QString> inTable = patternsOf(routeRules());
    QVERIFY2(inTable == routes, qPrintable(missingAndStale(routes, inTable)));
}

void AuthorizationTest::everySocketIsInTheTable()
{
    const QSet<QString> paths = setOf(ws::endpointPatterns());
    QVERIFY2(
        patternsOf(socketRules()) == paths, qPrintable(missingAndStale(paths, patternsOf(socketRules()))));
    QVERIFY2(patternsOf(frameRules()) == paths, qPrintable(missingAndStale(paths, patternsOf(frameRules()))));
}

void AuthorizationTest::everyFrameIsInTheTable()
{
    const QSet<QString> native = setOf(ws::nativeframes::requestTypes());
    QVERIFY2(framesOf(QStringLiteral("/ws/v1")) == native,
        qPrintable(missingAndStale(native, framesOf(QStringLiteral("/ws/v1")))));
    static_assert(std::variant_size_v<ws::nativeframes::Request> == 10);
    // Of these three the compiler tells when there is a fourth.
    static_assert(std::is_same_v<ws::personalframes::Request,
        std::variant<ws::personalframes::ToLobby, ws::personalframes::ToUser,
            ws::personalframes::Disconnect>>);
    QCOMPARE(framesOf(QStringLiteral("/")),
        setOf({QStringLiteral("ToLobby"), QStringLiteral("ToUser"), QStringLiteral("Disconnect")}));
}

void AuthorizationTest::everyRuleSpeaksOfEveryRole()
{
    for (const auto *rules : {&routeRules(), &socketRules(), &frameRules()}) {
        for (const Rule &rule : *rules)
            QVERIFY2(rule.answersByRole().size() == roleCount, rule.what);
    }
}

void AuthorizationTest::addRows(const std::vector<Rule> &rules)
{
    static const std::array objects{"", " of the lobby", " of a public room", " of a private room",
        " of a direct room", " of one's own", " of somebody else's"};
    QTest::addColumn<int>("rule");
    QTest::addColumn<int>("role");
    QTest::addColumn<QString>("expected");
    int number = 0;
    for (size_t i = 0; i < rules.size(); ++i) {
        const QStringList answers = rules[i].answersByRole();
        for (int role = 0; role < roleCount; ++role) {
            const QString expected = answers.value(role);
            if (expected == QLatin1String("-"))
                continue;
            QTest::addRow("%d %s%s by %s: %s", ++number, rules[i].what, objects[size_t(rules[i].object)],
                qPrintable(nameOf(Caller(role))), qPrintable(expected))
                << int(i) << role << expected;
        }
    }
}

QStringList AuthorizationTest::spellings(const Scene &scene) const
{
    QStringList names;
    if (!scene.roomId.isEmpty())
        names.append(scene.roomId);
    if (!scene.roomName.isEmpty())
        names.append(scene.roomName);
    if (names.isEmpty())
        names.append(QString());
    return names;
}

void AuthorizationTest::routes_data()
{
    addRows(routeRules());
}

/// THREATS 3: every route; THREATS 28: what is answered to somebody is never stored for another.
void AuthorizationTest::routes()
{
    QFETCH(const int, rule);
    QFETCH(const int, role);
    QFETCH(const QString, expected);
    const Rule &asked = routeRules().at(size_t(rule));
    // By id and by name, each time about something new.
    for (const bool byName : {false, true}) {
        QString problem;
        const Scene scene = m_stage.makeScene(
            asked.object, Caller(role), &problem, asked.query() == QLatin1String("?of=bystander"));
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        const QString room = byName ? scene.roomName : scene.roomId;
        // Document 003 sends to rooms by their names only.
        const bool namesOnly = asked.pattern() == QLatin1String("POST /chat/send");
        if (isRoom(asked.object) ? !room.isEmpty() && (byName || !namesOnly) : !byName)
            checkRoute(asked, Caller(role), expected, scene, room);
        if (QTest::currentTestFailed())
            return;
    }
}

void AuthorizationTest::checkRoute(
    const Rule &rule, Caller role, const QString &expected, const Scene &scene, const QString &room)
{
    const QByteArray method = rule.pattern().section(u' ', 0, 0).toLatin1();
    QString path = rule.pattern().section(u' ', 1);
    path.replace(QLatin1String("{room}"), room);
    path.replace(QLatin1String("{id}"), scene.sessionId);
    const bool ofBystander = rule.query() == QLatin1String("?of=bystander");
    path.replace(
        QLatin1String("{user}"), ofBystander ? m_stage.bystander().name : m_stage.user(Caller::Creator).name);
    const bool own = rule.query() == QLatin1String("?own");
    path.replace(QLatin1String("{seq}"), QString::number(own ? scene.ownSeq : scene.seq));
    path.replace(QLatin1String("{name}"), m_stage.user(Caller::Creator).name);
    path.replace(QLatin1String("{asset}"), QStringLiteral("swagger-ui.css"));
    path += m_stage.filledIn(rule.query(), role, scene, room);
    const QByteArray json = m_stage.filledIn(QString::fromLatin1(rule.json), role, scene, room).toUtf8();

    const QByteArray before = isRoom(rule.object) ? m_stage.snapshot(scene) : QByteArray();
    const HttpAnswer answer =
        m_stage.ask(method, path, QJsonDocument::fromJson(json).object(), m_stage.tokenOf(role, scene));
    QVERIFY2(answer.status == expected.toInt(),
        qPrintable(QStringLiteral("%1 instead of %2: %3")
                       .arg(answer.status)
                       .arg(expected, QString::fromUtf8(answer.body.left(300)))));
    if (isRefusal(expected)) {
        QCOMPARE(textOf(answer.json, "code"), codeOf(answer.status));
        if (isRoom(rule.object))
            QCOMPARE(m_stage.snapshot(scene), before);
    }
    const bool page =
        rule.pattern().startsWith(QLatin1String("GET /swagger")) || rule.pattern() == QLatin1String("GET /");
    if (!page)
        QCOMPARE(answer.header("Cache-Control"), QByteArray("no-store"));
}

void AuthorizationTest::sockets_data()
{
    addRows(socketRules());
}

void AuthorizationTest::sockets()
{
    QFETCH(const int, rule);
    QFETCH(const int, role);
    QFETCH(const QString, expected);
    const Rule &asked = socketRules().at(size_t(rule));
    QString problem;
    const Scene scene = m_stage.makeScene(asked.object, Caller(role), &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    const QString room = scene.roomName.isEmpty() ? scene.roomId : scene.roomName;
    WebSocketClient socket;
    QCOMPARE(opened(socket, asked, Caller(role), scene, room), expected);
    if (isRefusal(expected)) {
        // Nothing of the room was said before the end.
        const auto frames = socket.pending();
        for (const QJsonObject &frame : frames)
            QVERIFY2(textOf(frame, "type") == QLatin1String("error"), qPrintable(toText(frame)));
    }
}

QString AuthorizationTest::opened(
    WebSocketClient &socket, const Rule &rule, Caller role, const Scene &scene, const QString &room)
{
    QString path = rule.pattern();
    path.replace(QLatin1String("{room}"), room);
    socket.open(m_stage.daemonFor(role).webSocketUrl(path), m_stage.tokenOf(role, scene));
    // An empty request is answered on every socket that is served.
    socket.send({});
    const QJsonObject error = socket.next(QStringLiteral("error"));
    if (textOf(error, "code") == QLatin1String("missing_field"))
        return QStringLiteral("open");
    return QString::number(socket.closeCode());
}

void AuthorizationTest::frames_data()
{
    addRows(frameRules());
}

void AuthorizationTest::frames()
{
    QFETCH(const int, rule);
    QFETCH(const int, role);
    QFETCH(const QString, expected);
    const Rule &asked = frameRules().at(size_t(rule));
    QString problem;
    const Scene scene = m_stage.makeScene(asked.object, Caller(role), &problem);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    // Everybody's socket may have been in a public room; being there is nothing that a refusal could hide.
    const bool quiet = isRefusal(expected) && isRoom(asked.object);
    const QByteArray before = quiet ? m_stage.snapshot(scene) : QByteArray();
    QStringList rooms = spellings(scene);
    if (asked.pattern() == QLatin1String("/ws/chat/{room}"))
        rooms = QStringList{scene.roomName};
    for (const QString &room : std::as_const(rooms)) {
        QCOMPARE(answerToFrame(asked, Caller(role), scene, room), expected);
        if (quiet)
            QCOMPARE(m_stage.snapshot(scene), before);
    }
}

void AuthorizationTest::onlyAdminsAreCalledThat()
{
    const QLatin1String admin("admin");
    for (const Caller role : {Caller::User, Caller::Moderator, Caller::Admin}) {
        QString problem;
        const Scene scene = m_stage.makeScene(Object::PublicRoom, role, &problem);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        const QString token = m_stage.tokenOf(role, scene);
        const QJsonObject me = m_stage.ask("GET", QStringLiteral("/api/v1/me"), {}, token).json;
        QVERIFY(me.contains(QLatin1String("user")));
        WebSocketClient socket;
        socket.open(m_stage.daemon().webSocketUrl(QStringLiteral("/ws/v1")), token);
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        const QJsonObject hello = socket.next(QStringLiteral("hello"));
        QVERIFY(hello.contains(QLatin1String("user")));
        if (role == Caller::Admin) {
            QCOMPARE(me[admin], QJsonValue(true));
            QCOMPARE(hello[admin], QJsonValue(true));
        } else {
            QVERIFY(!me.contains(admin));
            QVERIFY(!hello.contains(admin));
        }
    }
}

QString AuthorizationTest::answerToFrame(
    const Rule &rule, Caller role, const Scene &scene, const QString &room)
{
    WebSocketClient socket;
    const QString open = opened(socket, rule, role, scene, room);
    if (open != QLatin1String("open"))
        return open;
    const QString frame = m_stage.filledIn(QString::fromLatin1(rule.json), role, scene, room);
    const bool native = rule.pattern() == QLatin1String("/ws/v1");
    const QString name = rule.frame();
    if (native && name != QLatin1String("hello"))
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}, {QStringLiteral("ref"), 1}});
    if (name == QLatin1String("unsubscribe")) {
        socket.send({{QStringLiteral("type"), QStringLiteral("subscribe")}, {QStringLiteral("ref"), 2},
            {QStringLiteral("room"), room}});
        socket.next([](const QJsonObject &answer) { return answer[QLatin1String("ref")].toInt() == 2; });
    }
    socket.sendRaw(frame);
    if (name == QLatin1String("Disconnect"))
        return QString::number(socket.closeCode());
    const bool resumes = frame.contains(QLatin1String("resume"));
    const QString said = QStringLiteral("said by %1").arg(m_stage.user(role).name);
    const QJsonObject answer = socket.next([&](const QJsonObject &one) {
        const QString type = textOf(one, "type");
        if (native)
            return one[QLatin1String("ref")].toInt() == 7 && !(resumes && type == QLatin1String("hello"));
        if (type == QLatin1String("chat_message"))
            return rule.pattern() != QLatin1String("/") && textOf(one, "message") == said;
        return type == QLatin1String("ack") || type == QLatin1String("error");
    });
    const QString type = textOf(answer, "type");
    return type == QLatin1String("error") ? textOf(answer, "code") : type;
}

QTEST_GUILESS_MAIN(AuthorizationTest)
#include "tst_authorization.moc"
