// SPDX-License-Identifier: GPL-3.0-or-later
// Sends under random losses, refusals and restarts: every message is stored once, in the order in which it
// was sent, and the timeline shows what the server has.

#include "tests/client/session/fakeserver.h"

#include "client/timeline/timelinesource.h"

#include <QElapsedTimer>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

class TestSessionSchedules : public QObject
{
    Q_OBJECT
private:
    /// The texts of one's own messages.
    static QStringList own(const QStringList &log) { return log.filter(QLatin1String("own ")); }

private Q_SLOTS:
    void nothingIsLostOrDoubled_data()
    {
        QTest::addColumn<quint32>("seed");
        QTest::addColumn<int>("sends");
        QTest::addColumn<bool>("restarts");
        QTest::newRow("1,000 sends") << 1u << 1'000 << false;
        for (quint32 seed = 2; seed <= 9; ++seed)
            QTest::addRow("with restarts, seed %u", seed) << seed << 120 << true;
    }
    void nothingIsLostOrDoubled()
    {
        QFETCH(quint32, seed);
        QFETCH(int, sends);
        QFETCH(bool, restarts);
        const QStringList rooms{QStringLiteral("r1"), QStringLiteral("r2")};
        SessionWire wire;
        FakeServer server(&wire, rooms, seed);
        QRandomGenerator random(seed);
        // A room with a past, one without.
        for (int i = 0; i < 130; ++i)
            server.somebodySends(rooms.constFirst());
        wire.start();
        while (server.step())
            QCoreApplication::processEvents();
        wire.core().timeline(rooms.constFirst());

        int sent = 0;
        QHash<QString, QStringList> typed;
        QElapsedTimer time;
        time.start();
        const auto isDone = [&] {
            if (sent < sends)
                return false;
            for (const QString &room : rooms) {
                if (own(server.log(room)).size() < typed.value(room).size())
                    return false;
            }
            return true;
        };
        while (!isDone() && time.elapsed() < 240'000) {
            const int chance = random.bounded(100);
            if (chance < 30 && sent < sends) {
                const QString room = rooms.at(random.bounded(2));
                const QString text = QStringLiteral("own %1").arg(++sent);
                QVERIFY(wire.core().send(room, text, nullptr));
                typed[room].append(text);
            } else if (chance < 38) {
                server.somebodySends(rooms.at(random.bounded(2)));
            } else if (chance < 40) {
                server.cut();
                wire.core().reconnectNow();
            } else if (chance < 41 && restarts) {
                wire.start();
                if (random.bounded(2) == 0)
                    wire.core().timeline(rooms.at(random.bounded(2)));
            } else {
                server.step();
            }
            if (random.bounded(4) == 0)
                QCoreApplication::processEvents();
        }
        QVERIFY2(isDone(), "the messages did not get through");
        for (const QString &room : rooms)
            QCOMPARE(own(server.log(room)), typed.value(room));
        if (sends >= 1'000)
            QVERIFY2(server.duplicates() > 0, "no acknowledgement was ever lost: the schedule is too kind");

        // And what is shown is what the server has, to the last row and from the first.
        for (const QString &room : rooms) {
            TimelineSource *timeline = wire.core().timeline(room);
            const QStringList log = server.log(room);
            // The text of a message is there before the server has said its number.
            const auto isShown = [&] {
                if (wire.texts(room) != log)
                    return false;
                for (int row = 0; row < timeline->count(); ++row) {
                    if (timeline->at(row).seq != row + 1)
                        return false;
                }
                return true;
            };
            const auto settle = [&] {
                QElapsedTimer settling;
                settling.start();
                while (settling.elapsed() < 20'000) {
                    if (!server.step())
                        QTest::qWait(1);
                    QCoreApplication::processEvents();
                    if (timeline->hasOlder())
                        timeline->loadOlder();
                    else if (isShown())
                        return;
                }
            };
            settle();
            QCOMPARE(wire.texts(room), log);
            for (int row = 0; row < timeline->count(); ++row) {
                QCOMPARE(timeline->at(row).seq, row + 1);
                QCOMPARE(timeline->at(row).delivery, Delivery::Sent);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSessionSchedules)
#include "tst_sessionschedules.moc"
