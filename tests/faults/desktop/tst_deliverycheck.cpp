// SPDX-License-Identifier: GPL-3.0-or-later
// The checker must find every planted fault, and nothing else.

#include "tests/faults/desktop/deliverycheck.h"

#include <QTest>

#include <functional>

using namespace rookery::faults;
using namespace Qt::StringLiterals;

using Plant = std::function<void(QList<Shown> &)>;

class tst_DeliveryCheck : public QObject
{
    Q_OBJECT
private:
    static Typed typed(const QString &text, bool isSure = true)
    {
        return {text.startsWith(u'a') ? u"ada"_s : u"ben"_s, u"r"_s, text, isSure};
    }
    static QList<Shown> log(const QStringList &texts)
    {
        QList<Shown> log;
        for (const QString &text : texts)
            log.append({log.size() + 1, u"id of "_s + text, typed(text).sender, text});
        return log;
    }
    static DeliveryCheck filled()
    {
        DeliveryCheck check;
        for (const QString &text : {u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s})
            check.typed(typed(text));
        check.typed(typed(u"a3"_s, false));
        return check;
    }
    static QStringList kinds(const DeliveryCheck &check)
    {
        QStringList kinds = check.counts().keys();
        kinds.sort();
        return kinds;
    }

private Q_SLOTS:
    void logs_data()
    {
        QTest::addColumn<QStringList>("texts");
        QTest::addColumn<QStringList>("found");
        QTest::newRow("good") << QStringList{u"b1"_s, u"a1"_s, u"a2"_s, u"b2"_s} << QStringList();
        QTest::newRow("with what was not sure")
            << QStringList{u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s, u"a3"_s} << QStringList();
        QTest::newRow("lost") << QStringList{u"a1"_s, u"b1"_s, u"b2"_s} << QStringList{u"lost"_s};
        QTest::newRow("doubled") << QStringList{u"a1"_s, u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s}
                                 << QStringList{u"doubled"_s};
        QTest::newRow("reordered") << QStringList{u"a2"_s, u"b1"_s, u"a1"_s, u"b2"_s}
                                   << QStringList{u"reordered"_s};
        QTest::newRow("not sure and too late")
            << QStringList{u"a3"_s, u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s} << QStringList{u"reordered"_s};
        QTest::newRow("altered") << QStringList{u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s, u"ax"_s}
                                 << QStringList{u"altered"_s};
    }
    void logs()
    {
        QFETCH(QStringList, texts);
        QFETCH(QStringList, found);
        DeliveryCheck check = filled();
        check.checkLog(u"r"_s, log(texts));
        QCOMPARE(kinds(check), found);
        QCOMPARE(check.isClean(), found.isEmpty());
    }

    void gapAndSender()
    {
        DeliveryCheck gap = filled();
        QList<Shown> events = log({u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s});
        events[3].seq = 5;
        gap.checkLog(u"r"_s, events);
        QCOMPARE(kinds(gap), QStringList{u"gap"_s});
        DeliveryCheck sender = filled();
        events[3].seq = 4;
        events[3].sender = u"ada"_s;
        sender.checkLog(u"r"_s, events);
        QCOMPARE(kinds(sender), (QStringList{u"altered"_s, u"lost"_s}));
        // A room in which nothing arrived at all.
        DeliveryCheck empty = filled();
        empty.checkLog(u"r"_s, {});
        QCOMPARE(empty.counts().value(u"lost"_s), 4);
    }

    void shown_data()
    {
        QTest::addColumn<Plant>("plant");
        QTest::addColumn<QStringList>("found");
        const auto row = [](const char *name, const Plant &plant, const QString &found = {}) {
            QTest::newRow(name) << plant << (found.isEmpty() ? QStringList() : QStringList{found});
        };
        row("as it is", [](QList<Shown> &) {});
        row(
            "the last is missing", [](QList<Shown> &rows) { rows.removeLast(); }, u"misshown"_s);
        row(
            "the first is missing", [](QList<Shown> &rows) { rows.removeFirst(); }, u"misshown"_s);
        row(
            "one is there twice", [](QList<Shown> &rows) { rows.insert(1, rows.at(1)); }, u"misshown"_s);
        row(
            "two have changed places", [](QList<Shown> &rows) { rows.swapItemsAt(0, 1); }, u"misshown"_s);
        row(
            "another text", [](QList<Shown> &rows) { rows[1].text = u"x"_s; }, u"misshown"_s);
        row(
            "another id", [](QList<Shown> &rows) { rows[1].clientId = u"x"_s; }, u"misshown"_s);
        row(
            "one is still pending",
            [](QList<Shown> &rows) {
                rows.append({0, u"x"_s, u"ada"_s, u"a9"_s, u"pending"_s});
            },
            u"unsettled"_s);
    }
    void shown()
    {
        QFETCH(Plant, plant);
        QFETCH(QStringList, found);
        const QList<Shown> events = log({u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s});
        QList<Shown> rows = events;
        plant(rows);
        DeliveryCheck check;
        check.checkShown(u"ada"_s, events, rows);
        QCOMPARE(kinds(check), found);
    }

    void theNewestAreEnough()
    {
        const QList<Shown> events = log({u"a1"_s, u"b1"_s, u"a2"_s, u"b2"_s});
        DeliveryCheck check;
        check.checkShown(u"ada"_s, events, events.mid(2), true);
        QVERIFY(check.isClean());
        check.checkShown(u"ada"_s, events, events.first(3), true);
        QCOMPARE(kinds(check), QStringList{u"misshown"_s});
        DeliveryCheck nothing;
        nothing.checkShown(u"ada"_s, events, {}, true);
        QVERIFY(!nothing.isClean());
    }
};

QTEST_GUILESS_MAIN(tst_DeliveryCheck)
#include "tst_deliverycheck.moc"
