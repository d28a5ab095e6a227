// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/passwordhasher.h"
#include "tests/support/eventthread.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

using namespace rookery;
using auth::PasswordHasher;
using test::EventThread;

namespace {

constexpr int generous = 10'000; // ms to wait for an answer on a busy machine

/// A hash whose check fails at once, so that answers come as fast as they can.
const QString damagedHash = QStringLiteral("$argon2id$v=19$m=19456,t=2,p=1$damaged");

/// Records its destruction and the thread of it.
struct Witness
{
    std::atomic<int> &alive;
    std::atomic<int> &strayed;
    QThread *home;

    Witness(std::atomic<int> &alive_, std::atomic<int> &strayed_, QThread *home_)
        : alive(alive_)
        , strayed(strayed_)
        , home(home_)
    {
        ++alive;
    }
    ~Witness()
    {
        --alive;
        if (QThread::currentThread() != home)
            ++strayed;
    }
    Q_DISABLE_COPY_MOVE(Witness)
};

} // namespace

class tst_PasswordHasher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void roundTrip_data();
    void roundTrip();
    void saltsDiffer();
    void nobodyHasThePassword();
    void damagedHashIsAFault_data();
    void damagedHashIsAFault();
    void unknownUserCostsAsMuch();
    void answersFromTheEventLoop();
    void answersOnTheContextsThread();
    void boundedQueue();
    void noAnswerForADestroyedContext();
    void contextsThatGoMeanwhile();
    void dropsWhatIsQueued();

private:
    QString hashOf(PasswordHasher &hasher, const QString &password);
    std::optional<Result<bool>> check(PasswordHasher &hasher, const QString &password, const QString &hash);
};

QString tst_PasswordHasher::hashOf(PasswordHasher &hasher, const QString &password)
{
    QString hash;
    QObject context;
    hasher.hash(password, &context, [&hash](const Result<QString> &result) {
        if (result)
            hash = *result;
    });
    [&hash] { QTRY_VERIFY_WITH_TIMEOUT(!hash.isEmpty(), generous); }();
    return hash;
}

std::optional<Result<bool>> tst_PasswordHasher::check(
    PasswordHasher &hasher, const QString &password, const QString &hash)
{
    std::optional<Result<bool>> answer;
    QObject context;
    hasher.verify(
        password, hash, &context, [&answer](Result<bool> result) { answer.emplace(std::move(result)); });
    [&answer] { QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), generous); }();
    return answer;
}

void tst_PasswordHasher::roundTrip_data()
{
    QTest::addColumn<QString>("password");
    QTest::addColumn<QString>("other");

    QTest::newRow("plain") << QStringLiteral("correct horse") << QStringLiteral("correct horsf");
    QTest::newRow("case counts") << QStringLiteral("Battery9") << QStringLiteral("battery9");
    QTest::newRow("white space counts") << QStringLiteral("staple ") << QStringLiteral("staple");
    QTest::newRow("any script") << QStringLiteral("пароль密碼🗝") << QStringLiteral("пароль密碼🔑");
    QTest::newRow("empty") << QString() << QStringLiteral("x");
    QTest::newRow("U+0000 does not end it")
        << QStringLiteral("before") + QChar(u'\0') + QStringLiteral("after") << QStringLiteral("before");
    QTest::newRow("the longest, and one that differs at its end")
        << QString(1024, u'a') << QString(1023, u'a') + QLatin1Char('b');
}

void tst_PasswordHasher::roundTrip()
{
    QFETCH(QString, password);
    QFETCH(QString, other);
    PasswordHasher hasher(8);

    const QString hash = hashOf(hasher, password);
    QVERIFY2(hash.startsWith(QLatin1String("$argon2id$v=19$m=19456,t=2,p=1$")), qPrintable(hash));
    const auto right = check(hasher, password, hash);
    QVERIFY(right && right->ok() && right->value());
    const auto wrong = check(hasher, other, hash);
    QVERIFY(wrong && wrong->ok() && !wrong->value());
}

void tst_PasswordHasher::saltsDiffer()
{
    PasswordHasher hasher(8);
    QVERIFY(hashOf(hasher, QStringLiteral("the same")) != hashOf(hasher, QStringLiteral("the same")));
}

void tst_PasswordHasher::nobodyHasThePassword()
{
    PasswordHasher hasher(8);
    const QStringList passwords{QString(), QStringLiteral("password"), QStringLiteral("$argon2id$")};
    for (const QString &password : passwords) {
        const auto answer = check(hasher, password, QString());
        QVERIFY(answer && answer->ok() && !answer->value());
    }
}

void tst_PasswordHasher::damagedHashIsAFault_data()
{
    QTest::addColumn<QString>("hash");
    QTest::newRow("cut off") << damagedHash;
    QTest::newRow("another scheme") << QStringLiteral("$2b$12$abcdefghijklmnopqrstuv");
    QTest::newRow("plain text") << QStringLiteral("correct horse");
    QTest::newRow("too long") << QStringLiteral("$argon2id$") + QString(500, u'a');
    QTest::newRow("not Latin") << QStringLiteral("$argon2id$пароль");
}

void tst_PasswordHasher::damagedHashIsAFault()
{
    QFETCH(QString, hash);
    PasswordHasher hasher(8);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("its hash is damaged")));
    const auto answer = check(hasher, hash, hash);
    QVERIFY(answer && !answer->ok());
    QCOMPARE(answer->error().code, ErrorCode::Internal);
    QVERIFY(!answer->error().detail.contains(hash));
}

