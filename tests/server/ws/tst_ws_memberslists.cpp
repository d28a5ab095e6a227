#include "common/jsoncodec.h"
#include "server/ws/memberslists.h"
#include "tests/server/core/corefixture.h"
#include "tests/server/ws/visitor.h"

#include <QRandomGenerator>
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

private:
    Result<QByteArray> list(const Room &room)
    {
        std::optional<Result<QByteArray>> answer;
        QObject context;
        m_lists->of(room, &context, [&answer](const Result<QByteArray> &items) { answer.emplace(items); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 15'000))
            return Error{ErrorCode::Internal, QStringLiteral("no answer came")};
        return *answer;
    }
    /// What core::Rooms says now.
    QByteArray wanted()
    {
        const auto members = answerOf<QList<Member>>(
            [this](auto *context, auto done) { m->rooms->members(m_room, context, done); });
        QByteArrayList items;
        for (const Member &member : members.value())
            items.append(toJson(json::fromMember(member)));
        return items.join(',');
    }
    void come(int number)
    {
        const QString name = QStringLiteral("Visitor%1").arg(number, 3, 10, QLatin1Char('0'));
        const User user{
            QStringLiteral("id-") + name, number % 2 == 0 ? name : name.toLower(), number % 3 == 0};
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
        const auto items = list(m_room);
        QVERIFY(items.ok());
        QCOMPARE(*items, wanted());
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
        m_lists->of(m_room, &context, [&](const Result<QByteArray> &items) { answers.append(*items); });
    QVERIFY(answers.isEmpty());
    QTRY_VERIFY(!answers.isEmpty());
    QCOMPARE(answers.size(), 10); // in one turn
    // Known now, and answered at once.
    m_lists->of(m_room, &context, [&](const Result<QByteArray> &items) { answers.append(*items); });
    QCOMPARE(answers.size(), 11);
    QCOMPARE(answers.last(), answers.first());
}

void MembersListsTest::changesWhileItIsReadAreInIt()
{
    for (int number = 0; number < 20; ++number)
        come(number);
    QByteArray answer;
    QObject context;
    m_lists->of(m_room, &context, [&](const Result<QByteArray> &items) { answer = *items; });
    // The store knows nothing of it, but the hub says so.
    m->hub->noteMembership(m_room, m_bob.user, true);
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
        m_lists->of(m_room, &context, [&answers](const Result<QByteArray> &) { ++answers; });
    }
    QVERIFY(list(m_room).ok());
    QCOMPARE(answers, 0);
}

QTEST_GUILESS_MAIN(MembersListsTest)
#include "tst_ws_memberslists.moc"
