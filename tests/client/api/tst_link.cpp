// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/link.h"
#include "client/sentences/sentences.h"
#include "tests/support/faketransport.h"

#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;
using namespace std::chrono_literals;

namespace {

const char *helloAnswer =
    R"({"type":"hello","ref":"%1","user":{"id":"u1","username":"ada"},"session":"s","heartbeat_ms":30000,"rooms":[]})";

/// Times short enough for a test and far enough apart to be told from each other.
LinkTimings quick()
{
    LinkTimings timings;
    timings.connecting = 500ms;
    timings.heartbeat = 100ms;
    timings.pong = 1'000ms;
    timings.probe = 50ms;
    timings.request = 150ms;
    timings.stable = 10s;
    return timings;
}

LinkTimings patient()
{
    LinkTimings timings;
    timings.connecting = timings.heartbeat = timings.pong = timings.request = 60s;
    return timings;
}

struct Wired
{
    explicit Wired(LinkTimings timings, double random = 0.0)
        : link(wire.factory(), timings, ReconnectPolicy([random] { return random; }))
    { }
    void start()
    {
        link.start(QUrl(QStringLiteral("ws://chat.example.org/ws/v1")), "token", [this](qsizetype bytes) {
            askedBytes.append(bytes);
            return resume;
        });
    }
    QString greet()
    {
        wire.current()->accept();
        const QString ref =
            wire.current()->takeSent(QStringLiteral("hello")).value(QLatin1String("ref")).toString();
        wire.current()->say(frame(QString::fromUtf8(helloAnswer).arg(ref)));
        return ref;
    }
    void connectUp()
    {
        start();
        greet();
    }

    FakeWire wire;
    QList<ResumePoint> resume;
    QList<qsizetype> askedBytes;
    Link link;
};

} // namespace

