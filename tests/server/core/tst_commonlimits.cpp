// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/commonlimits.h"
#include "tests/server/core/corefixture.h"

#include <QTest>

using namespace rookery;
using namespace rookery::core;
using namespace rookery::test;
using namespace std::chrono_literals;

namespace {

using Wait = std::optional<std::chrono::milliseconds>;

/// What the nodes have in common, as the test has it answer.
class FakeBuckets final : public bus::Buckets
{
public:
    bool take(const std::vector<bus::Bucket> &buckets, QObject *context, Answer answer) override
    {
        if (isAway)
            return false;
        asked = buckets;
        ++questions;
        QMetaObject::invokeMethod(
            context, [this, answer] { answer(says); }, Qt::QueuedConnection);
        return true;
    }

    bool isAway = false;
    Wait says = 0ms;
    std::vector<bus::Bucket> asked;
    int questions = 0;
};

const QString network = QStringLiteral("192.0.2.1");
const QString commonPassword = QStringLiteral("correct horse");

} // namespace

class TestCommonLimits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void eachNodeHasItsPart_data();
    void eachNodeHasItsPart();
    void nodesComeAndGo();
    void commonBucketsDecide();
    void ownBucketsDecideWithoutAnswer();
    void whatIsGrantedIsTakenHereToo();
    void severalLimitsAreOneQuestion();
    void unlimitedIsNotAsked();
    void accountsAsk_data();
    void accountsAsk();
    void accountsObey_data();
    void accountsObey();

private:
    using Call = std::function<std::optional<ErrorCode>(CoreFixture &)>;
    void addCalls();
    Wait count(CommonLimits &limits, const std::vector<CommonLimits::Attempt> &attempts)
    {
        std::optional<Wait> answer;
        limits.count(attempts, this, [&answer](Wait wait) { answer = wait; });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 15'000))
            qFatal("no answer came");
        return *answer;
    }
    /// How many attempts are granted, of more than there can be.
    int granted(CommonLimits &limits, CommonLimit &limit)
    {
        int count = 0;
        while (count < 1'000 && !this->count(limits, {{&limit, network}}))
            ++count;
        return count;
    }

    std::chrono::steady_clock::time_point m_now{1h};
    const auth::RateLimiter::Clock m_clock = [this] { return m_now; };
    int m_nodes = 1;
    FakeBuckets m_buckets;
};

void TestCommonLimits::init()
{
    m_nodes = 1;
    m_buckets.isAway = false;
    m_buckets.says = 0ms;
    m_buckets.asked.clear();
    m_buckets.questions = 0;
}

void TestCommonLimits::eachNodeHasItsPart_data()
{
    QTest::addColumn<int>("nodes");
    QTest::addColumn<int>("granted");
    QTest::newRow("alone") << 1 << 10;
    QTest::newRow("two") << 2 << 5;
    QTest::newRow("three") << 3 << 3;
    QTest::newRow("as many as the limit") << 10 << 1;
    QTest::newRow("more") << 25 << 1;
}

void TestCommonLimits::eachNodeHasItsPart()
{
    QFETCH(int, nodes);
    QFETCH(int, granted);
    CommonLimits limits;
    limits.join([nodes] { return nodes; }, nullptr);
    CommonLimit limit(QStringLiteral("tries"), 10, m_clock);
    QCOMPARE(this->granted(limits, limit), granted);
    const Wait wait = count(limits, {{&limit, network}});
    QVERIFY(wait && *wait > 0ms && *wait <= 60s);
    QVERIFY(!count(limits, {{&limit, QStringLiteral("192.0.2.2")}}));
    m_now += 60s;
    QCOMPARE(this->granted(limits, limit), granted);
}

void TestCommonLimits::nodesComeAndGo()
{
    CommonLimits limits;
    limits.join([this] { return m_nodes; }, nullptr);
    CommonLimit limit(QStringLiteral("tries"), 12, m_clock);
    for (int i = 0; i < 6; ++i)
        QVERIFY(!count(limits, {{&limit, network}}));
    m_nodes = 3; // half a bucket is left, now of four tokens
    QCOMPARE(granted(limits, limit), 2);
    m_now += 15s;
    QCOMPARE(granted(limits, limit), 1);
    m_nodes = 1;
    m_now += 15s;
    QCOMPARE(granted(limits, limit), 3);
}

