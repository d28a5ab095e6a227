// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/chat.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/listview.h"

#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>
#include <QStandardItemModel>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

/// Lists of which only a part is loaded (THREATS 35).
class LargeListsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// More of the directory comes as one scrolls to its end.
    void theDirectoryIsPaged()
    {
        JoinRoomDialog join(64);
        QStringList asked;
        connect(&join, &JoinRoomDialog::searchRequested, this,
            [&](const QString &query, const QString &after) { asked.append(query + u'|' + after); });
        const auto answer = [&](const QString &query, const QString &after, int first, int last,
                                const QString &next) {
            QList<Room> rooms;
            for (int i = first; i <= last; ++i) {
                const QString name = u"room-%1"_s.arg(i, 3, 10, QLatin1Char('0'));
                rooms.append(Room{.id = name, .name = name, .epoch = {}});
            }
            join.showRooms(query, after, rooms, next);
        };
        join.show();
        QCOMPARE(asked, QStringList{u"|"_s});
        // A first page that can be seen as a whole is not the end.
        answer({}, {}, 0, 2, u"room-002"_s);
        QCOMPARE(asked, (QStringList{u"|"_s, u"|room-002"_s}));
        answer({}, u"room-002"_s, 3, 49, u"room-049"_s);
        QCOMPARE(join.results()->count(), 50);
        QCOMPARE(asked.size(), 2);
        join.results()->setCurrentRow(7);
        QScrollBar *bar = join.results()->verticalScrollBar();
        QVERIFY(bar->maximum() > 0);
        bar->setValue(bar->maximum());
        bar->setValue(bar->maximum() - 1);
        bar->setValue(bar->maximum());
        QCOMPARE(asked.size(), 3);
        QCOMPARE(asked.last(), u"|room-049"_s);
        answer({}, u"room-049"_s, 50, 99, {});
        QCOMPARE(join.results()->count(), 100);
        QCOMPARE(join.results()->currentRow(), 7); // what was chosen stays chosen
        QVERIFY(bar->value() < bar->maximum());
        bar->setValue(bar->maximum());
        QCOMPARE(asked.size(), 3);
        // A page of another search is no page of this one.
        QTest::keyClicks(join.search()->edit(), u"x"_s);
        QTRY_COMPARE(asked.last(), u"x|"_s);
        answer({}, u"room-099"_s, 100, 110, {});
        QCOMPARE(join.results()->count(), 100);
        answer(u"x"_s, {}, 1, 2, {});
        QCOMPARE(join.results()->count(), 2);
    }

    void aRefusedPageIsAskedForAgain()
    {
        JoinRoomDialog join(64);
        int asked = 0;
        connect(&join, &JoinRoomDialog::searchRequested, this, [&] { ++asked; });
        join.show();
        join.showRooms({}, {}, {Room{.id = u"a"_s, .name = u"a"_s, .epoch = {}}}, u"a"_s);
        QCOMPARE(asked, 2);
        join.showSearchError({}, u"Too many searches."_s);
        join.results()->verticalScrollBar()->setRange(0, 5);
        join.results()->verticalScrollBar()->setValue(5);
        QCOMPARE(asked, 3);
    }

    /// Of a large room a part is listed, and the server says how many there are.
    void theServerCounts()
    {
        MemberListView view;
        QStandardItemModel members(0, 1);
        for (const bool online : {true, true, false}) {
            auto *item = new QStandardItem(u"somebody"_s);
            item->setData(online, Chat::OnlineRole);
            members.appendRow(item);
        }
        view.setModel(&members);
        QCOMPARE(view.memberCount(), 3);
        QCOMPARE(view.onlineCount(), 2);
        QSignalSpy counted(&view, &MemberListView::countsChanged);
        members.setHeaderData(0, Qt::Horizontal, 50'002, Chat::MemberCountRole);
        QVERIFY(!counted.isEmpty());
        QCOMPARE(view.memberCount(), 50'002);
        QCOMPARE(view.onlineCount(), 2);
        members.setHeaderData(0, Qt::Horizontal, 1234, Chat::OnlineCountRole);
        QCOMPARE(view.onlineCount(), 1234);
    }
};

QTEST_MAIN(LargeListsTest)
#include "tst_largelists.moc"
