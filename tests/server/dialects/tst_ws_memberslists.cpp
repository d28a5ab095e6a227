// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsoncodec.h"
#include "common/pagebounds.h"
#include "server/dialects/native/memberslists.h"
#include "tests/server/core/corefixture.h"
#include "tests/server/ws/visitor.h"
#include "tests/support/roles.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QSet>
#include <QTest>

#include <algorithm>
#include <map>
#include <memory>

using namespace rookery;
using namespace rookery::test;
using namespace rookery::ws;

/// The members in `subscribed`, however people come and go.
class MembersListsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void isAlwaysAsIfMadeAnew();
    void thoseWhoAskTogetherShareOneReading();
    void changesWhileItIsReadAreInIt();
    void membershipThatNobodyListensTo();
    void anUnknownRoomIsAnError();
    void isSilentOnceTheAskerIsGone();
    void aCrowdIsCutOffAndCounted();
    void pagesHaveEverybody();

private:
    using First = MembersLists::First;
    Result<First> whole(const Room &room)
    {
        std::optional<Result<First>> answer;
        QObject context;
        m_lists->of(room, &context, [&answer](const Result<First> &first) { answer.emplace(first); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 15'000))
            return Error{ErrorCode::Internal, QStringLiteral("no answer came")};
        return *answer;
    }
    Result<QByteArray> list(const Room &room)
    {
        const auto first = whole(room);
        return first ? Result<QByteArray>(first->items) : Result<QByteArray>(first.error());
    }
    core::MembersPage page(const QString &after = {})
    {
        const auto read = answerOf<core::MembersPage>([&](auto *context, auto done) {
            m->rooms->members(m_room, after, pages::frameMembers, context, done);
        });
        return read.value();
    }
    /// What core::Rooms says now.
    QByteArray wanted()
    {
        QByteArrayList items;
        for (const Member &member : page().members)
            items.append(toJson(json::fromMember(member)));
        return items.join(',');
    }
    void come(int number)
    {
        const QString name = QStringLiteral("Visitor%1").arg(number, 3, 10, QLatin1Char('0'));
        const User user{QStringLiteral("01890000-0000-7000-8000-%1").arg(number, 12, 10, QLatin1Char('0')),
            number % 2 == 0 ? name : name.toLower(), number % 3 == 0};
        m_visitors.emplace(number, std::make_unique<Visitor>(m->hub, m_room.id, user));
    }
    void setMember(const core::Principal &principal, bool member)
    {
        if (member)
            QVERIFY(answerOf<Room>([&](auto *context, auto done) {
                m->rooms->join(principal, m_room.id, context, done);
            }).ok());
        else
            QVERIFY(answerOf<Nothing>([&](auto *context, auto done) {
                m->rooms->leave(principal, m_room.id, context, done);
            }).ok());
    }

    std::unique_ptr<CoreFixture> m;
    std::unique_ptr<MembersLists> m_lists;
    core::Principal m_ann;
    core::Principal m_bob;
    Room m_room;
    std::map<int, std::unique_ptr<Visitor>> m_visitors;
    int m_rooms = 0;
};

void MembersListsTest::initTestCase()
{
    core::AccountsOptions options;
    options.limits.loginsPerMinute = 0;
    m = std::make_unique<CoreFixture>(options);
    m_ann = m->newUser(QStringLiteral("ann"));
    m_bob = m->newUser(QStringLiteral("Zob"));
    QVERIFY(!m_bob.user.id.isEmpty());
}

void MembersListsTest::init()
{
    m_visitors.clear();
    m_lists = std::make_unique<MembersLists>(m->thread->core());
    m_room = m->openRoom(m_ann, QStringLiteral("room-%1").arg(++m_rooms));
}

void MembersListsTest::isAlwaysAsIfMadeAnew()
{
    QRandomGenerator random(7);
    bool annIsMember = true; // she opened the room
    for (int round = 0; round < 60; ++round) {
        for (int change = random.bounded(5); change >= 0; --change) {
            const int number = random.bounded(50);
            if (random.bounded(3) > 0)
                come(number);
            else
                m_visitors.erase(number);
        }
        if (round % 7 == 0) {
            annIsMember = round % 2 == 0;
            setMember(m_ann, annIsMember);
        }
        if (round % 11 == 0)
            setMember(m_bob, round % 2 == 1);
        // ann is there now and then, whether a member or not.
        if (round % 5 == 0)
            m_visitors[1000] = std::make_unique<Visitor>(m->hub, m_room.id, m_ann.user, annIsMember);
        else if (round % 5 == 3)
            m_visitors.erase(1000);
        const auto first = whole(m_room);
        QVERIFY(first.ok());
        QCOMPARE(first->items, wanted());
        QCOMPARE(first->count, page().count);
        QVERIFY(first->isWhole);
    }
    m_visitors.clear();
    QCOMPARE(*list(m_room), wanted());
}

void MembersListsTest::thoseWhoAskTogetherShareOneReading()
{
    for (int number = 0; number < 20; ++number)
        come(number);
    QList<QByteArray> answers;
    QObject context;
    for (int i = 0; i < 10; ++i)
        m_lists->of(m_room, &context, [&](const Result<First> &first) { answers.append(first->items); });
    QVERIFY(answers.isEmpty());
    QTRY_VERIFY(!answers.isEmpty());
    QCOMPARE(answers.size(), 10); // in one turn
    // Known now, and answered at once.
    m_lists->of(m_room, &context, [&](const Result<First> &first) { answers.append(first->items); });
    QCOMPARE(answers.size(), 11);
    QCOMPARE(answers.last(), answers.first());
}

void MembersListsTest::changesWhileItIsReadAreInIt()
{
    for (int number = 0; number < 20; ++number)
        come(number);
    QByteArray answer;
    QObject context;
    m_lists->of(m_room, &context, [&](const Result<First> &first) { answer = first->items; });
    // The store knows nothing of it, but the hub says so.
    m->hub->noteMembership(test::seenBy(Role::Member, m_room), m_bob.user);
    come(30);
    m_visitors.erase(5);
    QTRY_VERIFY(!answer.isEmpty());
    QVERIFY(answer.contains(m_bob.user.id.toUtf8()));
    QVERIFY(answer.contains("isitor030"));
    QVERIFY(!answer.contains("isitor005"));
}

/// Where nobody of this thread is in the room the list still follows.
void MembersListsTest::membershipThatNobodyListensTo()
{
    for (int number = 0; number < 20; ++number)
        come(number);
    QVERIFY(list(m_room).ok());
    m_visitors.clear();
    setMember(m_bob, true);
    for (int number = 0; number < 5; ++number)
        come(number);
    QCOMPARE(*list(m_room), wanted());
    QVERIFY(list(m_room)->contains(m_bob.user.id.toUtf8()));
}

void MembersListsTest::anUnknownRoomIsAnError()
{
    Room unknown;
    unknown.id = QStringLiteral("01890000-0000-7000-8000-000000000001");
    const auto items = list(unknown);
    if (items) // a store may as well say that nobody is in it
        QCOMPARE(*items, QByteArray());
    else
        QCOMPARE(items.error().code, ErrorCode::NotFound);
}

void MembersListsTest::isSilentOnceTheAskerIsGone()
{
    int answers = 0;
    {
        QObject context;
        m_lists->of(m_room, &context, [&answers](const Result<First> &) { ++answers; });
    }
    QVERIFY(list(m_room).ok());
    QCOMPARE(answers, 0);
}

/// THREATS 35.
void MembersListsTest::aCrowdIsCutOffAndCounted()
{
    QRandomGenerator random(9);
    for (int number = 0; number < 300; ++number)
        come(number);
    for (int round = 0; round < 40; ++round) {
        const auto first = whole(m_room);
        QVERIFY(first.ok());
        const qsizetype count = QJsonDocument::fromJson('[' + first->items + ']').array().size();
        QVERIFY2(count > 0 && count <= pages::frameMembers, qPrintable(QString::number(count)));
        QVERIFY(!first->isWhole || qsizetype(m_visitors.size()) < pages::frameMembers);
        QCOMPARE(first->count, page().count);
        for (int change = 0; change < 30; ++change) {
            const int number = random.bounded(400);
            // First more come, then they go.
            if (random.bounded(10) < (round < 20 ? 7 : 2))
                come(number);
            else
                m_visitors.erase(number);
        }
    }
    m_visitors.clear();
    QCOMPARE(list(m_room).value(), wanted());
}

/// THREATS 35: whoever is there all the time is on a page, whoever else comes and goes meanwhile.
void MembersListsTest::pagesHaveEverybody()
{
    for (int number = 0; number < 450; ++number)
        come(number);
    setMember(m_ann, true);
    setMember(m_bob, true);
    QSet<QString> found;
    QString after;
    int pages = 0;
    do {
        const core::MembersPage read = page(after);
        QVERIFY(read.members.size() <= pages::frameMembers);
        QCOMPARE(read.count, 2);
        for (const Member &member : read.members)
            found.insert(member.user.id);
        after = read.next;
        m_visitors.erase(400 + pages); // somewhere
        come(500 + pages);
    } while (!after.isEmpty() && ++pages < 10);
    QCOMPARE(pages, 2);
    for (int number = 0; number < 400; ++number)
        QVERIFY(found.contains(m_visitors.at(number)->user().id));
    QVERIFY(found.contains(m_ann.user.id) && found.contains(m_bob.user.id));

    const auto refused = answerOf<core::MembersPage>([&](auto *context, auto done) {
        m->rooms->members(m_room, QStringLiteral("visitor:1"), 3, context, done);
    });
    QCOMPARE(refused.error().code, ErrorCode::InvalidField);
    QCOMPARE(refused.error().field, QStringLiteral("after"));
}

QTEST_GUILESS_MAIN(MembersListsTest)
#include "tst_ws_memberslists.moc"