void tst_PasswordHasher::unknownUserCostsAsMuch()
{
    PasswordHasher hasher(8);
    const QString password = QStringLiteral("correct horse");
    const QString hash = hashOf(hasher, password);
    std::vector<qint64> known;
    std::vector<qint64> unknown;
    QElapsedTimer timer;
    for (int i = 0; i < 11; ++i) {
        timer.start();
        check(hasher, QStringLiteral("wrong"), hash);
        known.push_back(timer.nsecsElapsed());
        timer.start();
        check(hasher, QStringLiteral("wrong"), QString());
        unknown.push_back(timer.nsecsElapsed());
    }
    const auto median = [](std::vector<qint64> &times) {
        std::sort(times.begin(), times.end());
        return double(times[times.size() / 2]);
    };
    // A path that does no work at all would be a thousand times faster; the bounds leave room for a busy
    // machine.
    const double ratio = median(unknown) / median(known);
    QVERIFY2(ratio > 0.5 && ratio < 2, qPrintable(QString::number(ratio)));
}

void tst_PasswordHasher::answersFromTheEventLoop()
{
    PasswordHasher hasher(8);
    QObject context;
    bool answered = false;
    hasher.verify(
        QStringLiteral("x"), QString(), &context, [&answered](const Result<bool> &) { answered = true; });
    QVERIFY(!answered);
    QTRY_VERIFY_WITH_TIMEOUT(answered, generous);
}

void tst_PasswordHasher::answersOnTheContextsThread()
{
    PasswordHasher hasher(8);
    EventThread thread;
    thread.start();
    auto *context = new QObject;
    context->moveToThread(&thread);
    std::atomic<QThread *> answeredOn = nullptr;
    hasher.hash(QStringLiteral("x"), context,
        [&answeredOn](const Result<QString> &) { answeredOn = QThread::currentThread(); });
    QTRY_VERIFY_WITH_TIMEOUT(answeredOn.load() != nullptr, generous);
    QCOMPARE(answeredOn.load(), static_cast<QThread *>(&thread));
    context->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void tst_PasswordHasher::boundedQueue()
{
    constexpr int bound = 3;
    const int most = bound + QThread::idealThreadCount();
    PasswordHasher hasher(bound);
    QObject context;
    int done = 0;
    int refused = 0;
    std::chrono::milliseconds shortest = std::chrono::hours(1);
    const int asked = 2 * most + 10;
    for (int i = 0; i < asked; ++i) {
        hasher.hash(QStringLiteral("x"), &context, [&](const Result<QString> &result) {
            if (result) {
                ++done;
                return;
            }
            ++refused;
            QCOMPARE(result.error().code, ErrorCode::Overloaded);
            shortest = std::min(shortest, result.error().retryAfter);
        });
    }
    QTRY_COMPARE_WITH_TIMEOUT(done + refused, asked, generous);
    QVERIFY2(refused > 0, "the queue has no bound");
    QVERIFY(done >= bound);
    QVERIFY(shortest >= std::chrono::seconds(1));
    // Room again: the bound is on what waits, not on what was ever asked.
    QVERIFY(!hashOf(hasher, QStringLiteral("y")).isEmpty());
}

void tst_PasswordHasher::noAnswerForADestroyedContext()
{
    PasswordHasher hasher(8);
    std::atomic<int> alive = 0;
    std::atomic<int> strayed = 0;
    bool answered = false;
    {
        QObject context;
        auto witness = std::make_shared<Witness>(alive, strayed, QThread::currentThread());
        hasher.hash(QStringLiteral("x"), &context,
            [&answered, witness](const Result<QString> &) { answered = true; });
    }
    // What the callback holds goes on the thread that it came from.
    QTRY_COMPARE(alive.load(), 0);
    QCOMPARE(strayed.load(), 0);
    QVERIFY(!hashOf(hasher, QStringLiteral("later")).isEmpty());
    QVERIFY(!answered);
}

void tst_PasswordHasher::contextsThatGoMeanwhile()
{
    qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
    std::atomic<int> alive = 0;
    std::atomic<int> strayed = 0;
    int answered = 0;
    {
        PasswordHasher hasher(10'000);
        for (int i = 0; i < 2'000; ++i) {
            auto context = std::make_unique<QObject>();
            auto witness = std::make_shared<Witness>(alive, strayed, QThread::currentThread());
            hasher.verify(QStringLiteral("x"), damagedHash, context.get(),
                [&answered, witness](const Result<bool> &) { ++answered; });
            witness.reset();
            if (i % 3 == 0)
                QCoreApplication::processEvents();
            if (i % 2 == 0)
                QThread::yieldCurrentThread();
        }
    }
    QCoreApplication::processEvents();
    qInstallMessageHandler(nullptr);
    QCOMPARE(alive.load(), 0);
    QCOMPARE(strayed.load(), 0);
}

void tst_PasswordHasher::dropsWhatIsQueued()
{
    std::atomic<int> alive = 0;
    std::atomic<int> strayed = 0;
    int answered = 0;
    constexpr int asked = 40;
    QObject context;
    {
        PasswordHasher hasher(asked);
        for (int i = 0; i < asked; ++i) {
            hasher.hash(QStringLiteral("x"), &context,
                [&answered, witness = std::make_shared<Witness>(alive, strayed, QThread::currentThread())](
                    const Result<QString> &) { ++answered; });
        }
    }
    QTRY_COMPARE(alive.load(), 0);
    QCOMPARE(strayed.load(), 0);
    QVERIFY2(answered <= 2 * QThread::idealThreadCount(), qPrintable(QString::number(answered)));
}

QTEST_GUILESS_MAIN(tst_PasswordHasher)
#include "tst_passwordhasher.moc"
