// SPDX-License-Identifier: GPL-3.0-or-later
// A user of as many rooms as a socket may subscribe to, and a hello with a resume point for each, against a
// real daemon (common/README.md).

#include "client/api/link.h"
#include "client/api/requests.h"
#include "client/api/restclient.h"
#include "client/api/serveraddress.h"
#include "client/api/websockettransport.h"
#include "client/sentences/sentences.h"
#include "client/session/session.h"
#include "client/session/sessionbackend.h"
#include "client/timeline/timelinesource.h"
#include "common/ids.h"
#include "tests/support/testdaemon.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

constexpr int longPatience = 60'000;
constexpr qint64 greatestSeq = (1LL << 53) - 1;

/// As long as points can be.
QList<ResumePoint> byId(int count)
{
    QList<ResumePoint> points;
    for (int i = 0; i < count; ++i)
        points.append({newId(), newId(), greatestSeq});
    return points;
}

QList<ResumePoint> byShortName(int count)
{
    QList<ResumePoint> points;
    for (int i = 0; i < count; ++i)
        points.append({QStringLiteral("r%1").arg(i), QStringLiteral("e"), 1});
    return points;
}

} // namespace

class TestManyRooms : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aHelloWithManyPoints_data();
    void aHelloWithManyPoints();
    void aHelloThatIsTooBigIsMadeSmaller();
    void aThousandRoomsAreResumed();

private:
    /// Starts a link and counts the rooms that are refused because they are not there.
    void start(Link *link, Link::Resume resume);

    rookery::test::TestDaemon m_daemon{{},
        {{QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}}};
    Account m_ada;
    int m_unknownRooms = 0;
    QList<Error> m_refusals; ///< of anything else
};

void TestManyRooms::initTestCase()
{
    QVERIFY2(m_daemon.start(), m_daemon.log().constData());
    SessionBackend authenticator;
    authenticator.registerAccount(m_daemon.url().toString(), QStringLiteral("ada"),
        QStringLiteral("correct horse battery"), this, [this](const Outcome<Account> &account) {
            if (account)
                m_ada = *account;
        });
    QTRY_VERIFY_WITH_TIMEOUT(!m_ada.token.isEmpty(), longPatience);
}

void TestManyRooms::start(Link *link, Link::Resume resume)
{
    m_unknownRooms = 0;
    m_refusals.clear();
    connect(link, &Link::received, this, [this](const ServerFrame &frame) {
        const auto *error = std::get_if<ErrorFrame>(&frame);
        if (error && error->error.code == ErrorCode::NotFound)
            ++m_unknownRooms;
        else if (error)
            m_refusals.append(error->error);
    });
    link->start(webSocketUrl(m_ada.server), m_ada.token, std::move(resume));
}

void TestManyRooms::aHelloWithManyPoints_data()
{
    QTest::addColumn<QList<ResumePoint>>("points");
    QTest::addColumn<bool>("isTaken");
    QTest::newRow("500 by id") << byId(500) << true;
    QTest::newRow("1000 by short names") << byShortName(1000) << true;
    QTest::newRow("1001") << byShortName(1001) << false;
}

void TestManyRooms::aHelloWithManyPoints()
{
    QFETCH(QList<ResumePoint>, points);
    QFETCH(bool, isTaken);
    Link link(WebSocketTransport::factory());
    QSignalSpy established(&link, &Link::established);
    start(&link, [points](qsizetype) { return points; });
    if (isTaken) {
        QTRY_COMPARE_WITH_TIMEOUT(m_unknownRooms, int(points.size()), longPatience);
        QCOMPARE(established.size(), 1);
        QVERIFY(m_refusals.isEmpty());
    } else {
        QTRY_VERIFY_WITH_TIMEOUT(inWords(link.problem()).contains(QLatin1String("1000")), longPatience);
        QCOMPARE(established.size(), 0);
    }
}

void TestManyRooms::aHelloThatIsTooBigIsMadeSmaller()
{
    const QList<ResumePoint> all = byId(1000);
    Link link(WebSocketTransport::factory());
    QSignalSpy established(&link, &Link::established);
    QList<qsizetype> sizes;
    start(&link, [&](qsizetype bytes) {
        // The first time as 0.1.0 did it.
        const qsizetype each = toJson(json::fromResumePoint(all.constFirst())).size() + 1;
        sizes.append(sizes.isEmpty() ? all.size() : bytes / each);
        return all.first(sizes.constLast());
    });
    QTRY_COMPARE_WITH_TIMEOUT(established.size(), 1, longPatience);
    QCOMPARE(sizes.size(), 2);
    QTRY_COMPARE_WITH_TIMEOUT(m_unknownRooms, int(sizes.constLast()), longPatience);
}

void TestManyRooms::aThousandRoomsAreResumed()
{
    constexpr int rooms = 999; // and the lobby
    QTemporaryDir cache;
    RestClient rest(m_ada.server, m_ada.token);
    QStringList ids;
    for (int i = 0; i < rooms; ++i)
        createRoom(&rest, QStringLiteral("room-%1").arg(i), true, this, [&ids](const Outcome<Room> &room) {
            if (room)
                ids.append(room->id);
        });
    QTRY_COMPARE_WITH_TIMEOUT(ids.size(), rooms, longPatience);

    int said = 0;
    const auto sayInAll = [&](const QString &text) {
        said = 0;
        for (const QString &id : std::as_const(ids)) {
            rest.send({HttpMethod::Post, restPath({QStringLiteral("rooms"), id, QStringLiteral("messages")}),
                          {}, {{QStringLiteral("text"), text}}},
                this, [&said](const Outcome<JsonReader> &answer) { said += answer ? 1 : 0; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(said, rooms, longPatience);
    };
    const auto knowsAll = [&ids](Session &session, int messages) {
        int complete = 0;
        for (const QString &id : std::as_const(ids))
            complete += session.timeline(id)->count() == messages ? 1 : 0;
        return complete == rooms;
    };
    {
        Session session(m_ada, cache.path());
        QTRY_COMPARE_WITH_TIMEOUT(session.rooms()->rowCount(), rooms + 1, longPatience);
        sayInAll(QStringLiteral("first"));
        QTRY_VERIFY_WITH_TIMEOUT(knowsAll(session, 1), longPatience);
    }
    sayInAll(QStringLiteral("second"));
    Session session(m_ada, cache.path());
    QTRY_COMPARE_WITH_TIMEOUT(session.linkState(), LinkState::Connected, longPatience);
    QTRY_VERIFY_WITH_TIMEOUT(knowsAll(session, 2), longPatience);
    // And all of them are live.
    sayInAll(QStringLiteral("third"));
    QTRY_VERIFY_WITH_TIMEOUT(knowsAll(session, 3), longPatience);
    QCOMPARE(session.linkState(), LinkState::Connected);
}

QTEST_GUILESS_MAIN(TestManyRooms)
#include "tst_sessionmanyrooms.moc"
