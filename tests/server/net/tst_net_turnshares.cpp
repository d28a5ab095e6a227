// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/turnshares.h"
#include "tests/server/net/dispatchermain.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

using namespace rookery::net;
using namespace std::chrono_literals;

namespace {

void workFor(std::chrono::microseconds time)
{
    const QDeadlineTimer end(time, Qt::PreciseTimer);
    while (!end.hasExpired()) { }
}

const quint16 here = TurnShares::placeOf(QHostAddress(QStringLiteral("192.0.2.1")));

/// Another network's place than `here`.
quint16 elsewhere()
{
    for (quint32 address = 0xC6336400;; ++address) { // 198.51.100.0
        if (const quint16 place = TurnShares::placeOf(QHostAddress(address)); place != here)
            return place;
    }
}

/// Does its work once it may proceed.
class Worker final : public TurnShares::Waiter
{
public:
    Worker(TurnShares &shares, quint16 place, std::chrono::microseconds work, std::vector<Worker *> &done)
        : m_shares(shares)
        , m_place(place)
        , m_work(work)
        , m_done(done)
    { }
    ~Worker() override { m_shares.cancel(this); }

    /// False: it waits.
    bool begin()
    {
        if (!m_shares.mayGoOn(this, m_place, TurnShares::Clock::now()))
            return false;
        shareCame();
        return true;
    }

private:
    void shareCame() override
    {
        QVERIFY(m_shares.mayGoOn(this, m_place, TurnShares::Clock::now()));
        const TurnShares::Use use(m_shares, m_place, TurnShares::Clock::now());
        workFor(m_work);
        m_done.push_back(this);
    }

    TurnShares &m_shares;
    const quint16 m_place;
    const std::chrono::microseconds m_work;
    std::vector<Worker *> &m_done;
};

} // namespace

/// THREATS 31 and 36: the work of one network delays others by at most its share of a turn.
class TurnSharesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void othersComeBetween();
    void whatWaitsKeepsItsOrder();
    void whoIsAloneNeedNotRest();
    void whoHasCompanyRests();
    void whoIsSentSomethingIsCompany();
    void whatFollowsCounts();
    void whoLeavesIsNotCalled();
    void networksAreTold();
    void whatAUseCosts();

private:
    std::unique_ptr<Worker> worker(TurnShares &shares, quint16 place, std::chrono::microseconds work = 200us)
    {
        return std::make_unique<Worker>(shares, place, work, m_done);
    }
    std::vector<std::unique_ptr<Worker>> crowd(TurnShares &shares, int count)
    {
        m_done.clear();
        std::vector<std::unique_ptr<Worker>> all;
        for (int i = 0; i < count; ++i) {
            all.push_back(worker(shares, here));
            all.back()->begin();
        }
        return all;
    }

    const quint16 m_elsewhere = elsewhere();
    std::vector<Worker *> m_done;
};

void TurnSharesTest::othersComeBetween()
{
    TurnShares shares;
    const auto all = crowd(shares, 200);
    constexpr size_t perTurn = TurnShares::share / 200us;
    QVERIFY(!m_done.empty());
    QVERIFY2(m_done.size() <= perTurn, qPrintable(QString::number(m_done.size())));
    // Somebody else goes on at once, in each of the turns that the rest takes.
    for (int turn = 0; m_done.size() < all.size() || turn < 10; ++turn) {
        const size_t before = m_done.size();
        const auto other = worker(shares, m_elsewhere);
        QVERIFY2(shares.mayGoOn(other.get(), m_elsewhere, TurnShares::Clock::now()),
            qPrintable(QStringLiteral("in turn %1").arg(turn)));
        QCoreApplication::processEvents();
        QVERIFY2(m_done.size() <= before + perTurn, qPrintable(QString::number(m_done.size() - before)));
    }
}

void TurnSharesTest::whatWaitsKeepsItsOrder()
{
    TurnShares shares;
    auto all = crowd(shares, 50);
    // Who comes later comes behind them, however little it wants.
    all.push_back(worker(shares, here, 0us));
    QVERIFY(!all.back()->begin());
    QTRY_COMPARE(m_done.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i)
        QCOMPARE(m_done[i], all[i].get());
}

