// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/limits.h"
#include "common/pagebounds.h"
#include "tests/server/daemon/frameparts.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QJsonDocument>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTest>
#include <QUrlQuery>

using namespace rookery;
using namespace rookery::test;

namespace {

constexpr int members = 50'000;
constexpr int rooms = 14'500;
constexpr int publicRooms = 5'000;
/// A frame's own members beside its list.
constexpr qsizetype head = 2 * 1024;

qsizetype bytesOf(const QJsonObject &frame)
{
    return QJsonDocument(frame).toJson(QJsonDocument::Compact).size();
}

QJsonObject ask(WebSocketClient &socket, QJsonObject request)
{
    request.insert(QStringLiteral("ref"), QStringLiteral("asked"));
    socket.send(request);
    return socket.next(
        [](const QJsonObject &answer) { return text(answer, "ref") == QLatin1String("asked"); });
}

} // namespace

/// A lobby of 50,000, a user in 14,500 rooms, a directory of 5,000: frames and answers do not grow with these
/// (THREATS 35), nor does the cost of searching (THREATS 36).
class CrowdsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void manyRoomsOverTheSocket();
    void manyRoomsForWhoDoesNotPage();
    void manyRoomsOverHttp();
    void manyMembersOverTheSocket();
    void manyMembersOverHttp();
    void theListOf004();
    void directorySearch();

private:
    QUrl http(const QString &path, const QUrlQuery &query = {}) const
    {
        QUrl url = m_daemon.url().resolved(QUrl(path));
        url.setQuery(query);
        return url;
    }
    /// Every page of a list over HTTP: how many there were, and the ids in them.
    int readPages(const QString &path, const char *list, const char *within, QSet<QString> *ids)
    {
        QUrlQuery query;
        for (int pages = 1; pages < 1000; ++pages) {
            const HttpAnswer answer = request(m_network, "GET", http(path, query), {}, m_ann.token);
            if (answer.status != 200 || answer.body.size() > 400 * 1024)
                return -1;
            const QJsonArray items = answer.json[QLatin1String(list)].toArray();
            for (const QJsonValue item : items)
                ids->insert((within ? item[QLatin1String(within)] : item)[QLatin1String("id")].toString());
            const QJsonValue next = answer.json[QLatin1String("next")];
            if (!next.isString())
                return pages;
            query.clear();
            query.addQueryItem(QStringLiteral("after"), next.toString());
        }
        return -1;
    }
    void fill();

    TestDaemon m_daemon;
    QNetworkAccessManager m_network;
    TestUser m_ann; ///< in all the rooms
    TestUser m_bob;
};

void CrowdsTest::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log());
    m_ann = registerUser(m_daemon.url(), QStringLiteral("ann"));
    m_bob = registerUser(m_daemon.url(), QStringLiteral("bob"));
    QVERIFY(!m_bob.token.isEmpty());
    QCOMPARE(m_daemon.terminate(), 0);
    fill();
    QVERIFY2(m_daemon.start(), m_daemon.log());
}

void CrowdsTest::fill()
{
    const QString connection = QStringLiteral("crowds");
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        database.setDatabaseName(m_daemon.dataDirectory() + QStringLiteral("/rookery.db"));
        QVERIFY(database.open());
        QSqlQuery query(database);
        const auto run = [&query](const QString &sql) {
            QVERIFY2(query.exec(sql), qPrintable(sql + u' ' + query.lastError().text()));
        };
        const QString numbers =
            QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %1) ");
        run(QStringLiteral("BEGIN"));
        run(QStringLiteral("INSERT INTO users (public_id, name, skeleton, password_hash, guest, created_at) ")
            + numbers.arg(members)
            + QStringLiteral("SELECT randomblob(16), 'crowd-' || i, 'crowd-' || i, '', 0, 0 FROM n"));
        run(QStringLiteral(
            "INSERT INTO members (room, user, since) SELECT r.id, u.id, 0 FROM rooms r, users u "
            "WHERE r.name = 'lobby' AND u.name LIKE 'crowd-%'"));
        run(QStringLiteral("INSERT INTO rooms (public_id, kind, name, folded, skeleton, created_at) ")
            + numbers.arg(rooms)
            + QStringLiteral("SELECT randomblob(16), 1, 'many-' || i, 'many-' || i, 'many-' || i, 0 FROM n"));
        run(QStringLiteral(
            "INSERT INTO members (room, user, since) SELECT r.id, u.id, 0 FROM rooms r, users u "
            "WHERE r.name LIKE 'many-%' AND u.name = 'ann'"));
        run(QStringLiteral("INSERT INTO rooms (public_id, kind, name, folded, skeleton, created_at) ")
            + numbers.arg(publicRooms)
            + QStringLiteral("SELECT randomblob(16), 0, 'open-' || i, 'open-' || i, 'open-' || i, 0 FROM n"));
        run(QStringLiteral("COMMIT"));
        database.close();
    }
    QSqlDatabase::removeDatabase(connection);
}