class TestLink : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysHelloWithTokenAndResumePoints()
    {
        Wired wired(patient());
        wired.resume = {{QStringLiteral("r1"), QStringLiteral("e1"), 41}};
        QSignalSpy established(&wired.link, &Link::established);
        wired.start();
        QCOMPARE(wired.link.state(), Link::State::Connecting);
        QCOMPARE(wired.wire.current()->token(), QByteArray("token"));
        wired.wire.current()->accept();
        QJsonObject hello = wired.wire.current()->takeSent();
        QVERIFY(!hello.value(QLatin1String("ref")).toString().isEmpty());
        hello.remove(QLatin1String("ref"));
        QCOMPARE(hello,
            frame(
                R"({"type":"hello","pages":true,"resume":[{"room":"r1","epoch":"e1","seq":41}],"self":{}})"));
        QCOMPARE(wired.link.state(), Link::State::Connecting);
        wired.wire.current()->say(frame(QString::fromUtf8(helloAnswer).arg(1)));
        QCOMPARE(wired.link.state(), Link::State::Connected);
        QCOMPARE(established.size(), 1);
    }

    void answersFindTheirRequests()
    {
        Wired wired(patient());
        wired.connectUp();
        QStringList outcomes;
        QObject context;
        for (const QString &name : {QStringLiteral("a"), QStringLiteral("b")}) {
            wired.link.request(sendRequest(QStringLiteral("r1"), name, name), &context,
                [&outcomes, name](const RequestOutcome &outcome) {
                    const auto *frame = std::get_if<ServerFrame>(&outcome);
                    const auto *error = std::get_if<Error>(&outcome);
                    outcomes.append(name
                        + (frame        ? QStringLiteral(" acked")
                                : error ? u' ' + error->detail
                                        : QString()));
                });
        }
        const QString first = wired.wire.current()->takeSent().value(QLatin1String("ref")).toString();
        const QString second = wired.wire.current()->takeSent().value(QLatin1String("ref")).toString();
        QVERIFY(first != second);
        wired.wire.current()->say(frame(
            QStringLiteral(R"({"type":"error","ref":"%1","error":"No.","code":"forbidden"})").arg(second)));
        wired.wire.current()->say(frame(QStringLiteral(
            R"({"type":"ack","ref":"%1","room":"r1","id":"m","seq":1,"client_id":"a","timestamp":"2026-11-21T08:00:00.000Z"})")
                                            .arg(first)));
        QCOMPARE(outcomes, (QStringList{QStringLiteral("b No."), QStringLiteral("a acked")}));
        // Said twice, an answer answers nothing.
        wired.wire.current()->say(frame(QStringLiteral(
            R"({"type":"ack","ref":"%1","room":"r1","id":"m","seq":1,"client_id":"a","timestamp":"2026-11-21T08:00:00.000Z"})")
                                            .arg(first)));
        QCOMPARE(outcomes.size(), 2);
    }

    void aLostLinkLosesItsRequests()
    {
        Wired wired(patient());
        wired.connectUp();
        int lost = 0;
        Link::State seen = Link::State::Connected;
        QObject context;
        wired.link.request(pingRequest(), &context, [&](const RequestOutcome &outcome) {
            lost += std::holds_alternative<RequestLost>(outcome) ? 1 : 0;
            seen = wired.link.state();
        });
        wired.wire.current()->drop();
        QCOMPARE(lost, 1);
        QCOMPARE(seen, Link::State::Waiting);
        // Nor is anything sent while there is no link.
        wired.link.request(pingRequest(), &context, [&](const RequestOutcome &outcome) {
            lost += std::holds_alternative<RequestLost>(outcome) ? 1 : 0;
        });
        QCOMPARE(lost, 2);
    }

    void nobodyIsCalledWhoIsGone()
    {
        Wired wired(patient());
        wired.connectUp();
        auto context = std::make_unique<QObject>();
        bool called = false;
        wired.link.request(
            pingRequest(), context.get(), [&called](const RequestOutcome &) { called = true; });
        context.reset();
        wired.wire.current()->drop();
        QVERIFY(!called);
    }

    void anUnansweredRequestIsLostAndTheLinkStays()
    {
        auto timings = patient();
        timings.request = 50ms;
        Wired wired(timings);
        wired.connectUp();
        QObject context;
        bool timed = false;
        bool unlimited = false;
        wired.link.request(
            pingRequest(), &context, [&](const RequestOutcome &) { unlimited = true; },
            Link::Patience::Unlimited);
        wired.link.request(pingRequest(), &context,
            [&](const RequestOutcome &outcome) { timed = std::holds_alternative<RequestLost>(outcome); });
        QTRY_VERIFY(timed);
        QVERIFY(!unlimited);
        QCOMPARE(wired.link.state(), Link::State::Connected);
    }

    void aLateRefusalIsNotNews()
    {
        auto timings = patient();
        timings.request = 30ms;
        Wired wired(timings);
        wired.connectUp();
        QSignalSpy received(&wired.link, &Link::received);
        QObject context;
        bool lost = false;
        wired.link.request(sendRequest(QStringLiteral("r1"), QStringLiteral("c"), QStringLiteral("t")),
            &context, [&lost](const RequestOutcome &) { lost = true; });
        const QString ref = wired.wire.current()->takeSent().value(QLatin1String("ref")).toString();
        QTRY_VERIFY(lost);
        wired.wire.current()->say(frame(
            QStringLiteral(R"({"type":"error","ref":"%1","room":"r1","error":"No.","code":"rate_limited"})")
                .arg(ref)));
        QCOMPARE(received.size(), 0);
        wired.wire.current()->say(frame(R"({"type":"error","room":"r1","error":"Over.","code":"internal"})"));
        QCOMPARE(received.size(), 1);
    }

    void comesBackAndAsksForResumePointsAnew()
    {
        Wired wired(patient());
        wired.connectUp();
        wired.resume = {{QStringLiteral("r1"), QStringLiteral("e1"), 5}};
        wired.wire.current()->drop();
        QCOMPARE(wired.link.state(), Link::State::Waiting);
        QVERIFY(wired.link.nextAttempt().isValid());
        QVERIFY(bool(wired.link.problem()));
        QTRY_COMPARE(wired.wire.attempts(), 2);
        wired.wire.current()->accept();
        const QJsonObject hello = wired.wire.current()->takeSent();
        QCOMPARE(hello.value(QLatin1String("resume")).toArray().size(), 1);
        wired.wire.current()->say(
            frame(QString::fromUtf8(helloAnswer).arg(hello.value(QLatin1String("ref")).toString())));
        QCOMPARE(wired.link.state(), Link::State::Connected);
        QVERIFY(!wired.link.problem());
    }

    void closeCodes_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("comesBack");
        QTest::addColumn<bool>("mayBeTriedByHand");
        for (const int code : {1001, 1006, 1011, 1012, 1013, 3000, 4008, 4009})
            QTest::addRow("%d", code) << code << true << true;
        for (const int code : {1000, 1002, 1003, 1007, 1008, 4000, 4002, 4007})
            QTest::addRow("%d", code) << code << false << true;
        QTest::addRow("4001") << 4001 << false << false;
    }
    void closeCodes()
    {
        QFETCH(int, code);
        QFETCH(bool, comesBack);
        QFETCH(bool, mayBeTriedByHand);
        Wired wired(patient(), 0.9);
        wired.connectUp();
        wired.wire.current()->drop(quint16(code), QStringLiteral("Why."));
        QCOMPARE(wired.link.state(), comesBack ? Link::State::Waiting : Link::State::Ended);
        QCOMPARE(inWords(wired.link.problem()), QStringLiteral("Why."));
        wired.link.reconnectNow();
        QCOMPARE(wired.wire.attempts(), mayBeTriedByHand ? 2 : 1);
    }

    void aHelloThatIsTooBigShrinks()
    {
        Wired wired(patient());
        for (int i = 0; i < 100; ++i)
            wired.resume.append({QStringLiteral("room-%1").arg(i), QStringLiteral("e"), 1});
        wired.start();
        wired.wire.current()->accept();
        QCOMPARE(wired.askedBytes, QList<qsizetype>{Link::resumeBytes});
        const qsizetype said = toJson(wired.wire.current()->takeSent()).size();
        wired.wire.current()->drop(1009);
        QCOMPARE(wired.link.state(), Link::State::Waiting);
        wired.link.reconnectNow();
        wired.greet();
        QCOMPARE(wired.askedBytes.constLast(), said / 4);
        // And stays small.
        wired.wire.current()->drop();
        wired.link.reconnectNow();
        wired.greet();
        QCOMPARE(wired.askedBytes.constLast(), said / 4);
    }

    void aSmallHelloIsNotToBlameForAFrameThatIsTooBig()
    {
        Wired wired(patient());
        wired.start();
        wired.wire.current()->accept();
        wired.wire.current()->drop(1009);
        QCOMPARE(wired.link.state(), Link::State::Ended);
        QVERIFY(inWords(wired.link.problem()).contains(QLatin1String("sends more")));
        wired.link.reconnectNow();
        QCOMPARE(wired.wire.attempts(), 2);
    }

    void aRequestThatIsTooBigFailsAndTheLinkComesBack()
    {
        Wired wired(patient());
        wired.connectUp();
        QList<RequestOutcome> outcomes;
        const auto keep = [&outcomes](const RequestOutcome &outcome) { outcomes.append(outcome); };
        wired.link.request(
            sendRequest(QStringLiteral("r"), QStringLiteral("c"), QString(5'000, u'x')), &wired.link, keep);
        wired.link.request(pingRequest(), &wired.link, keep);
        wired.wire.current()->drop(1009);
        QCOMPARE(wired.link.state(), Link::State::Waiting);
        QCOMPARE(outcomes.size(), 2);
        QVERIFY(std::holds_alternative<RequestLost>(outcomes.constFirst()));
        const auto *error = std::get_if<Error>(&outcomes.constLast());
        QVERIFY(error && error->code == ErrorCode::MessageTooLong);
    }

    /// THREATS 44.
    void aServerThatAnswersNothing()
    {
        Wired wired(patient());
        wired.connectUp();
        constexpr int count = 10'000;
        int lost = 0;
        for (int i = 0; i < count; ++i)
            wired.link.request(
                pingRequest(), &wired.link, [&lost](const RequestOutcome &) { ++lost; },
                Link::Patience::Unlimited);
        QVERIFY2(lost >= count / 2 && lost < count, qPrintable(QString::number(lost)));
        wired.wire.current()->drop();
        QCOMPARE(lost, count);
    }

    void aServerThatSendsTooMuchEndsTheLink()
    {
        Wired wired(patient());
        wired.connectUp();
        wired.wire.current()->drop(1009);
        QCOMPARE(wired.link.state(), Link::State::Ended);
        QVERIFY(inWords(wired.link.problem()).contains(QLatin1String("sends more")));
    }

    void aLeavingServerIsGivenTheTimeItAsksFor()
    {
        Wired wired(patient());
        wired.connectUp();
        wired.wire.current()->say(frame(R"({"type":"going_away","retry_after_ms":4200})"));
        const auto before = QDateTime::currentDateTimeUtc();
        wired.wire.current()->drop(1012, QStringLiteral("closed"));
        const qint64 wait = before.msecsTo(wired.link.nextAttempt());
        QVERIFY2(wait >= 4'200 && wait < 5'200, qPrintable(QString::number(wait)));
        // By hand it goes faster, and the next loss is an ordinary one again.
        wired.link.reconnectNow();
        wired.greet();
        wired.wire.current()->drop();
        QVERIFY(QDateTime::currentDateTimeUtc().msecsTo(wired.link.nextAttempt()) <= 1'000);
    }

    void aNetworkThatIsBackIsTriedSoonButNotAtOnce()
    {
        auto timings = patient();
        Wired wired(timings, 0.999999);
        wired.start();
        // Out of the first short wait.
        wired.wire.current()->drop();
        QTRY_COMPARE(wired.wire.attempts(), 2);
        wired.wire.current()->drop();
        const auto wait = [&wired] {
            return QDateTime::currentDateTimeUtc().msecsTo(wired.link.nextAttempt());
        };
        QVERIFY(wait() > 1'500);
        wired.link.networkChanged();
        QCOMPARE(wired.link.state(), Link::State::Waiting);
        QCOMPARE(wired.wire.attempts(), 2);
        QVERIFY2(wait() > 500 && wait() <= 1'000, qPrintable(QString::number(wait())));
        QTRY_COMPARE(wired.wire.attempts(), 3);
    }

    void aNetworkThatIsBackDoesNotOverruleTheServer()
    {
        Wired wired(patient());
        wired.connectUp();
        wired.wire.current()->say(frame(R"({"type":"going_away","retry_after_ms":60000})"));
        wired.wire.current()->drop(1012);
        const auto next = wired.link.nextAttempt();
        wired.link.networkChanged();
        // The two clocks round differently.
        QVERIFY(qAbs(next.msecsTo(wired.link.nextAttempt())) <= 50);
        QCOMPARE(wired.link.state(), Link::State::Waiting);
    }

    void aRefusedHelloSaysWhenToComeBackAtTheEarliest()
    {
        Wired wired(patient(), 0.5);
        wired.start();
        wired.wire.current()->accept();
        const QString ref = wired.wire.current()->takeSent().value(QLatin1String("ref")).toString();
        const auto before = QDateTime::currentDateTimeUtc();
        wired.wire.current()->say(frame(QStringLiteral(
            R"({"type":"error","ref":"%1","error":"No.","code":"overloaded","retry_after_ms":3000})")
                                            .arg(ref)));
        // And somewhat later, so that not all who were refused come back at once.
        const qint64 wait = before.msecsTo(wired.link.nextAttempt());
        QVERIFY2(wait >= 3'400 && wait < 4'500, qPrintable(QString::number(wait)));
    }

    void noServerMaySendItsClientsAwayForEver()
    {
        Wired wired(patient());
        wired.connectUp();
        wired.wire.current()->say(frame(R"({"type":"going_away","retry_after_ms":9007199254740991})"));
        wired.wire.current()->drop(1012);
        QVERIFY(QDateTime::currentDateTimeUtc().secsTo(wired.link.nextAttempt()) <= 300);
    }

    void aSilentLinkIsAskedAndThenGivenUp()
    {
        Wired wired(quick());
        wired.connectUp();
        QTRY_VERIFY(wired.wire.current()->hasSent(QStringLiteral("ping")));
        QCOMPARE(wired.link.state(), Link::State::Connected);
        wired.wire.current()->takeSent(QStringLiteral("ping"));
        wired.wire.current()->say(frame(R"({"type":"pong","ref":"ping"})"));
        QTRY_VERIFY(wired.wire.current()->hasSent(QStringLiteral("ping")));
        // No answer this time.
        QTRY_COMPARE(wired.link.state(), Link::State::Waiting);
        QVERIFY(bool(wired.link.problem()));
    }

    void theDefaultsFindADeadLinkWithinThirtySeconds()
    {
        const LinkTimings timings;
        QVERIFY(timings.heartbeat + timings.pong <= 30s);
    }

    void anAttemptThatHangsIsGivenUp()
    {
        Wired wired(quick());
        wired.start();
        QTRY_COMPARE(wired.link.state(), Link::State::Waiting);
        QTRY_COMPARE(wired.wire.attempts(), 2);
        // Connected, but no hello.
        wired.wire.current()->accept();
        QTRY_COMPARE(wired.link.state(), Link::State::Waiting);
    }

    void aRefusedHello_data()
    {
        QTest::addColumn<QString>("code");
        QTest::addColumn<bool>("comesBack");
        QTest::newRow("unauthorized") << QStringLiteral("unauthorized") << false;
        QTest::newRow("overloaded") << QStringLiteral("overloaded") << true;
        QTest::newRow("invalid") << QStringLiteral("invalid_request") << true;
    }
    void aRefusedHello()
    {
        QFETCH(QString, code);
        QFETCH(bool, comesBack);
        Wired wired(patient());
        wired.start();
        wired.wire.current()->accept();
        const QString ref = wired.wire.current()->takeSent().value(QLatin1String("ref")).toString();
        wired.wire.current()->say(
            frame(QStringLiteral(R"({"type":"error","ref":"%1","error":"No.","code":"%2"})").arg(ref, code)));
        QCOMPARE(wired.link.state(), comesBack ? Link::State::Waiting : Link::State::Ended);
    }

    void unreadableFramesStopNothing()
    {
        Wired wired(patient());
        wired.connectUp();
        QSignalSpy received(&wired.link, &Link::received);
        for (const char *text : {"", "{", "[]", R"({"type":"event"})", R"({"type":[]})"})
            wired.wire.current()->sayText(QString::fromUtf8(text));
        QCOMPARE(received.size(), 0);
        wired.wire.current()->say(frame(R"({"type":"room_removed","room":"r1"})"));
        QCOMPARE(received.size(), 1);
        QCOMPARE(wired.link.state(), Link::State::Connected);
    }

    void aFloodIsWorkedOffInSlicesAndInOrder()
    {
        Wired wired(patient());
        wired.connectUp();
        QList<qint64> seqs;
        connect(&wired.link, &Link::received, this, [&seqs](const ServerFrame &frame) {
            seqs.append(std::get<EventFrame>(frame).event.seq);
            QTest::qSleep(1);
        });
        for (int seq = 1; seq <= 40; ++seq)
            wired.wire.current()->say(
                frame(QStringLiteral(R"({"type":"event","event":{"room":"r1","seq":%1}})").arg(seq)));
        QVERIFY2(seqs.size() < 40, "the event loop was not let go");
        QTRY_COMPARE(seqs.size(), 40);
        QVERIFY(std::is_sorted(seqs.begin(), seqs.end()));
    }

    void whatCameBeforeTheCloseStillCounts()
    {
        Wired wired(patient());
        wired.connectUp();
        int received = 0;
        connect(&wired.link, &Link::received, this, [&received](const ServerFrame &) {
            ++received;
            QTest::qSleep(1);
        });
        for (int seq = 1; seq <= 40; ++seq)
            wired.wire.current()->say(
                frame(QStringLiteral(R"({"type":"event","event":{"room":"r1","seq":%1}})").arg(seq)));
        wired.wire.current()->drop();
        QCOMPARE(received, 40);
    }

    void theFirstWaitGrowsUntilAConnectionLasts()
    {
        auto timings = patient();
        timings.stable = 0ms;
        Wired wired(timings, 0.999999);
        wired.start();
        const auto wait = [&wired] {
            return QDateTime::currentDateTimeUtc().msecsTo(wired.link.nextAttempt());
        };
        wired.wire.current()->drop();
        QVERIFY(wait() <= 1'000);
        QTRY_COMPARE(wired.wire.attempts(), 2);
        wired.wire.current()->drop();
        QVERIFY(wait() > 1'000);
        QTRY_COMPARE(wired.wire.attempts(), 3);
        wired.greet();
        wired.wire.current()->drop();
        QVERIFY(wait() <= 1'000);
    }

    void stopIsQuietAndFinal()
    {
        Wired wired(patient());
        wired.connectUp();
        const QPointer<FakeTransport> transport = wired.wire.current();
        wired.link.stop();
        QCOMPARE(wired.link.state(), Link::State::Idle);
        QVERIFY(!transport || transport->isClosed());
        wired.link.reconnectNow();
        QCOMPARE(wired.wire.attempts(), 1);
    }
};

QTEST_GUILESS_MAIN(TestLink)
#include "tst_link.moc"