void TestCommonLimits::commonBucketsDecide()
{
    CommonLimits limits;
    limits.join([] { return 4; }, &m_buckets);
    CommonLimit limit(QStringLiteral("tries"), 10, m_clock);
    for (int i = 0; i < 30; ++i)
        QVERIFY(!count(limits, {{&limit, network}}));
    QCOMPARE(m_buckets.questions, 30);
    QCOMPARE(m_buckets.asked.size(), size_t(1));
    QVERIFY(m_buckets.asked[0].name.contains(network) && m_buckets.asked[0].name.contains(u"tries"));
    QCOMPARE(m_buckets.asked[0].perToken, std::chrono::nanoseconds(6s));
    QCOMPARE(m_buckets.asked[0].capacity, std::chrono::nanoseconds(60s));
    m_buckets.says = 1'234ms;
    QCOMPARE(count(limits, {{&limit, QStringLiteral("192.0.2.2")}}), Wait(1'234ms));
}

void TestCommonLimits::ownBucketsDecideWithoutAnswer()
{
    CommonLimits limits;
    limits.join([] { return 2; }, &m_buckets);
    CommonLimit limit(QStringLiteral("tries"), 10, m_clock);
    m_buckets.says = std::nullopt;
    QCOMPARE(granted(limits, limit), 5);
    QCOMPARE(m_buckets.questions, 6);
    m_now += 60s;
    m_buckets.isAway = true;
    QCOMPARE(granted(limits, limit), 5);
    QCOMPARE(m_buckets.questions, 6);
}

void TestCommonLimits::whatIsGrantedIsTakenHereToo()
{
    CommonLimits limits;
    limits.join([] { return 2; }, &m_buckets);
    CommonLimit limit(QStringLiteral("tries"), 10, m_clock);
    for (int i = 0; i < 4; ++i)
        QVERIFY(!count(limits, {{&limit, network}}));
    m_buckets.says = 1s;
    QVERIFY(count(limits, {{&limit, network}}));
    m_buckets.isAway = true;
    QCOMPARE(granted(limits, limit), 1);
}

void TestCommonLimits::severalLimitsAreOneQuestion()
{
    CommonLimits limits;
    limits.join([] { return 1; }, &m_buckets);
    CommonLimit one(QStringLiteral("one"), 2, m_clock);
    CommonLimit other(QStringLiteral("other"), 4, m_clock);
    const std::vector<CommonLimits::Attempt> both{{&one, network}, {&other, network}};
    QVERIFY(!count(limits, both));
    QCOMPARE(m_buckets.questions, 1);
    QCOMPARE(m_buckets.asked.size(), size_t(2));
    QVERIFY(m_buckets.asked[0].name != m_buckets.asked[1].name);
    // The first that refuses is the last that counts.
    m_buckets.isAway = true;
    QVERIFY(!count(limits, both));
    QVERIFY(count(limits, both));
    QCOMPARE(granted(limits, other), 2);
}

void TestCommonLimits::unlimitedIsNotAsked()
{
    CommonLimits limits;
    limits.join([] { return 2; }, &m_buckets);
    CommonLimit limit(QStringLiteral("tries"), 0);
    m_buckets.says = 1s;
    for (int i = 0; i < 100; ++i)
        QVERIFY(!count(limits, {{&limit, network}}));
    QCOMPARE(m_buckets.questions, 0);
}

void TestCommonLimits::addCalls()
{
    QTest::addColumn<Call>("call");
    const ClientInfo client{network, network, {}};
    const auto codeOf = [](const auto &result) {
        return result ? std::nullopt : std::optional(result.error().code);
    };
    QTest::newRow("registration") << Call([=](CoreFixture &core) {
        return codeOf(answerOf<User>([&](auto *context, auto done) {
            core.accounts->registerUser(QStringLiteral("ben"), commonPassword, client, context, done);
        }));
    });
    QTest::newRow("log-in") << Call([=](CoreFixture &core) {
        return codeOf(answerOf<LogIn>([&](auto *context, auto done) {
            core.accounts->logIn(QStringLiteral("ann"), commonPassword, client, context, done);
        }));
    });
    QTest::newRow("log-in from a known browser") << Call([=](CoreFixture &core) {
        ClientInfo known = client;
        const auto ann = answerOf<User>(
            [&](auto *context, auto done) { core.accounts->findUser(QStringLiteral("ann"), context, done); });
        known.device =
            core.signer.devices().sign(ann ? ann->id : QString(), QDateTime::currentDateTimeUtc().addDays(1));
        return codeOf(answerOf<LogIn>([&](auto *context, auto done) {
            core.accounts->logIn(QStringLiteral("ann"), commonPassword, known, context, done);
        }));
    });
    QTest::newRow("guest") << Call([=](CoreFixture &core) {
        return codeOf(answerOf<Principal>(
            [&](auto *context, auto done) { core.accounts->admitGuest(client, context, done); }));
    });
    QTest::newRow("change of the password") << Call([=](CoreFixture &core) {
        const auto ann = answerOf<User>(
            [&](auto *context, auto done) { core.accounts->findUser(QStringLiteral("ann"), context, done); });
        return codeOf(answerOf<Nothing>([&](auto *context, auto done) {
            core.accounts->changePassword({ann ? *ann : User(), {}}, commonPassword,
                QStringLiteral("battery staple"), client, context, done);
        }));
    });
}

void TestCommonLimits::accountsAsk_data()
{
    addCalls();
}

void TestCommonLimits::accountsAsk()
{
    QFETCH(Call, call);
    AccountsOptions options;
    options.guests = true;
    CoreFixture core(options);
    QVERIFY(!core.newUser(QStringLiteral("ann")).user.id.isEmpty());
    core.shared.commonLimits.join([] { return 2; }, &m_buckets);
    QVERIFY(call(core) != std::optional(ErrorCode::RateLimited));
    QCOMPARE(m_buckets.questions, 1);
}

void TestCommonLimits::accountsObey_data()
{
    addCalls();
}

void TestCommonLimits::accountsObey()
{
    QFETCH(Call, call);
    AccountsOptions options;
    options.guests = true;
    CoreFixture core(options);
    QVERIFY(!core.newUser(QStringLiteral("ann")).user.id.isEmpty());
    core.shared.commonLimits.join([] { return 2; }, &m_buckets);
    m_buckets.says = 5s;
    QCOMPARE(call(core), std::optional(ErrorCode::RateLimited));
}

QTEST_GUILESS_MAIN(TestCommonLimits)
#include "tst_commonlimits.moc"