void TurnSharesTest::whoIsAloneNeedNotRest()
{
    TurnShares shares;
    const auto all = crowd(shares, 500); // a hundred milliseconds of work
    for (size_t turns = 0; m_done.size() < all.size(); ++turns) {
        const size_t before = m_done.size();
        QCoreApplication::processEvents();
        QVERIFY(m_done.size() > before);
    }
}

void TurnSharesTest::whoHasCompanyRests()
{
    TurnShares shares;
    const auto other = worker(shares, m_elsewhere, 0us);
    const auto resting = worker(shares, here);
    QElapsedTimer company;
    // Again where this machine was busy elsewhere for so long that the company is away by now.
    do {
        {
            const TurnShares::Use use(shares, here, TurnShares::Clock::now());
            workFor(2 * TurnShares::awayAfter / TurnShares::parts); // to be made up for by twice that rest
        }
        QCoreApplication::processEvents(); // its share of the turn is another matter
        m_done.clear();
        company.start();
        QVERIFY(other->begin());
        const bool began = resting->begin();
        QCoreApplication::processEvents();
        if (company.elapsed() < TurnShares::awayAfter.count())
            QVERIFY(!began && m_done.size() == 1);
    } while (company.elapsed() >= TurnShares::awayAfter.count());
    QTRY_COMPARE(m_done.size(), size_t(2));
    QCOMPARE(m_done.back(), resting.get());
}

/// Most sockets of a chat do nothing but receive: those of a thread without a sender must not be held up.
void TurnSharesTest::whoIsSentSomethingIsCompany()
{
    TurnShares shares;
    const auto resting = worker(shares, here, 0us);
    QElapsedTimer company;
    do {
        shares.charge(here, 2 * TurnShares::awayAfter / TurnShares::parts);
        QCoreApplication::processEvents();
        m_done.clear();
        company.start();
        shares.noteDelivery(m_elsewhere);
        const bool began = resting->begin();
        QCoreApplication::processEvents();
        if (company.elapsed() < TurnShares::awayAfter.count())
            QVERIFY(!began && m_done.empty());
    } while (company.elapsed() >= TurnShares::awayAfter.count());
    QTRY_COMPARE(m_done.size(), size_t(1));
}

/// Two hundred requests that take no time of ours still take the system's.
void TurnSharesTest::whatFollowsCounts()
{
    TurnShares shares;
    int begun = 0;
    const auto some = worker(shares, here);
    while (begun < 200 && shares.mayGoOn(some.get(), here, TurnShares::Clock::now())) {
        const TurnShares::Use use(shares, here, TurnShares::Clock::now(), 100us);
        ++begun;
    }
    QVERIFY2(begun > 0 && begun <= TurnShares::share / 100us, qPrintable(QString::number(begun)));
}

void TurnSharesTest::whoLeavesIsNotCalled()
{
    TurnShares shares;
    auto all = crowd(shares, 30);
    Worker *const left = all[20].get();
    all.erase(all.begin() + 20);
    QTRY_COMPARE(m_done.size(), all.size());
    QVERIFY(std::ranges::find(m_done, left) == m_done.end());
}

void TurnSharesTest::networksAreTold()
{
    const auto placeOf = [](const char *text) {
        return TurnShares::placeOf(QHostAddress(QString::fromLatin1(text)));
    };
    QCOMPARE(placeOf("2001:db8::1"), placeOf("2001:db8::ffff:1"));
    QCOMPARE(placeOf("::ffff:192.0.2.1"), here);
    std::set<quint16> places;
    for (quint32 i = 0; i < 100; ++i) {
        places.insert(TurnShares::placeOf(QHostAddress(0xC0000200 + i)));
        places.insert(placeOf(qPrintable(QStringLiteral("2001:db8:0:%1::1").arg(i))));
    }
    QVERIFY2(places.size() > 16, qPrintable(QString::number(places.size())));
}

/// The figure in tests/bench/README.md: once for each time that a socket is read.
void TurnSharesTest::whatAUseCosts()
{
    TurnShares shares;
    const auto waiter = worker(shares, here);
    QBENCHMARK
    {
        const auto now = TurnShares::Clock::now();
        if (shares.mayGoOn(waiter.get(), here, now))
            const TurnShares::Use use(shares, here, now);
    }
}

ROOKERY_DISPATCHER_TEST_MAIN(TurnSharesTest)
#include "tst_net_turnshares.moc"
