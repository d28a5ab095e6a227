// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "common/pagebounds.h"
#include "tests/server/ws/wsfixture.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QSet>
#include <QTest>
#include <QTimer>

using namespace rookery;
using namespace rookery::test;

namespace {

constexpr qint64 outboundBytes = 8 * 1024;

QStringList idsOf(const QJsonValue &list, const char *within = nullptr)
{
    QStringList ids;
    for (const QJsonValue item : list.toArray())
        ids.append((within ? item[QLatin1String(within)] : item)[QLatin1String("id")].toString());
    return ids;
}

qsizetype bytesOf(const QJsonObject &frame)
{
    return QJsonDocument(frame).toJson(QJsonDocument::Compact).size();
}

} // namespace

/// Lists on WebSockets: no frame grows with what there is (THREATS 35), and presence comes as differences
/// (THREATS 33).
class WsListsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void roomsComeInPages();
    void whoDoesNotPageGetsWhatFits();
    void aRoomThatOneResumesIsNeverLeftOut();
    void membersComeInPages();
    void badPlaces_data();
    void badPlaces();
    void tooManyPagesAtOnce();
    void aRoomThatIsLeftMeanwhileIsOnNoPage();
    void subscribingInALoopIsToldOnceASecond();
    void theListOf004IsCut();

private:
    void connectTo(WebSocketClient &socket, const Person &person)
    {
        QVERIFY(socket.open(m->url(QStringLiteral("/ws/v1")), person.token));
    }
    static QJsonObject ask(WebSocketClient &socket, QJsonObject request)
    {
        request.insert(QStringLiteral("ref"), QStringLiteral("asked"));
        socket.send(request);
        return socket.next(
            [](const QJsonObject &answer) { return text(answer, "ref") == QLatin1String("asked"); });
    }
    /// All that follow a hello with `pages`.
    static QStringList readOn(WebSocketClient &socket, const QJsonObject &hello)
    {
        QStringList ids = idsOf(hello[QLatin1String("rooms")]);
        QJsonValue next = hello[QLatin1String("next")];
        for (int pages = 0; next.isString() && pages < 100; ++pages) {
            const QJsonObject page = ask(socket, frame("rooms", {{QStringLiteral("after"), next}}));
            if (text(page, "type") != QLatin1String("rooms") || bytesOf(page) > outboundBytes / 2 + 512)
                return {};
            ids += idsOf(page[QLatin1String("rooms")]);
            next = page[QLatin1String("next")];
        }
        return ids;
    }

    std::unique_ptr<WsFixture> m;
    Person m_ann; ///< who is in many rooms
    Person m_bob;
    QStringList m_rooms; ///< ann's, in the order in which they were made
    Room m_last;
};

void WsListsTest::initTestCase()
{
    WsOptions options;
    options.accounts.limits.outboundBytes = outboundBytes;
    m = std::make_unique<WsFixture>(options);
    m_ann = m->newPerson(QStringLiteral("ann"));
    m_bob = m->newPerson(QStringLiteral("bob"));
    for (int i = 0; i < 70; ++i) {
        m_last = m->createRoom(m_ann, m->newRoomName(), i % 2 ? RoomKind::Private : RoomKind::Public);
        QVERIFY(!m_last.id.isEmpty());
        m_rooms.append(m_last.id);
    }
}

void WsListsTest::roomsComeInPages()
{
    WebSocketClient ann;
    connectTo(ann, m_ann);
    const QJsonObject hello = ask(ann, frame("hello", {{QStringLiteral("pages"), true}}));
    QVERIFY(bytesOf(hello) <= outboundBytes / 2 + 512);
    QVERIFY(text(hello, "next").size() > 0);
    const QStringList ids = readOn(ann, hello);
    QCOMPARE(ids.mid(1), m_rooms); // behind the lobby, each once
    WebSocketClient bob;
    connectTo(bob, m_bob);
    QVERIFY(ask(bob, frame("hello", {{QStringLiteral("pages"), true}}))[QLatin1String("next")].isNull());
}

/// A client that does not say that it pages, as the first ones did not.
void WsListsTest::whoDoesNotPageGetsWhatFits()
{
    WebSocketClient ann;
    connectTo(ann, m_ann);
    const QJsonObject hello = ask(ann, frame("hello"));
    QVERIFY(bytesOf(hello) <= outboundBytes + 512);
    const QStringList ids = idsOf(hello[QLatin1String("rooms")]);
    QVERIFY2(ids.size() > 20 && ids.size() < 71, qPrintable(QString::number(ids.size())));
    QCOMPARE(ids.mid(1), m_rooms.first(ids.size() - 1));
    // It may still read on.
    QCOMPARE(readOn(ann, hello).mid(1), m_rooms);
    WebSocketClient bob;
    connectTo(bob, m_bob);
    const QJsonObject whole = ask(bob, frame("hello"));
    QCOMPARE(whole[QLatin1String("rooms")].toArray().size(), 1);
    QVERIFY(whole[QLatin1String("next")].isNull());
}

