#include "tests/faults/everydialect.h"
#include "tests/faults/faultydaemon.h"

#include <QSet>
#include <QTest>

using namespace rookery::test;

/// A daemon whose wall clock is put forward or back by an hour, while it runs and between two runs.
class ClockTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isPutForwardAndBack_data();
    void isPutForwardAndBack();
};

void ClockTest::isPutForwardAndBack_data()
{
    QTest::addColumn<QList<int>>("hours");
    QTest::addColumn<bool>("restarted");
    for (const bool restarted : {false, true}) {
        const char *when = restarted ? "between runs" : "while it runs";
        QTest::addRow("forward, %s", when) << QList<int>{0, 1} << restarted;
        QTest::addRow("back, %s", when) << QList<int>{0, -1} << restarted;
        QTest::addRow("forward, then back twice, %s", when) << QList<int>{0, 1, 0, -1} << restarted;
    }
}

void ClockTest::isPutForwardAndBack()
{
    QFETCH(QList<int>, hours);
    QFETCH(bool, restarted);
    FaultyDaemon faulty;
    std::vector<std::unique_ptr<EveryDialect>> people;
    QStringList lobby;
    QSet<QString> ids;
    for (qsizetype step = 0; step < hours.size(); ++step) {
        faulty.disk.set(QStringLiteral("clock=%1").arg(hours.at(step) * 3600).toStdString());
        if (step == 0 || restarted) {
            for (const auto &person : people)
                person->disconnect();
            if (step > 0)
                QCOMPARE(faulty.daemon.terminate(), 0);
            QVERIFY2(faulty.start(), faulty.daemon.log());
            // The tokens of those who logged in by another clock are good.
            for (const auto &person : people)
                QVERIFY(person->reconnect(faulty.daemon));
        }
        people.push_back(std::make_unique<EveryDialect>());
        EveryDialect &newcomer = *people.back();
        QVERIFY(newcomer.begin(faulty.daemon, QStringLiteral("user%1").arg(step)));
        for (const auto &person : people) {
            QVERIFY(person->socketsAreOpen());
            for (const auto way : EveryDialect::ways) {
                const QString clientId = newClientId();
                QVERIFY2(person->send(way, QStringLiteral("step %1").arg(step), clientId).acknowledged,
                    EveryDialect::name(way));
                if (way != EveryDialect::Http000 && way != EveryDialect::Socket001)
                    lobby.append(clientId);
            }
        }
        // Everything is there in the order in which it was sent, whatever the clock said.
        const HttpAnswer page =
            request("GET", faulty.http(QStringLiteral("/api/v1/rooms/lobby/events?after=0&limit=200")), {},
                people.front()->user.token);
        const QJsonArray events = page.json[QLatin1String("events")].toArray();
        QCOMPARE(events.size(), lobby.size());
        ids.clear();
        for (qsizetype i = 0; i < events.size(); ++i) {
            QCOMPARE(events.at(i)[QLatin1String("seq")].toInteger(), i + 1);
            QCOMPARE(events.at(i)[QLatin1String("client_id")].toString(), lobby.at(i));
            ids.insert(events.at(i)[QLatin1String("id")].toString());
        }
        QCOMPARE(ids.size(), lobby.size());
        const QDateTime told =
            QDateTime::fromString(events.last()[QLatin1String("timestamp")].toString(), Qt::ISODateWithMs);
        const qint64 ahead = QDateTime::currentDateTimeUtc().secsTo(told);
        QVERIFY2(std::abs(ahead - hours.at(step) * 3600) < 60, qPrintable(QString::number(ahead)));

        // A client that has been away comes back to where it was.
        TestSocket native;
        QVERIFY(native.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/v1")), newcomer.user.token));
        native.send({{QStringLiteral("type"), QStringLiteral("hello")},
            {QStringLiteral("resume"),
                QJsonArray{QJsonObject{{QStringLiteral("room"), events.last()[QLatin1String("room")]},
                    {QStringLiteral("epoch"), page.json[QLatin1String("epoch")]},
                    {QStringLiteral("seq"), 0}}}}});
        for (qsizetype i = 0; i < lobby.size(); ++i) {
            const QJsonValue event = native.next(QStringLiteral("event"))[QLatin1String("event")];
            QCOMPARE(event[QLatin1String("seq")].toInteger(), i + 1);
        }
    }
}

QTEST_GUILESS_MAIN(ClockTest)
#include "tst_clock.moc"
