// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/guesttable.h"

#include <QTest>

using namespace rookery;
using namespace rookery::core;
using namespace std::chrono_literals;

/// THREATS 37. Which guests are here, so that the rows of the others can go.
class GuestTableTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void socketsKeepAGuest()
    {
        GuestTable table;
        table.arrived(m_guest.id);
        table.arrived(m_guest.id);
        QVERIFY(!table.letGo(m_guest.id));
        table.left(m_guest.id);
        QVERIFY(!table.letGo(m_guest.id));
        QCOMPARE(table.takeGone(10), QStringList());
        table.left(m_guest.id);
        QVERIFY(!table.letGo(m_guest.id)); // the store has to be told first
        QCOMPARE(table.takeGone(10), QStringList{m_guest.id});
        QCOMPARE(table.takeGone(10), QStringList());
        QVERIFY(table.letGo(m_guest.id));
    }

    void goneOnesAreTakenInPortions()
    {
        GuestTable table;
        for (const char *id : {"a", "b", "c"}) {
            table.arrived(QString::fromLatin1(id));
            table.left(QString::fromLatin1(id));
        }
        QStringList all = table.takeGone(2);
        QCOMPARE(all.size(), 2);
        all += table.takeGone(2);
        all.sort();
        QCOMPARE(all, (QStringList{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
    }

    void callsKeepAGuestForADay()
    {
        std::chrono::steady_clock::time_point now{};
        GuestTable table([&now] { return now; });
        const QString address = QStringLiteral("192.0.2.1");
        QCOMPARE(table.insert(address, m_guest), m_guest);
        const User second{QStringLiteral("second"), QStringLiteral("guest-2"), true};
        QCOMPARE(table.insert(address, second), m_guest); // the first one stays
        QVERIFY(table.letGo(second.id));
        now += 23h;
        QCOMPARE(table.find(address), m_guest);
        now += 23h;
        QVERIFY(!table.letGo(m_guest.id));
        now += 2h;
        // Deleted: the address is somebody else from now on.
        QVERIFY(table.letGo(m_guest.id));
        QCOMPARE(table.find(address), std::nullopt);
        QCOMPARE(table.insert(address, second), second);
        QVERIFY(!table.letGo(second.id));
    }

    void forgetsWhoIsPastTheBound()
    {
        GuestTable table;
        table.insert(QStringLiteral("first"), m_guest);
        for (int i = 0; i < 10'000; ++i)
            table.insert(QString::number(i), {QString::number(i), QString::number(i), true});
        QCOMPARE(table.find(QStringLiteral("first")), std::nullopt);
        QVERIFY(table.letGo(m_guest.id));
        QVERIFY(!table.letGo(QStringLiteral("9999")));
    }

private:
    const User m_guest{QStringLiteral("first"), QStringLiteral("guest-1"), true};
};

QTEST_GUILESS_MAIN(GuestTableTest)
#include "tst_guesttable.moc"