void WsListsTest::aRoomThatOneResumesIsNeverLeftOut()
{
    WebSocketClient ann;
    connectTo(ann, m_ann);
    const QJsonObject hello = ask(ann,
        frame("hello",
            {{QStringLiteral("resume"),
                QJsonArray{QJsonObject{{QStringLiteral("room"), m_last.id},
                    {QStringLiteral("epoch"), m_last.epoch}, {QStringLiteral("seq"), 0}}}}}));
    const QStringList ids = idsOf(hello[QLatin1String("rooms")]);
    QCOMPARE(ids.first(), m_last.id);
    QCOMPARE(ids.count(m_last.id), 1);
    QVERIFY(!ids.contains(m_rooms[m_rooms.size() - 2]));
    QCOMPARE(text(ann.next(QStringLiteral("subscribed")), "type"), QStringLiteral("subscribed"));
}

void WsListsTest::membersComeInPages()
{
    const Room room = m->createRoom(m_ann, m->newRoomName(), RoomKind::Public);
    QSet<QString> wanted{m_ann.id()};
    for (int i = 0; i < pages::frameMembers + 20; ++i) {
        const auto user = answerOf<User>([&](auto *context, auto done) {
            m->core.store->createUser({newId(), QStringLiteral("crowd%1").arg(i),
                                          QStringLiteral("crowd%1").arg(i), {}, true, room.id},
                context, done);
        });
        QVERIFY(user.ok());
        wanted.insert(user->id);
    }
    WebSocketClient bob;
    connectTo(bob, m_bob);
    QVERIFY(!ask(bob, frame("hello", {{QStringLiteral("pages"), true}})).isEmpty());
    const QJsonObject subscribed = ask(bob, frame("subscribe", {{QStringLiteral("room"), room.id}}));
    QCOMPARE(number(subscribed, "member_count"), wanted.size());
    QCOMPARE(subscribed[QLatin1String("members")].toArray().size(), pages::frameMembers);
    // bob himself is on the first page, because he is there.
    QVERIFY(idsOf(subscribed[QLatin1String("members")], "user").contains(m_bob.id()));
    QJsonValue next = subscribed[QLatin1String("members_next")];
    QVERIFY(next.isString());
    QSet<QString> found;
    for (int pages = 0; next.isString() && pages < 10; ++pages) {
        const QJsonObject page = ask(
            bob, frame("members", {{QStringLiteral("room"), room.name}, {QStringLiteral("after"), next}}));
        QCOMPARE(text(page, "type"), QStringLiteral("members"));
        QCOMPARE(text(page, "room"), room.id);
        QCOMPARE(number(page, "member_count"), wanted.size());
        QVERIFY(page[QLatin1String("members")].toArray().size() <= pages::frameMembers);
        const QStringList ids = idsOf(page[QLatin1String("members")], "user");
        found += QSet<QString>(ids.cbegin(), ids.cend());
        next = page[QLatin1String("next")];
    }
    QCOMPARE(found, wanted + QSet<QString>{m_bob.id()});
}

void WsListsTest::badPlaces_data()
{
    QTest::addColumn<QJsonObject>("request");
    const auto row = [](const char *name, const char *type, const QJsonValue &after) {
        QTest::newRow(name) << frame(
            type, {{QStringLiteral("room"), QStringLiteral("lobby")}, {QStringLiteral("after"), after}});
    };
    row("rooms: a number", "rooms", 3);
    row("rooms: no place", "rooms", QStringLiteral("lobby"));
    row("rooms: very long", "rooms", QString(100, u'a'));
    row("members: a list", "members", QJsonArray());
    row("members: no place", "members", QStringLiteral("member:ann"));
    row("members: an id alone", "members", newId());
    row("members: very long", "members", QString(100, u'a'));
}

void WsListsTest::badPlaces()
{
    QFETCH(QJsonObject, request);
    WebSocketClient bob;
    connectTo(bob, m_bob);
    QVERIFY(!ask(bob, frame("hello")).isEmpty());
    const QJsonObject refused = ask(bob, request);
    QCOMPARE(text(refused, "code"), QStringLiteral("invalid_field"));
    QCOMPARE(text(refused, "field"), QStringLiteral("after"));
    QCOMPARE(text(ask(bob, frame("ping")), "type"), QStringLiteral("pong"));
}

void WsListsTest::tooManyPagesAtOnce()
{
    WebSocketClient bob;
    connectTo(bob, m_bob);
    QVERIFY(!ask(bob, frame("hello")).isEmpty());
    const int count = 40;
    for (int i = 0; i < count; ++i)
        bob.send(frame(
            "members", {{QStringLiteral("room"), QStringLiteral("lobby")}, {QStringLiteral("ref"), i}}));
    QSet<int> answered;
    int refused = 0;
    for (int i = 0; i < count; ++i) {
        const QJsonObject answer = bob.next();
        answered.insert(answer[QLatin1String("ref")].toInt(-1));
        if (text(answer, "type") == QLatin1String("error")) {
            QCOMPARE(text(answer, "code"), QStringLiteral("overloaded"));
            QVERIFY(number(answer, "retry_after_ms") > 0);
            ++refused;
        } else {
            QCOMPARE(text(answer, "type"), QStringLiteral("members"));
        }
    }
    QCOMPARE(answered.size(), count);
    QVERIFY(refused > 0 && refused <= count - 16);
}

