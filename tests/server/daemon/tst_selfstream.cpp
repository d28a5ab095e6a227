// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/frameparts.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QSet>
#include <QTest>

#include <algorithm>

using namespace rookery::test;

namespace {

qint64 number(const QJsonValue &json, const char *field)
{
    return json[QLatin1String(field)].toInteger(-1);
}

bool isSelf(const QJsonObject &frame)
{
    return text(frame, "type") == QLatin1String("self");
}

} // namespace

/// Read markers, unread counts and the self stream on a real daemon.
class SelfStreamTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void markerArrivesOnEveryDevice();
    void nobodyElseHearsOfIt();
    void resumeBringsWhatWasMissed();
    void otherHistoryIsReset();
    void killKeepsWhatWasAnswered();
    void scrollingWritesLittle();
    void badRequests_data();
    void badRequests();

private:
    QUrl http(const QString &path) const { return m_daemon.url().resolved(QUrl(path)); }
    /// A room of bob's that ann is in.
    QString newRoom();
    /// So many messages of bob's; the seq of the last.
    qint64 say(const QString &room, int count);
    /// Opens a socket of ann's and answers its hello. `self`: undefined for a client that knows of none.
    QJsonObject greet(
        WebSocketClient &socket, const QJsonValue &self = QJsonObject(), const QString &token = {});
    QJsonObject read(WebSocketClient &socket, const QString &room, qint64 seq);
    static QJsonObject roomIn(const QJsonValue &list, const QString &room);

    TestDaemon m_daemon{{},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}}};
    int m_names = 0;
    int m_refs = 0;
    TestUser m_ann;
    TestUser m_bob;
};

void SelfStreamTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

void SelfStreamTest::init()
{
    m_ann = registerUser(m_daemon.url(), QStringLiteral("ann%1").arg(++m_names));
    m_bob = registerUser(m_daemon.url(), QStringLiteral("bob%1").arg(m_names));
    QVERIFY(!m_ann.token.isEmpty() && !m_bob.token.isEmpty());
}

QString SelfStreamTest::newRoom()
{
    const HttpAnswer made = request("POST", http(QStringLiteral("/api/v1/rooms")),
        object({{"name", QStringLiteral("room%1").arg(++m_names)}}), m_bob.token);
    const QString id = made.json[QLatin1String("room")][QLatin1String("id")].toString();
    const HttpAnswer joined = request(
        "POST", http(QStringLiteral("/api/v1/rooms/") + id + QStringLiteral("/join")), {}, m_ann.token);
    return joined.status == 200 ? id : QString();
}

qint64 SelfStreamTest::say(const QString &room, int count)
{
    qint64 seq = -1;
    for (int i = 0; i < count; ++i)
        seq = number(
            request("POST", http(QStringLiteral("/api/v1/rooms/") + room + QStringLiteral("/messages")),
                object({{"text", QStringLiteral("text")}}), m_bob.token)
                .json[QLatin1String("event")],
            "seq");
    return seq;
}

QJsonObject SelfStreamTest::greet(WebSocketClient &socket, const QJsonValue &self, const QString &token)
{
    if (!socket.open(m_daemon.webSocketUrl(QStringLiteral("/ws/v1")), token.isEmpty() ? m_ann.token : token))
        return {};
    QJsonObject hello = object({{"type", QStringLiteral("hello")}, {"pages", true}});
    if (!self.isUndefined())
        hello.insert(QStringLiteral("self"), self);
    socket.send(hello);
    return socket.next(QStringLiteral("hello"));
}

