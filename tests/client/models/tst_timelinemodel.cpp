// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/timelinemodel.h"

#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <QTimeZone>

using namespace rookery;
using namespace rookery::client;

namespace {

const User me{QStringLiteral("u-me"), QStringLiteral("me")};
const User other{QStringLiteral("u-other"), QStringLiteral("other")};
const QDateTime noon = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000, QTimeZone::utc());

RoomEvent eventAt(qint64 seq, const User &sender = other, const QString &clientId = {})
{
    RoomEvent event;
    event.roomId = QStringLiteral("r1");
    event.seq = seq;
    event.sender = sender;
    event.clientId = clientId.isEmpty() ? QStringLiteral("x%1").arg(seq) : clientId;
    event.content = Posted{QStringLiteral("t%1").arg(seq)};
    event.timestamp = noon.addSecs(seq);
    return event;
}

QList<RoomEvent> events(qint64 first, qint64 last)
{
    QList<RoomEvent> list;
    for (qint64 seq = first; seq <= last; ++seq)
        list.append(eventAt(seq));
    return list;
}

/// Applies the model's signals to a copy, as a view would, and compares.
class Mirror : public QObject
{
public:
    explicit Mirror(TimelineModel *model)
        : m_model(model)
    {
        connect(model, &TimelineSource::reset, this, [this] {
            ++resets;
            copyAll();
        });
        connect(model, &TimelineSource::inserted, this, [this](int first, int count) {
            ++inserts;
            for (int row = first; row < first + count; ++row)
                m_rows.insert(row, key(row));
            check();
        });
        connect(model, &TimelineSource::changed, this, [this](int first, int count) {
            ++changes;
            for (int row = first; row < first + count; ++row)
                m_rows[row] = key(row);
            check();
        });
        connect(model, &TimelineSource::removed, this, [this](int first, int count) {
            m_rows.remove(first, count);
            check();
        });
        copyAll();
    }
    const QStringList &rows() const { return m_rows; }

    int resets = 0;
    int inserts = 0;
    int changes = 0;
    bool consistent = true;

private:
    QString key(int row) const
    {
        const TimelineItem &item = m_model->at(row);
        return QStringLiteral("%1/%2/%3/%4")
            .arg(item.seq)
            .arg(item.clientId, item.text)
            .arg(int(item.delivery));
    }
    void copyAll()
    {
        m_rows.clear();
        for (int row = 0; row < m_model->count(); ++row)
            m_rows.append(key(row));
    }
    void check()
    {
        // After every single signal, not only at the end: a view paints in between.
        consistent = consistent && m_rows.size() == m_model->count();
        for (int row = 0; consistent && row < m_model->count(); ++row)
            consistent = m_rows.at(row) == key(row);
    }

    TimelineModel *m_model;
    QStringList m_rows;
};

QString seqs(const TimelineModel &model)
{
    QStringList list;
    for (int row = 0; row < model.count(); ++row) {
        const TimelineItem &item = model.at(row);
        list.append(item.delivery == Delivery::Sent
                ? QString::number(item.seq)
                : (item.delivery == Delivery::Pending ? u'p' : u'f') + item.clientId);
    }
    return list.join(u' ');
}

const SendFailure refusal{SendFailure::Refused, ErrorCode::MessageTooLong, QStringLiteral("Too long.")};

void addLocal(TimelineModel &model, const QString &clientId)
{
    model.addLocal(clientId, me, QStringLiteral("local ") + clientId, noon, {});
}

} // namespace

class TestTimelineModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// THREATS 45
    void controlCharactersInNamesAreReplaced()
    {
        TimelineModel model(me.id);
        model.addStretch({eventAt(1, User{QStringLiteral("u-e"), QStringLiteral("e\u009bve")})}, {1, 1});
        QCOMPARE(model.at(0).senderName, QStringLiteral("e\ufffdve"));
    }

    void stretchesMeet()
    {
        TimelineModel model(me.id);
        Mirror mirror(&model);
        QVERIFY(model.hasOlder());
        model.addStretch(events(10, 12), {10, 12});
        QCOMPARE(mirror.resets, 1);
        model.addStretch(events(13, 14), {13, 14});
        model.addStretch(events(7, 9), {7, 9});
        model.addStretch(events(8, 16), {8, 16});
        QCOMPARE(seqs(model), QStringLiteral("7 8 9 10 11 12 13 14 15 16"));
        QCOMPARE(mirror.resets, 1);
        QVERIFY(model.hasOlder());
        model.addStretch(events(3, 6), {1, 6});
        QVERIFY(!model.hasOlder());
        QVERIFY(mirror.consistent);
    }

    void acrossAHoleTheNewerStretchWins()
    {
        TimelineModel model(me.id);
        Mirror mirror(&model);
        model.addStretch(events(1, 3), {1, 3});
        addLocal(model, QStringLiteral("a"));
        model.addStretch(events(10, 11), {10, 11});
        QCOMPARE(seqs(model), QStringLiteral("10 11 pa"));
        QVERIFY(model.hasOlder());
        // The old one is of no use until the hole is filled.
        model.addStretch(events(1, 3), {1, 3});
        QCOMPARE(seqs(model), QStringLiteral("10 11 pa"));
        model.addStretch(events(2, 9), {2, 9});
        QCOMPARE(seqs(model), QStringLiteral("2 3 4 5 6 7 8 9 10 11 pa"));
        QVERIFY(mirror.consistent);
    }

    void ownMessage_data()
    {
        QTest::addColumn<QString>("order");
        QTest::newRow("ack, event") << QStringLiteral("ae");
        QTest::newRow("event, ack") << QStringLiteral("ea");
        QTest::newRow("event only") << QStringLiteral("e");
        QTest::newRow("everything twice") << QStringLiteral("aaeea");
    }
    void ownMessage()
    {
        QFETCH(QString, order);
        TimelineModel model(me.id);
        model.addStretch(events(1, 2), {1, 2});
        Mirror mirror(&model);
        addLocal(model, QStringLiteral("a"));
        QCOMPARE(seqs(model), QStringLiteral("1 2 pa"));
        QCOMPARE(mirror.inserts, 1);
        for (const QChar step : order) {
            if (step == u'a')
                model.acknowledge(QStringLiteral("a"), 3, noon);
            else
                model.addStretch({eventAt(3, me, QStringLiteral("a"))}, {3, 3});
        }
        QCOMPARE(seqs(model), QStringLiteral("1 2 3"));
        QCOMPARE(model.at(2).clientId, QStringLiteral("a"));
        QVERIFY(model.at(2).own);
        // In place: nothing came, went or was painted anew as a whole.
        QCOMPARE(mirror.inserts, 1);
        QCOMPARE(mirror.resets, 0);
        QVERIFY(mirror.consistent);
    }

    void anAcknowledgedMessageStaysBehindWhatWasStoredBeforeIt()
    {
        TimelineModel model(me.id);
        Mirror mirror(&model);
        model.addStretch(events(1, 2), {1, 2});
        addLocal(model, QStringLiteral("a"));
        model.acknowledge(QStringLiteral("a"), 4, noon);
        QCOMPARE(seqs(model), QStringLiteral("1 2 4"));
        model.addStretch(events(3, 3), {3, 3});
        QCOMPARE(seqs(model), QStringLiteral("1 2 3 4"));
        model.addStretch({eventAt(4, me, QStringLiteral("a")), eventAt(5)}, {4, 5});
        QCOMPARE(seqs(model), QStringLiteral("1 2 3 4 5"));
        QVERIFY(mirror.consistent);
    }

    void anAcknowledgementOfSomethingAlreadyShown()
    {
        // A restart after the message was stored and before that was known here.
        TimelineModel model(me.id);
        model.addStretch({eventAt(5), eventAt(6, me, QStringLiteral("a")), eventAt(7)}, {5, 7});
        addLocal(model, QStringLiteral("a"));
        model.acknowledge(QStringLiteral("a"), 6, noon);
        QCOMPARE(seqs(model), QStringLiteral("5 6 7"));
        // The same above what is loaded.
        addLocal(model, QStringLiteral("b"));
        model.acknowledge(QStringLiteral("b"), 2, noon);
        QCOMPARE(seqs(model), QStringLiteral("5 6 7"));
    }

    void somebodyElseWithTheSameClientIdIsSomebodyElse()
    {
        TimelineModel model(me.id);
        addLocal(model, QStringLiteral("a"));
        model.addStretch({eventAt(1, other, QStringLiteral("a"))}, {1, 1});
        QCOMPARE(seqs(model), QStringLiteral("1 pa"));
    }

    void fromAnotherDeviceItComesOnce()
    {
        TimelineModel model(me.id);
        model.addStretch({eventAt(1, me, QStringLiteral("elsewhere"))}, {1, 1});
        model.addStretch({eventAt(1, me, QStringLiteral("elsewhere"))}, {1, 1});
        QCOMPARE(seqs(model), QStringLiteral("1"));
        QVERIFY(model.at(0).own);
    }

    void failuresStandWhereTheyWereAndOthersPass()
    {
        TimelineModel model(me.id);
        Mirror mirror(&model);
        model.addStretch(events(1, 1), {1, 1});
        addLocal(model, QStringLiteral("a"));
        addLocal(model, QStringLiteral("b"));
        model.setFailed(QStringLiteral("a"), refusal);
        QCOMPARE(seqs(model), QStringLiteral("1 fa pb"));
        QCOMPARE(model.at(1).failure, refusal);
        model.addStretch({eventAt(2, me, QStringLiteral("b"))}, {2, 2});
        QCOMPARE(seqs(model), QStringLiteral("1 2 fa"));
        addLocal(model, QStringLiteral("c"));

        QSignalSpy retry(&model, &TimelineModel::retryWanted);
        QSignalSpy discard(&model, &TimelineModel::discardWanted);
        // Called with the row's own string, as a view would.
        model.retry(model.at(2).clientId);
        QCOMPARE(seqs(model), QStringLiteral("1 2 pc pa"));
        QCOMPARE(retry.size(), 1);
        QCOMPARE(retry.constFirst().constFirst().toString(), QStringLiteral("a"));
        QVERIFY(model.at(3).failure.isEmpty());
        // What is on its way can neither be sent again nor be taken back.
        model.retry(QStringLiteral("c"));
        model.discard(QStringLiteral("c"));
        model.discard(QStringLiteral("nothing"));
        QCOMPARE(seqs(model), QStringLiteral("1 2 pc pa"));
        model.setFailed(QStringLiteral("c"), refusal);
        model.discard(model.at(2).clientId);
        QCOMPARE(seqs(model), QStringLiteral("1 2 pa"));
        QCOMPARE(discard.size(), 1);
        QCOMPARE(discard.constFirst().constFirst().toString(), QStringLiteral("c"));
        QVERIFY(mirror.consistent);
    }

    void aPlaceholderForAnOwnMessageIsNotShownBesideIt()
    {
        TimelineModel model(me.id);
        addLocal(model, QStringLiteral("a"));
        model.acknowledge(QStringLiteral("a"), 1, noon);
        RoomEvent unreadable = eventAt(1, User{});
        unreadable.clientId.clear();
        model.addStretch({unreadable}, {1, 1});
        QCOMPARE(seqs(model), QStringLiteral("1"));
    }

    void anotherEpochTakesTheHistoryAndLeavesTheUnsent()
    {
        TimelineModel model(me.id);
        Mirror mirror(&model);
        model.addStretch(events(1, 5), {1, 5});
        addLocal(model, QStringLiteral("a"));
        addLocal(model, QStringLiteral("b"));
        model.acknowledge(QStringLiteral("a"), 6, noon);
        model.forgetHistory();
        QCOMPARE(seqs(model), QStringLiteral("pb"));
        QVERIFY(model.hasOlder());
        model.addStretch(events(1, 2), {1, 2});
        QCOMPARE(seqs(model), QStringLiteral("1 2 pb"));
        QVERIFY(mirror.consistent);
    }

    void loadingIsAskedForOnce()
    {
        TimelineModel model(me.id);
        QSignalSpy wanted(&model, &TimelineModel::olderWanted);
        QSignalSpy failed(&model, &TimelineSource::olderFailed);
        model.loadOlder();
        model.loadOlder();
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted.constFirst().constFirst().toLongLong(), 0);
        model.failLoading(Problem(Problem::NetworkDown));
        QCOMPARE(failed.size(), 1);
        QVERIFY(!model.isLoadingOlder());
        model.addStretch(events(5, 9), {5, 9});
        model.loadOlder();
        QCOMPARE(wanted.constLast().constFirst().toLongLong(), 5);
        model.addStretch(events(1, 4), {1, 4});
        model.finishLoading();
        model.loadOlder();
        QCOMPARE(wanted.size(), 2);
    }

    void anEmptyRoomHasNothingOlder()
    {
        TimelineModel model(me.id);
        model.setEmpty();
        QVERIFY(!model.hasOlder());
        model.addStretch(events(1, 1), {1, 1});
        QVERIFY(!model.hasOlder());
        model.clear();
        QCOMPARE(model.count(), 0);
        QVERIFY(!model.hasOlder());
    }

    void manyEventsAreFewSignals()
    {
        TimelineModel model(me.id);
        model.addStretch(events(1, 1), {1, 1});
        Mirror mirror(&model);
        model.addStretch(events(2, 5'000), {2, 5'000});
        QCOMPARE(mirror.inserts, 1);
        QCOMPARE(model.count(), 5'000);
        model.trim(1'000, 100);
        QCOMPARE(model.count(), 100);
        QCOMPARE(model.span(), (Span{4'901, 5'000}));
        QVERIFY(model.hasOlder());
        QVERIFY(mirror.consistent);
    }

    /// A server's history and a client's sends, with acknowledgements, events, pages, failures and restarts
    /// of the stream in random order: what is shown is always in order, each message once.
    void randomSchedules_data()
    {
        QTest::addColumn<quint32>("seed");
        for (quint32 seed = 1; seed <= 25; ++seed)
            QTest::addRow("seed %u", seed) << seed;
    }
    void randomSchedules()
    {
        QFETCH(quint32, seed);
        QRandomGenerator random(seed);
        TimelineModel model(me.id);
        Mirror mirror(&model);
        QList<RoomEvent> log; // the server's
        QStringList unsent; // in order, not stored yet
        QHash<QString, qint64> unacknowledged; // stored
        qint64 delivered = 0;
        int sends = 0;

        const auto deliver = [&](qint64 upTo) {
            if (upTo > delivered)
                model.addStretch(log.mid(delivered, upTo - delivered), {delivered + 1, upTo});
            delivered = std::max(delivered, upTo);
        };
        const auto store = [&](const User &sender, const QString &clientId) {
            log.append(eventAt(log.size() + 1, sender, clientId));
        };
        for (int step = 0; step < 300; ++step) {
            switch (random.bounded(9)) {
            case 0:
            case 1:
                unsent.append(QString::number(++sends));
                addLocal(model, unsent.constLast());
                break;
            case 2:
            case 3:
                store(other, {});
                break;
            case 4:
                if (!unsent.isEmpty()) {
                    const QString clientId = unsent.takeFirst();
                    store(me, clientId);
                    unacknowledged.insert(clientId, log.size());
                }
                break;
            case 5:
                if (!unacknowledged.isEmpty()) {
                    const auto ack = unacknowledged.begin();
                    model.acknowledge(ack.key(), ack.value(), noon);
                    unacknowledged.erase(ack);
                }
                break;
            case 6:
                deliver(std::min<qint64>(log.size(), delivered + random.bounded(4)));
                break;
            case 7:
                // A page that overlaps anything.
                if (!log.isEmpty()) {
                    const qint64 first = random.bounded(qint64(1), qint64(log.size()) + 1);
                    const qint64 last = std::min<qint64>(log.size(), first + random.bounded(20));
                    model.addStretch(log.mid(first - 1, last - first + 1), {first, last});
                    delivered = std::max(delivered, model.span().last);
                }
                break;
            case 8:
                if (unsent.size() > 1) {
                    const QString clientId = unsent.takeFirst();
                    model.setFailed(clientId, refusal);
                    if (random.bounded(2) == 0) {
                        model.retry(clientId);
                        unsent.append(clientId);
                    } else {
                        model.discard(clientId);
                    }
                }
                break;
            }
            QVERIFY2(mirror.consistent, qPrintable(QStringLiteral("step %1").arg(step)));
            qint64 last = 0;
            QSet<QString> seen;
            for (int row = 0; row < model.count(); ++row) {
                const TimelineItem &item = model.at(row);
                QVERIFY2(!seen.contains(item.clientId), qPrintable(seqs(model)));
                seen.insert(item.clientId);
                if (item.seq > 0 && item.delivery == Delivery::Sent && item.seq <= model.span().last) {
                    QVERIFY2(item.seq > last, qPrintable(seqs(model)));
                    last = item.seq;
                }
            }
        }
        model.addStretch(log, {1, log.size()});
        for (auto ack = unacknowledged.cbegin(); ack != unacknowledged.cend(); ++ack)
            model.acknowledge(ack.key(), ack.value(), noon);
        QStringList expected;
        for (const RoomEvent &event : std::as_const(log))
            expected.append(QString::number(event.seq));
        for (const QString &clientId : std::as_const(unsent))
            expected.append(u'p' + clientId);
        QCOMPARE(seqs(model), expected.join(u' '));
    }
};

QTEST_GUILESS_MAIN(TestTimelineModel)
#include "tst_timelinemodel.moc"
