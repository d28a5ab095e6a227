// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/names.h"
#include "server/dialects/endpoint.h"
#include "server/ws/directdraft.h"
#include "server/ws/inbox.h"
#include "server/ws/stepqueue.h"

#include <QTest>

using namespace rookery;
using namespace rookery::ws;

namespace {

User ann()
{
    return {QStringLiteral("01890000-0000-7000-8000-0000000000aa"), QStringLiteral("ann")};
}

User bob()
{
    return {QStringLiteral("01890000-0000-7000-8000-0000000000bb"), QStringLiteral("Bob"), true};
}

} // namespace

/// The small components of the sessions.
class WsPartsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endpoints_data();
    void endpoints();
    void theInboxIsBounded();
    void stepsDoNotOvertake();
    void manyStepsAreSaid();
    void largeStepsAreSaid();
    void usersGoByIdAndName_data();
    void usersGoByIdAndName();
};

void WsPartsTest::endpoints_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QString>("room");
    QTest::newRow("000 and 002 /") << "/" << int(Dialect::Personal) << "";
    QTest::newRow("001 /websocket") << "/websocket" << int(Dialect::Direct) << "";
    QTest::newRow("003 and 004 /ws/chat/{room}") << "/ws/chat/plaza" << int(Dialect::Room) << "plaza";
    QTest::newRow("004 any script") << QStringLiteral("/ws/chat/плаза") << int(Dialect::Room)
                                    << QStringLiteral("плаза");
    QTest::newRow("004 checked later") << "/ws/chat/.." << int(Dialect::Room) << "..";
    QTest::newRow("004 a slash in the name") << "/ws/chat/a/b" << int(Dialect::Room) << "a/b";
    QTest::newRow("native") << "/ws/v1" << int(Dialect::Native) << "";
    for (const char *path : {"/ws", "/ws/", "/ws/v2", "/ws/chat", "/ws/chat/", "/websocket/x", "",
             "/WEBSOCKET", "/api/v1/me", "/ws/chatter/plaza"})
        QTest::addRow("none at '%s'", path) << QString::fromLatin1(path) << -1 << "";
}

void WsPartsTest::endpoints()
{
    QFETCH(const QString, path);
    QFETCH(const int, dialect);
    QFETCH(const QString, room);
    const auto endpoint = endpointOf(path);
    QCOMPARE(endpoint ? int(endpoint->dialect) : -1, dialect);
    if (endpoint)
        QCOMPARE(endpoint->room, room);
}

void WsPartsTest::theInboxIsBounded()
{
    Inbox inbox;
    QVERIFY(inbox.isEmpty());
    for (qsizetype i = 0; i < Inbox::frameBound; ++i)
        QVERIFY(inbox.push(QByteArray::number(i)));
    QVERIFY(!inbox.push("one too many"));
    QCOMPARE(inbox.take(), QByteArray("0"));
    QVERIFY(inbox.push("room again"));
    QCOMPARE(inbox.take(), QByteArray("1"));

    Inbox large;
    QVERIFY(large.push(QByteArray(Inbox::byteBound, 'x')));
    QVERIFY(!large.push("y"));
    QCOMPARE(large.take().size(), Inbox::byteBound);
    QVERIFY(large.isEmpty());
    QVERIFY(large.push("y"));
}

void WsPartsTest::stepsDoNotOvertake()
{
    StepQueue steps;
    QList<int> ran;
    QVERIFY(steps.isIdle());
    steps.add(1, [&] { ran.append(1); }); // ends later
    steps.add(1, [&] {
        ran.append(2); // ends at once
        steps.finished();
    });
    steps.add(1, [&] { ran.append(3); });
    QCOMPARE(ran, QList<int>({1}));
    QVERIFY(!steps.isIdle());
    steps.finished();
    QCOMPARE(ran, QList<int>({1, 2, 3}));
    steps.finished();
    QVERIFY(steps.isIdle());
}

void WsPartsTest::manyStepsAreSaid()
{
    StepQueue steps;
    steps.add(1, [] {}); // runs, and waits no more
    for (qsizetype i = 0; i < StepQueue::longFrom; ++i) {
        QVERIFY(!steps.isLong());
        steps.add(1, [] {});
    }
    QVERIFY(steps.isLong());
    steps.finished();
    QVERIFY(!steps.isLong());
}

/// THREATS 32.
void WsPartsTest::largeStepsAreSaid()
{
    StepQueue steps;
    steps.add(StepQueue::longFromBytes, [] {}); // runs, and waits no more
    QVERIFY(!steps.isLong());
    steps.add(StepQueue::longFromBytes, [] {});
    QVERIFY(steps.isLong());
    steps.finished();
    QVERIFY(!steps.isLong());
}

void WsPartsTest::usersGoByIdAndName_data()
{
    QTest::addColumn<QString>("claim");
    QTest::addColumn<bool>("isAnn");
    QTest::newRow("id") << ann().id << true;
    QTest::newRow("id in capitals") << ann().id.toUpper() << true;
    QTest::newRow("name") << "ann" << true;
    QTest::newRow("name in capitals, one name to the store") << "Ann" << true;
    QTest::newRow("another id") << bob().id << false;
    QTest::newRow("another name") << "anna" << false;
    QTest::newRow("a name that looks alike") << QStringLiteral("\u0430nn") << false;
    QTest::newRow("nobody") << "" << false;
    QTest::newRow("huge") << QString(60'000, u'a') << false;
}

void WsPartsTest::usersGoByIdAndName()
{
    QFETCH(const QString, claim);
    QTEST(core::isUser(ann(), claim), "isAnn");
}

QTEST_GUILESS_MAIN(WsPartsTest)
#include "tst_ws_parts.moc"