QJsonObject SelfStreamTest::read(WebSocketClient &socket, const QString &room, qint64 seq)
{
    const int ref = ++m_refs;
    socket.send(object({{"type", QStringLiteral("read")}, {"ref", ref}, {"room", room}, {"seq", seq}}));
    // The event may come before the answer: it stays.
    QJsonObject answer;
    (void)QTest::qWaitFor(
        [&] {
            for (const QJsonObject &frame : socket.pending()) {
                if (frame[QLatin1String("ref")].toInt() == ref)
                    answer = frame;
            }
            return !answer.isEmpty();
        },
        10'000);
    return answer;
}

QJsonObject SelfStreamTest::roomIn(const QJsonValue &list, const QString &room)
{
    for (const QJsonValue &one : list.toArray()) {
        if (text(one.toObject(), "id") == room)
            return one.toObject();
    }
    return {};
}

void SelfStreamTest::markerArrivesOnEveryDevice()
{
    const QString room = newRoom();
    const qint64 last = say(room, 3);
    QCOMPARE(last, qint64(4)); // the first is that ann has joined
    WebSocketClient phone;
    WebSocketClient laptop;
    const QJsonObject hello = greet(phone);
    QCOMPARE(number(roomIn(hello[QLatin1String("rooms")], room), "read_seq"), qint64(0));
    QCOMPARE(number(roomIn(hello[QLatin1String("rooms")], room), "unread"), qint64(3));
    const qint64 before = number(hello[QLatin1String("self")], "seq");
    QVERIFY(!greet(laptop).isEmpty());

    const QJsonObject marked = read(phone, room, 3);
    QCOMPARE(text(marked, "type"), QStringLiteral("marked"));
    QCOMPARE(text(marked, "room"), room);
    QCOMPARE(number(marked, "read_seq"), qint64(3));
    QCOMPARE(number(marked, "unread"), qint64(1));
    QCOMPARE(number(marked, "last_seq"), last);
    QCOMPARE(number(marked, "seq"), before + 1);
    for (WebSocketClient *device : {&phone, &laptop}) {
        const QJsonObject event = device->next(&isSelf)[QLatin1String("event")].toObject();
        QCOMPARE(text(event, "kind"), QStringLiteral("read_marked"));
        QCOMPARE(text(event, "room"), room);
        QCOMPARE(number(event, "seq"), before + 1);
        QCOMPARE(number(event, "read_seq"), qint64(3));
        QCOMPARE(number(event, "unread"), qint64(1));
        QCOMPARE(number(event, "last_seq"), last);
        QVERIFY(!text(event, "timestamp").isEmpty());
    }
    // Never back, and not twice.
    const QJsonObject again = read(laptop, room, 2);
    QCOMPARE(number(again, "read_seq"), qint64(3));
    QCOMPARE(number(again, "seq"), before + 1);

    const HttpAnswer list = request("GET", http(QStringLiteral("/api/v1/rooms")), {}, m_ann.token);
    QCOMPARE(number(roomIn(list.json[QLatin1String("rooms")], room), "read_seq"), qint64(3));
    QCOMPARE(number(roomIn(list.json[QLatin1String("rooms")], room), "unread"), qint64(1));
}

void SelfStreamTest::nobodyElseHearsOfIt()
{
    const QString room = newRoom();
    const qint64 last = say(room, 1);
    WebSocketClient own;
    WebSocketClient old; // of a client that knows of no self stream
    WebSocketClient other;
    QVERIFY(!greet(own).isEmpty());
    const QJsonObject hello = greet(old, QJsonValue(QJsonValue::Undefined));
    QVERIFY(!hello.contains(QLatin1String("self")));
    QVERIFY(!greet(other, QJsonObject(), m_bob.token).isEmpty());
    for (WebSocketClient *socket : {&old, &other}) {
        socket->send(object({{"type", QStringLiteral("subscribe")}, {"ref", 1}, {"room", room}}));
        QVERIFY(!socket->next(QStringLiteral("subscribed")).isEmpty());
    }
    QCOMPARE(text(read(own, room, last), "type"), QStringLiteral("marked"));
    QVERIFY(!own.next(&isSelf).isEmpty());
    // What is committed later arrives later, so that it would be there by now.
    const qint64 news = say(room, 1);
    for (WebSocketClient *socket : {&old, &other}) {
        const QJsonObject frame = socket->next([&](const QJsonObject &each) {
            return isSelf(each) || number(each[QLatin1String("event")], "seq") == news;
        });
        QCOMPARE(text(frame, "type"), QStringLiteral("event"));
    }
    // Bob's own list says what bob has read, who wrote it all.
    const HttpAnswer list = request("GET", http(QStringLiteral("/api/v1/rooms")), {}, m_bob.token);
    QCOMPARE(number(roomIn(list.json[QLatin1String("rooms")], room), "read_seq"), news);
    // Nor is it an event of the room, or any room's.
    const HttpAnswer log = request(
        "GET", http(QStringLiteral("/api/v1/rooms/") + room + QStringLiteral("/events")), {}, m_bob.token);
    QVERIFY(!log.body.contains("read_marked"));
}

void SelfStreamTest::resumeBringsWhatWasMissed()
{
    const QString first = newRoom();
    const QString second = newRoom();
    say(first, 5);
    say(second, 5);
    WebSocketClient phone;
    const QJsonObject hello = greet(phone);
    const QJsonObject self = hello[QLatin1String("self")].toObject();
    const qint64 before = number(self, "seq");
    const QString epoch = text(self, "epoch");
    QVERIFY(!epoch.isEmpty());
    for (qint64 seq = 2; seq <= 6; ++seq)
        QCOMPARE(text(read(phone, first, seq), "type"), QStringLiteral("marked"));
    QCOMPARE(number(read(phone, second, 4), "seq"), before + 6);

    // Only the newest marker of each room is kept; what has taken the place of others is all of it.
    WebSocketClient laptop;
    const QJsonObject later = greet(laptop, object({{"epoch", epoch}, {"seq", before}}));
    QCOMPARE(number(later[QLatin1String("self")], "seq"), before + 6);
    QVERIFY(!later[QLatin1String("self")].toObject().contains(QLatin1String("reset")));
    QJsonObject event = laptop.next(&isSelf)[QLatin1String("event")].toObject();
    QCOMPARE(number(event, "seq"), before + 5);
    QCOMPARE(text(event, "room"), first);
    QCOMPARE(number(event, "read_seq"), qint64(6));
    event = laptop.next(&isSelf)[QLatin1String("event")].toObject();
    QCOMPARE(number(event, "seq"), before + 6);
    QCOMPARE(text(event, "room"), second);
    QCOMPARE(number(event, "unread"), qint64(2));
    // And then live.
    QCOMPARE(number(read(phone, second, 6), "seq"), before + 7);
    QCOMPARE(number(laptop.next(&isSelf)[QLatin1String("event")], "seq"), before + 7);
}

void SelfStreamTest::otherHistoryIsReset()
{
    const QString room = newRoom();
    const qint64 last = say(room, 2);
    WebSocketClient phone;
    const QJsonObject self = greet(phone)[QLatin1String("self")].toObject();
    const qint64 seq = number(read(phone, room, last), "seq");
    QVERIFY(seq > 0);
    for (const QJsonObject &point : {object({{"epoch", QStringLiteral("another")}, {"seq", seq}}),
             object({{"epoch", text(self, "epoch")}, {"seq", seq + 1}}), object({{"seq", seq + 1}})}) {
        WebSocketClient socket;
        const QJsonObject hello = greet(socket, point);
        QVERIFY(hello[QLatin1String("self")][QLatin1String("reset")].toBool());
        QCOMPARE(number(socket.next(&isSelf)[QLatin1String("event")], "seq"), seq);
    }
}

void SelfStreamTest::killKeepsWhatWasAnswered()
{
    const QString room = newRoom();
    const qint64 last = say(room, 4);
    WebSocketClient phone;
    const QJsonObject self = greet(phone)[QLatin1String("self")].toObject();
    const QJsonObject marked = read(phone, room, last - 1);
    QCOMPARE(number(marked, "unread"), qint64(1));
    m_daemon.kill();
    QVERIFY2(m_daemon.start(), m_daemon.log());
    WebSocketClient laptop;
    const QJsonObject hello = greet(laptop, self);
    QCOMPARE(number(roomIn(hello[QLatin1String("rooms")], room), "read_seq"), last - 1);
    QCOMPARE(number(roomIn(hello[QLatin1String("rooms")], room), "unread"), qint64(1));
    const QJsonObject event = laptop.next(&isSelf)[QLatin1String("event")].toObject();
    QCOMPARE(number(event, "seq"), number(marked, "seq"));
    QCOMPARE(number(event, "read_seq"), last - 1);
}

void SelfStreamTest::scrollingWritesLittle()
{
    const QString room = newRoom();
    const qint64 last = say(room, 60);
    WebSocketClient phone;
    const qint64 before = number(greet(phone)[QLatin1String("self")], "seq");
    QSet<int> refs;
    for (qint64 seq = last - 49; seq <= last; ++seq) {
        refs.insert(++m_refs);
        phone.send(object({{"type", QStringLiteral("read")}, {"ref", m_refs}, {"room", room}, {"seq", seq}}));
    }
    // Each is answered, and the last answer has the last marker.
    QJsonObject answer;
    while (!refs.isEmpty()) {
        answer = phone.next(QStringLiteral("marked"));
        QVERIFY(!answer.isEmpty());
        QVERIFY(refs.remove(answer[QLatin1String("ref")].toInt()));
    }
    QCOMPARE(number(answer, "read_seq"), last);
    QCOMPARE(number(answer, "unread"), qint64(0));
    // One was written at once, and the others that came during it and its pause as one; more only where this
    // machine is slow.
    QVERIFY2(
        number(answer, "seq") - before <= 10, qPrintable(QString::number(number(answer, "seq") - before)));
}

void SelfStreamTest::badRequests_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, const char *frame, const char *code, const char *field) {
        QTest::newRow(name) << QByteArray(frame) << QString::fromLatin1(code) << QString::fromLatin1(field);
    };
    row("no room", R"({"type":"read","ref":7,"seq":1})", "missing_field", "room");
    row("no seq", R"({"type":"read","ref":7,"room":"lobby"})", "missing_field", "seq");
    row("seq of another type", R"({"type":"read","ref":7,"room":"lobby","seq":"1"})", "invalid_field", "seq");
    row("negative", R"({"type":"read","ref":7,"room":"lobby","seq":-1})", "invalid_field", "seq");
    row("past the end", R"({"type":"read","ref":7,"room":"lobby","seq":1000000})", "invalid_field", "seq");
    row("of no room", R"({"type":"read","ref":7,"room":"nowhere","seq":0})", "not_found", "");
    row("self is no object", R"({"type":"hello","ref":7,"self":1})", "invalid_field", "self");
    row("self with a bad seq", R"({"type":"hello","ref":7,"self":{"seq":"x"}})", "invalid_field", "seq");
    row("self with a bad epoch", R"({"type":"hello","ref":7,"self":{"epoch":1}})", "invalid_field", "epoch");
}

void SelfStreamTest::badRequests()
{
    QFETCH(const QByteArray, frame);
    QFETCH(const QString, code);
    QFETCH(const QString, field);
    WebSocketClient socket;
    if (frame.contains("hello"))
        QVERIFY(socket.open(m_daemon.webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    else
        QVERIFY(!greet(socket).isEmpty());
    socket.sendRaw(QString::fromUtf8(frame));
    const QJsonObject error = socket.next(QStringLiteral("error"));
    QCOMPARE(error[QLatin1String("ref")].toInt(), 7);
    QCOMPARE(text(error, "code"), code);
    if (!field.isEmpty())
        QCOMPARE(text(error, "field"), field);
}

QTEST_GUILESS_MAIN(SelfStreamTest)
#include "tst_selfstream.moc"
