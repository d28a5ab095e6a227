// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/pagebounds.h"
#include "server/dialects/room/userslists.h"
#include "tests/server/ws/visitor.h"
#include "tests/support/roles.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <map>
#include <memory>

using namespace rookery;
using namespace rookery::ws;
using test::Visitor;

namespace {

const QString roomId = QStringLiteral("room");
const QString epoch = QStringLiteral("0198c0de-1234-4abc-8def-0123456789ab");

User userOf(int number)
{
    // Some share a name, some need escapes; every fifth is a guest. The names' order is not that of the ids.
    return {QStringLiteral("id-%1").arg(number, 4, 10, QLatin1Char('0')),
        QStringLiteral("\"nämé\" %1").arg(number * 7919 % 100), number % 5 == 0};
}

} // namespace

/// `room_users_list`, however people come and go.
class UsersListsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void isAlwaysAsIfMadeAnew_data();
    void isAlwaysAsIfMadeAnew();
    void membershipIsNoPresence();
    void manyChangesThatNobodyAsksAbout();

private:
    void come(int number)
    {
        m_online.emplace(number, std::make_unique<Visitor>(m_hub.get(), roomId, userOf(number)));
    }
    void go(int number) { m_online.erase(number); }
    /// What the list must be.
    QByteArray wanted() const;

    std::unique_ptr<core::Hub> m_hub;
    std::unique_ptr<UsersLists> m_lists;
    std::map<int, std::unique_ptr<Visitor>> m_online;
};

void UsersListsTest::init()
{
    m_online.clear();
    m_lists.reset();
    m_hub = std::make_unique<core::Hub>();
    m_lists = std::make_unique<UsersLists>(m_hub.get());
}

QByteArray UsersListsTest::wanted() const
{
    QList<User> users;
    for (const auto &[number, listener] : m_online)
        users.append(userOf(number));
    std::sort(users.begin(), users.end(),
        [](const User &a, const User &b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
    QJsonArray array;
    const qsizetype count = users.size();
    for (const User &user : std::as_const(users).first(std::min<qsizetype>(count, pages::listedUsers))) {
        QJsonObject json{{QStringLiteral("id"), user.id}, {QStringLiteral("username"), user.name}};
        if (user.guest)
            json.insert(QStringLiteral("guest"), true);
        array.append(json);
    }
    return QJsonDocument(
        QJsonObject{{QStringLiteral("count"), count}, {QStringLiteral("epoch"), epoch},
            {QStringLiteral("type"), QStringLiteral("room_users_list")}, {QStringLiteral("users"), array}})
        .toJson(QJsonDocument::Compact);
}

void UsersListsTest::isAlwaysAsIfMadeAnew_data()
{
    QTest::addColumn<int>("population");
    QTest::addColumn<int>("changesBetween");

    QTest::newRow("a handful") << 5 << 1;
    QTest::newRow("a crowd, one by one") << 60 << 1;
    QTest::newRow("a crowd, in groups") << 200 << 20;
    QTest::newRow("more than a list shows") << 1200 << 60; // THREATS 35
    QTest::newRow("a crowd that changes altogether") << 100 << 300;
}

void UsersListsTest::isAlwaysAsIfMadeAnew()
{
    QFETCH(int, population);
    QFETCH(int, changesBetween);
    QRandomGenerator random(4);
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
    for (int asked = 0; asked < 200; ++asked) {
        for (int change = 0; change < changesBetween; ++change) {
            const int number = random.bounded(population);
            // In turns more come than go, and the other way round.
            if (random.bounded(4) < (asked / 50 % 2 == 0 ? 3 : 1))
                come(number);
            else
                go(number);
        }
        const QByteArray list = m_lists->of(roomId, epoch);
        QCOMPARE(list, wanted());
    }
    m_online.clear();
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
}

void UsersListsTest::membershipIsNoPresence()
{
    for (int number = 0; number < 20; ++number)
        come(number);
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
    Room room;
    room.id = roomId;
    m_hub->noteMembership(test::seenBy(Role::Member, room), userOf(3));
    m_hub->noteMembership(test::seenBy(Role::Member, room), userOf(50)); // who is not there
    m_hub->noteMembership(test::seenBy(Role::None, room), userOf(3));
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
}

void UsersListsTest::manyChangesThatNobodyAsksAbout()
{
    for (int number = 0; number < 50; ++number)
        come(number);
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
    for (int round = 0; round < 500; ++round) {
        go(round % 50);
        come(round % 50);
    }
    go(7);
    QCOMPARE(m_lists->of(roomId, epoch), wanted());
}

QTEST_GUILESS_MAIN(UsersListsTest)
#include "tst_ws_userslists.moc"