void WsListsTest::aRoomThatIsLeftMeanwhileIsOnNoPage()
{
    const Room room = m->createRoom(m_bob, m->newRoomName(), RoomKind::Private);
    WebSocketClient bob;
    connectTo(bob, m_bob);
    QVERIFY(!ask(bob, frame("hello", {{QStringLiteral("pages"), true}})).isEmpty());
    bob.send(frame("rooms", {{QStringLiteral("ref"), 1}}));
    QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
        m->core.rooms->leave(m_bob.principal, room.id, context, done);
    }).ok());
    bool isRemoved = false;
    for (bool isPage = false; !isPage;) {
        const QJsonObject told = bob.next();
        isPage = text(told, "type") == QLatin1String("rooms");
        if (isPage && isRemoved)
            QVERIFY(!idsOf(told[QLatin1String("rooms")]).contains(room.id));
        isRemoved = isRemoved || text(told, "type") == QLatin1String("room_removed");
        QVERIFY(!told.isEmpty());
    }
}

/// THREATS 33: one account that comes and goes a thousand times.
void WsListsTest::subscribingInALoopIsToldOnceASecond()
{
    const Room room = m->createRoom(m_ann, m->newRoomName(), RoomKind::Public);
    WebSocketClient listener;
    connectTo(listener, m_ann);
    QVERIFY(!ask(listener, frame("hello", {{QStringLiteral("pages"), true}})).isEmpty());
    QVERIFY(!ask(listener, frame("subscribe", {{QStringLiteral("room"), room.id}})).isEmpty());
    WebSocketClient restless;
    connectTo(restless, m_bob);
    QVERIFY(!ask(restless, frame("hello")).isEmpty());
    QElapsedTimer clock;
    clock.start();
    // As fast as the answers come: in the event loop itself, which waits for nothing else.
    QEventLoop loop;
    int answers = 0;
    const auto ask2000 = [&] {
        if (answers == 2000)
            loop.quit();
        else
            restless.send(
                frame(answers % 2 == 0 ? "subscribe" : "unsubscribe", {{QStringLiteral("room"), room.id}}));
    };
    connect(&restless.socket(), &QWebSocket::textMessageReceived, &loop, [&](const QString &told) {
        QVERIFY2(told.contains(QLatin1String(answers % 2 == 0 ? "\"subscribed\"" : "\"unsubscribed\"")),
            qPrintable(told));
        ++answers;
        ask2000();
    });
    QTimer::singleShot(60'000, &loop, &QEventLoop::quit);
    ask2000();
    loop.exec();
    QCOMPARE(answers, 2000);
    disconnect(&restless.socket(), nullptr, &loop, nullptr);
    const auto isPresence = [&](const QJsonObject &told) {
        return text(told, "type") == QLatin1String("member");
    };
    // What is said last is true, however many changes there were.
    QVERIFY(!ask(restless, frame("subscribe", {{QStringLiteral("room"), room.id}})).isEmpty());
    qint64 frames = 0;
    for (bool isOnline = false; !isOnline || listener.pending().size() > 0; ++frames) {
        const QJsonObject told = listener.next(isPresence);
        QCOMPARE(text(told[QLatin1String("user")].toObject(), "id"), m_bob.id());
        isOnline = told[QLatin1String("online")].toBool();
    }
    const qint64 seconds = clock.elapsed() / 1000 + 1;
    QVERIFY2(frames <= seconds + 1, qPrintable(QStringLiteral("%1 frames in %2 s").arg(frames).arg(seconds)));
    restless.socket().close();
    const auto isGone = [&](const QJsonObject &told) {
        return isPresence(told) && !told[QLatin1String("online")].toBool();
    };
    QVERIFY(!listener.next(isGone).isEmpty());
}

/// THREATS 35: the first of them and how many there are.
void WsListsTest::theListOf004IsCut()
{
    const Room room = m->createRoom(m_ann, m->newRoomName(), RoomKind::Public);
    WebSocketClient bob;
    QVERIFY(bob.open(m->url(QStringLiteral("/ws/chat/%1/").arg(room.name)), m_bob.token));
    const QJsonObject list = bob.next(QStringLiteral("room_users_list"));
    QCOMPARE(number(list, "count"), 1);
    QCOMPARE(idsOf(list[QLatin1String("users")]), QStringList{m_bob.id()});
}

QTEST_GUILESS_MAIN(WsListsTest)
#include "tst_ws_lists.moc"