void CrowdsTest::manyRoomsOverTheSocket()
{
    WebSocketClient ann;
    QVERIFY(ann.open(m_daemon.webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    QJsonObject page = ask(ann, object({{"type", QStringLiteral("hello")}, {"pages", true}}));
    QCOMPARE(text(page, "type"), QStringLiteral("hello"));
    qsizetype count = 0;
    QSet<QString> found;
    for (int pages = 0; pages < 500; ++pages) {
        QVERIFY2(bytesOf(page) < pages::frameBytes + head, qPrintable(QString::number(bytesOf(page))));
        const QJsonArray items = page[QLatin1String("rooms")].toArray();
        count += items.size();
        for (const QJsonValue item : items)
            found.insert(item[QLatin1String("id")].toString());
        const QJsonValue next = page[QLatin1String("next")];
        if (!next.isString())
            break;
        page = ask(ann, object({{"type", QStringLiteral("rooms")}, {"after", next}}));
        QCOMPARE(text(page, "type"), QStringLiteral("rooms"));
    }
    QCOMPARE(found.size(), rooms + 1);
    QCOMPARE(count, rooms + 1);
}

void CrowdsTest::manyRoomsForWhoDoesNotPage()
{
    WebSocketClient ann;
    QVERIFY(ann.open(m_daemon.webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    const QJsonObject hello = ask(ann, object({{"type", QStringLiteral("hello")}}));
    QCOMPARE(text(hello, "type"), QStringLiteral("hello"));
    QVERIFY(bytesOf(hello) < Limits().outboundBytes + head);
    QVERIFY(hello[QLatin1String("rooms")].toArray().size() >= pages::frameRooms);
    QVERIFY(hello[QLatin1String("next")].isString());
    QCOMPARE(text(ask(ann, object({{"type", QStringLiteral("ping")}})), "type"), QStringLiteral("pong"));
}

void CrowdsTest::manyRoomsOverHttp()
{
    QSet<QString> found;
    QCOMPARE(
        readPages(QStringLiteral("/api/v1/rooms"), "rooms", nullptr, &found), rooms / pages::httpItems + 1);
    QCOMPARE(found.size(), rooms + 1);
}

void CrowdsTest::manyMembersOverTheSocket()
{
    WebSocketClient bob;
    QVERIFY(bob.open(m_daemon.webSocketUrl(QStringLiteral("/ws/v1")), m_bob.token));
    QVERIFY(!ask(bob, object({{"type", QStringLiteral("hello")}, {"pages", true}})).isEmpty());
    const QJsonObject subscribed =
        ask(bob, object({{"type", QStringLiteral("subscribe")}, {"room", QStringLiteral("lobby")}}));
    QCOMPARE(text(subscribed, "type"), QStringLiteral("subscribed"));
    QVERIFY(bytesOf(subscribed) < pages::frameBytes + head);
    QCOMPARE(subscribed[QLatin1String("member_count")].toInteger(), members + 2);
    QJsonValue next = subscribed[QLatin1String("members_next")];
    QSet<QString> found;
    for (int pages = 0; next.isString() && pages < 1000; ++pages) {
        const QJsonObject page = ask(bob,
            object(
                {{"type", QStringLiteral("members")}, {"room", QStringLiteral("lobby")}, {"after", next}}));
        QVERIFY(bytesOf(page) < pages::frameBytes + head);
        const QJsonArray items = page[QLatin1String("members")].toArray();
        for (const QJsonValue item : items)
            found.insert(item[QLatin1String("user")][QLatin1String("id")].toString());
        next = page[QLatin1String("next")];
    }
    QCOMPARE(found.size(), members + 2);
}

void CrowdsTest::manyMembersOverHttp()
{
    QSet<QString> found;
    const int pages = readPages(QStringLiteral("/api/v1/rooms/lobby/members"), "members", "user", &found);
    QCOMPARE(pages, members / pages::httpItems + 1);
    QCOMPARE(found.size(), members + 2);
}

void CrowdsTest::theListOf004()
{
    WebSocketClient bob;
    QVERIFY(bob.open(m_daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby/")), m_bob.token));
    const QJsonObject list = bob.next(QStringLiteral("room_users_list"));
    QCOMPARE(list[QLatin1String("users")].toArray().size(), 1);
    QCOMPARE(list[QLatin1String("count")].toInteger(), 1);
}

void CrowdsTest::directorySearch()
{
    // The last name of all that are looked at: in the third page, after two empty ones.
    QUrlQuery query{{QStringLiteral("query"), QStringLiteral("OPEN-999")}};
    QStringList found;
    int asked = 0;
    for (bool more = true; more && asked < 10; ++asked) {
        const HttpAnswer answer = request(
            m_network, "GET", http(QStringLiteral("/api/v1/rooms/directory"), query), {}, m_bob.token);
        QCOMPARE(answer.status, 200);
        const QJsonArray items = answer.json[QLatin1String("rooms")].toArray();
        for (const QJsonValue item : items)
            found.append(item[QLatin1String("name")].toString());
        const QJsonValue next = answer.json[QLatin1String("next")];
        more = next.isString();
        query = QUrlQuery{{QStringLiteral("query"), QStringLiteral("OPEN-999")},
            {QStringLiteral("after"), next.toString()}};
    }
    QCOMPARE(found, QStringList{QStringLiteral("open-999")});
    QCOMPARE(asked, 3);
}

QTEST_GUILESS_MAIN(CrowdsTest)
#include "tst_crowds.moc"
