// SPDX-License-Identifier: GPL-3.0-or-later
// The way of a message from Enter to the history, with faults at every step.

#include "client/cache/cachefile.h"
#include "client/sentences/sentences.h"
#include "tests/client/session/sessionwire.h"

#include "client/timeline/timelinesource.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

QString idOf(const QJsonObject &send)
{
    return send.value(QLatin1String("client_id")).toString();
}

} // namespace

class TestSessionOutbox : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<SessionWire> m_wire;

    QString bothRooms(qint64 lastSeq = 0)
    {
        return SessionWire::roomJson(r1, lastSeq) + u',' + SessionWire::roomJson(r2, 0);
    }
    bool send(const QString &text, const QString &room = r1)
    {
        // With nothing to be written, a message is saved, and sent, before send() returns.
        m_wire->core().flushCache();
        return m_wire->core().send(room, text, nullptr);
    }
    void deliver(const QJsonObject &sent, qint64 seq)
    {
        m_wire->event(
            r1, seq, QStringLiteral("ada"), idOf(sent), sent.value(QLatin1String("text")).toString());
    }

private Q_SLOTS:
    void aMessageThatIsTooBigForTheServerFails()
    {
        SessionWire wire;
        wire.start();
        wire.greet(SessionWire::roomJson(QStringLiteral("r1"), 0));
        wire.subscribed(0);
        const QString text(4'000, QChar(0x20ac));
        QVERIFY(wire.core().send(QStringLiteral("r1"), text, nullptr));
        QTRY_VERIFY(wire.transport()->hasSent(QStringLiteral("send")));
        wire.transport()->drop(1009);
        QCOMPARE(wire.rows(), QString(u'f' + text));
        wire.greet(SessionWire::roomJson(QStringLiteral("r1"), 0));
        QCoreApplication::processEvents();
        QVERIFY(!wire.transport()->hasSent(QStringLiteral("send")));
    }

    void init()
    {
        m_wire = std::make_unique<SessionWire>();
        m_wire->start();
        m_wire->greet(bothRooms());
        m_wire->subscribed(0);
        m_wire->subscribed(0);
        m_wire->core().timeline(r1);
    }
    void cleanup() { m_wire.reset(); }

    void echoAckEvent()
    {
        QVERIFY(send(QStringLiteral("a")));
        QCOMPARE(m_wire->rows(), QStringLiteral("pa"));
        const QJsonObject sent = m_wire->sent();
        QCOMPARE(sent.value(QLatin1String("room")).toString(), r1);
        QCOMPARE(sent.value(QLatin1String("text")).toString(), QStringLiteral("a"));
        QVERIFY(!idOf(sent).isEmpty());
        m_wire->ack(sent, 1);
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
        deliver(sent, 1);
        m_wire->other(r1, 2);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 2"));
        QCOMPARE(m_wire->texts(), (QStringList{QStringLiteral("a"), QStringLiteral("t2")}));
    }

    void echoEventAck()
    {
        QVERIFY(send(QStringLiteral("a")));
        const QJsonObject sent = m_wire->sent();
        deliver(sent, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1"));
        m_wire->ack(sent, 1);
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
        // Neither is it sent again after a restart.
        m_wire->start();
        m_wire->greet(bothRooms(1));
        QVERIFY(m_wire->sent().isEmpty());
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
    }

    void oneAtATimePerRoomAndRoomsBesideEachOther()
    {
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        QVERIFY(send(QStringLiteral("elsewhere"), r2));
        const QJsonObject first = m_wire->sent();
        QCOMPARE(first.value(QLatin1String("text")).toString(), QStringLiteral("a"));
        QCOMPARE(m_wire->sent().value(QLatin1String("room")).toString(), r2);
        QVERIFY(m_wire->sent().isEmpty());
        m_wire->ack(first, 1);
        QCOMPARE(m_wire->sent().value(QLatin1String("text")).toString(), QStringLiteral("b"));
        QCOMPARE(m_wire->rows(), QStringLiteral("1 pb"));
    }

    void lostWithTheLinkItIsSentAgainUnderTheSameId_data()
    {
        QTest::addColumn<bool>("wasStored");
        QTest::addColumn<bool>("eventFirst");
        QTest::newRow("lost on its way there") << false << false;
        QTest::newRow("the acknowledgement was lost") << true << false;
        QTest::newRow("the acknowledgement was lost, the replay is quicker") << true << true;
    }
    void lostWithTheLinkItIsSentAgainUnderTheSameId()
    {
        QFETCH(bool, wasStored);
        QFETCH(bool, eventFirst);
        m_wire->other(r1, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1"));
        QVERIFY(send(QStringLiteral("a")));
        const QJsonObject first = m_wire->sent();
        m_wire->transport()->drop();
        QVERIFY(send(QStringLiteral("b")));
        QCOMPARE(m_wire->rows(), QStringLiteral("1 pa pb"));
        m_wire->greet(bothRooms(wasStored ? 2 : 1));
        const QJsonObject again = m_wire->sent();
        QCOMPARE(idOf(again), idOf(first));
        QCOMPARE(again.value(QLatin1String("text")).toString(), QStringLiteral("a"));
        m_wire->resumed(r1, wasStored ? 2 : 1);
        if (eventFirst) {
            deliver(first, 2);
            QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 2 pb"));
        }
        m_wire->ack(again, 2);
        if (!eventFirst)
            deliver(again, 2);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 2 pb"));
        const QJsonObject next = m_wire->sent();
        QCOMPARE(next.value(QLatin1String("text")).toString(), QStringLiteral("b"));
        m_wire->ack(next, 3);
        deliver(next, 3);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 2 3"));
        QVERIFY(m_wire->sent().isEmpty());
    }

    void acknowledgedAndThenTheLinkIsLostBeforeTheEvent()
    {
        m_wire->other(r1, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1"));
        QVERIFY(send(QStringLiteral("a")));
        const QJsonObject sent = m_wire->sent();
        m_wire->ack(sent, 3);
        m_wire->transport()->drop();
        QCOMPARE(m_wire->rows(), QStringLiteral("1 3"));
        m_wire->greet(bothRooms(3));
        m_wire->resumed(r1, 3);
        m_wire->other(r1, 2);
        deliver(sent, 3);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 2 3"));
        QVERIFY(m_wire->sent().isEmpty());
    }

    void theOutboxSurvivesARestart()
    {
        m_wire->transport()->drop();
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        m_wire->start();
        QCOMPARE(m_wire->rows(), QStringLiteral("pa pb"));
        m_wire->greet(bothRooms());
        m_wire->subscribed(0);
        const QJsonObject first = m_wire->sent();
        QCOMPARE(first.value(QLatin1String("text")).toString(), QStringLiteral("a"));
        m_wire->ack(first, 1);
        deliver(first, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 pb"));
    }

    void aMessageIsInTheOutboxBeforeItLeaves()
    {
        const QStringList files = QDir(m_wire->cacheDirectory()).entryList({QStringLiteral("*.sqlite")});
        const QString path = m_wire->cacheDirectory() + u'/' + files.constFirst();
        int looked = 0;
        connect(m_wire->transport(), &FakeTransport::sent, this, [&] {
            ++looked;
            QCOMPARE(CacheStore::rescueUnsent(path).outbox.size(), 1);
        });
        QVERIFY(send(QStringLiteral("a")));
        QCOMPARE(looked, 1);
    }

    void aMessageThatCannotBeSavedAtOnceDoesNotLeaveBefore()
    {
        const QStringList files = QDir(m_wire->cacheDirectory()).entryList({QStringLiteral("*.sqlite")});
        QSignalSpy warned(&m_wire->core(), &Session::warned);
        {
            auto database =
                QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("other writer"));
            database.setDatabaseName(m_wire->cacheDirectory() + u'/' + files.constFirst());
            QVERIFY(database.open());
            QSqlQuery other(database);
            m_wire->core().flushCache();
            QVERIFY(other.exec(QStringLiteral("BEGIN IMMEDIATE")));
            QVERIFY(m_wire->core().send(r1, QStringLiteral("a"), nullptr));
            QVERIFY(m_wire->core().send(r1, QStringLiteral("b"), nullptr));
            QCOMPARE(m_wire->rows(), QStringLiteral("pa pb"));
            QVERIFY(m_wire->sent().isEmpty());
            QVERIFY(other.exec(QStringLiteral("COMMIT")));
        }
        QSqlDatabase::removeDatabase(QStringLiteral("other writer"));
        QTRY_VERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
        const QJsonObject first = m_wire->sent();
        QCOMPARE(first.value(QLatin1String("text")).toString(), QStringLiteral("a"));
        m_wire->ack(first, 1);
        QTRY_VERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
        QCOMPARE(warned.size(), 0);
    }

    void whereNothingCanBeSavedItIsSentAndTheUserKnows()
    {
        m_wire->stop();
        // A file where the directory should be.
        QVERIFY(QDir(m_wire->cacheDirectory()).removeRecursively());
        QFile inTheWay(m_wire->cacheDirectory());
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        m_wire->start();
        QSignalSpy warned(&m_wire->core(), &Session::warned);
        m_wire->greet(bothRooms());
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        QCOMPARE(warned.size(), 1);
        QCOMPARE(m_wire->sent().value(QLatin1String("text")).toString(), QStringLiteral("a"));
        inTheWay.remove();
    }

    void theOutboxOfADamagedCacheIsSent()
    {
        m_wire->transport()->drop();
        QVERIFY(send(QStringLiteral("a")));
        m_wire->stop();
        const QStringList files = QDir(m_wire->cacheDirectory()).entryList({QStringLiteral("*.sqlite")});
        QCOMPARE(files.size(), 1);
        QFile file(m_wire->cacheDirectory() + u'/' + files.constFirst());
        // A version from the future.
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(60));
        QCOMPARE(file.write(QByteArray::fromHex("00000063")), 4);
        file.close();
        m_wire->start();
        m_wire->greet(bothRooms());
        QCOMPARE(m_wire->sent().value(QLatin1String("text")).toString(), QStringLiteral("a"));
        QCOMPARE(m_wire->rows(), QStringLiteral("pa"));
    }

    void whatTheServerCannotTakeNowIsSentLater_data()
    {
        QTest::addColumn<QString>("code");
        QTest::newRow("rate") << QStringLiteral("rate_limited");
        QTest::newRow("overload") << QStringLiteral("overloaded");
    }
    void whatTheServerCannotTakeNowIsSentLater()
    {
        QFETCH(QString, code);
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        const QJsonObject first = m_wire->sent();
        m_wire->refuse(first, code, 300);
        QCOMPARE(m_wire->rows(), QStringLiteral("pa pb"));
        // Meanwhile nothing goes out, in no room: the limit is the user's.
        QVERIFY(send(QStringLiteral("c"), r2));
        QVERIFY(m_wire->sent().isEmpty());
        QTRY_VERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
        QStringList texts;
        for (QJsonObject sent = m_wire->sent(); !sent.isEmpty(); sent = m_wire->sent()) {
            texts.append(sent.value(QLatin1String("text")).toString());
            if (texts.constLast() == QLatin1String("a"))
                QCOMPARE(idOf(sent), idOf(first));
        }
        texts.sort();
        QCOMPARE(texts, (QStringList{QStringLiteral("a"), QStringLiteral("c")}));
    }

    void aFullServerIsWaitedFor()
    {
        QVERIFY(send(QStringLiteral("a")));
        const QJsonObject first = m_wire->sent();
        QString id = idOf(first);
        // However often: it is not the message's fault, and the order is kept.
        QJsonObject sent = first;
        for (int times = 0; times < 3; ++times) {
            m_wire->refuse(sent, QStringLiteral("storage_full"), 250);
            QCOMPARE(m_wire->rows(), QStringLiteral("pa"));
            QCOMPARE(inWords(m_wire->core().timeline(r1)->at(0).failure),
                QStringLiteral("Because of storage_full."));
            QTRY_VERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
            sent = m_wire->sent();
            QCOMPARE(idOf(sent), id);
        }
        m_wire->ack(sent, 1);
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
        QVERIFY(m_wire->core().timeline(r1)->at(0).failure.isEmpty());
    }

    void aPauseIsNeverShorterThanTheServerAsksFor()
    {
        QVERIFY(send(QStringLiteral("a")));
        QElapsedTimer time;
        time.start();
        m_wire->refuse(m_wire->sent(), QStringLiteral("overloaded"), 700);
        QTRY_VERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
        QVERIFY2(time.elapsed() >= 700, qPrintable(QString::number(time.elapsed())));
    }

    void aLostRoomLosesNoMessage_data()
    {
        QTest::addColumn<bool>("isTold");
        QTest::newRow("removed while connected") << true;
        QTest::newRow("removed while away") << false;
    }
    void aLostRoomLosesNoMessage()
    {
        QFETCH(bool, isTold);
        m_wire->transport()->drop();
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        QSignalSpy warned(&m_wire->core(), &Session::warned);
        const QString onlySecond = SessionWire::roomJson(r2, 0);
        m_wire->greet(isTold ? bothRooms() : onlySecond);
        if (isTold) {
            m_wire->say(QStringLiteral(R"({"type":"room_removed","room":"r1"})"));
        } else {
            QVERIFY(m_wire->sent().isEmpty());
        }
        QCOMPARE(warned.size(), 1);
        QCOMPARE(m_wire->core().unsentCount(), 2);
        // Said once, and not at every start.
        m_wire->start();
        QSignalSpy again(&m_wire->core(), &Session::warned);
        m_wire->core().timeline(r1);
        m_wire->greet(onlySecond);
        QCOMPARE(again.size(), 0);
        QCOMPARE(m_wire->core().unsentCount(), 2);
        // Back in the room, they can be sent or given up.
        m_wire->say(QStringLiteral(R"({"type":"room_added","room":%1})").arg(SessionWire::roomJson(r1, 0)));
        QCOMPARE(m_wire->rows(), QStringLiteral("fa fb"));
        TimelineSource *timeline = m_wire->core().timeline(r1);
        timeline->retry(timeline->at(0).clientId);
        QCOMPARE(m_wire->sent().value(QLatin1String("text")).toString(), QStringLiteral("a"));
        timeline->discard(timeline->at(0).clientId);
        QCOMPARE(m_wire->core().unsentCount(), 1);
    }

    void aRefusalIsShownAndTheOthersGoOn_data()
    {
        QTest::addColumn<QString>("code");
        for (const char *code :
            {"forbidden", "not_found", "invalid_field", "message_too_long", "client_id_reused"})
            QTest::newRow(code) << QString::fromLatin1(code);
    }
    void aRefusalIsShownAndTheOthersGoOn()
    {
        QFETCH(QString, code);
        QVERIFY(send(QStringLiteral("a")));
        QVERIFY(send(QStringLiteral("b")));
        m_wire->refuse(m_wire->sent(), code);
        QCOMPARE(m_wire->rows(), QStringLiteral("fa pb"));
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QCOMPARE(inWords(timeline->at(0).failure), QStringLiteral("Because of %1.").arg(code));
        const QJsonObject second = m_wire->sent();
        QCOMPARE(second.value(QLatin1String("text")).toString(), QStringLiteral("b"));
        m_wire->ack(second, 1);
        deliver(second, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 fa"));

        // It stays failed, and is not sent by itself, after a restart.
        m_wire->start();
        m_wire->greet(bothRooms(1));
        m_wire->resumed(r1, 1);
        QVERIFY(m_wire->sent().isEmpty());
        QCOMPARE(m_wire->rows(), QStringLiteral("1 fa"));
        timeline = m_wire->core().timeline(r1);
        timeline->retry(timeline->at(1).clientId);
        QCOMPARE(m_wire->rows(), QStringLiteral("1 pa"));
        const QJsonObject again = m_wire->sent();
        m_wire->refuse(again, code);
        QCOMPARE(m_wire->rows(), QStringLiteral("1 fa"));
        timeline->discard(timeline->at(1).clientId);
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
        m_wire->start();
        QCOMPARE(m_wire->rows(), QStringLiteral("1"));
    }

    void aDamagedCacheIsTold()
    {
        m_wire->stop();
        const Account &account = SessionWire::account();
        QFile file(cachefile::path(m_wire->cacheDirectory(), account.server, account.user.id));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(QByteArray(8'192, 'x'));
        file.close();
        m_wire->start();
        QSignalSpy warned(&m_wire->core(), &Session::warned);
        QTRY_COMPARE(warned.size(), 1);
        const QString sentence = inWords(warned.constFirst().constFirst().value<Warning>());
        QVERIFY2(sentence.contains(QStringLiteral("was damaged")), qPrintable(sentence));
    }

    void aRefusalInARoomThatIsNotShownIsTold()
    {
        m_wire->core().setActiveRoom(r1);
        QSignalSpy warned(&m_wire->core(), &Session::warned);
        QVERIFY(send(QStringLiteral("a")));
        m_wire->refuse(m_wire->sent(), QStringLiteral("forbidden"));
        QCOMPARE(warned.size(), 0);
        QVERIFY(send(QStringLiteral("b"), r2));
        m_wire->refuse(m_wire->sent(), QStringLiteral("forbidden"));
        QCOMPARE(warned.size(), 1);
        QVERIFY(inWords(warned.constFirst().constFirst().value<Warning>())
                    .contains(QStringLiteral("Because of forbidden.")));
    }

    void aRetriedMessageIsSentBehindTheOthers()
    {
        QVERIFY(send(QStringLiteral("a")));
        m_wire->refuse(m_wire->sent(), QStringLiteral("forbidden"));
        QVERIFY(send(QStringLiteral("b")));
        QVERIFY(send(QStringLiteral("c")));
        TimelineSource *timeline = m_wire->core().timeline(r1);
        timeline->retry(timeline->at(0).clientId);
        QCOMPARE(m_wire->rows(), QStringLiteral("pb pc pa"));
        for (int seq = 1; seq <= 3; ++seq) {
            const QJsonObject sent = m_wire->sent();
            m_wire->ack(sent, seq);
            deliver(sent, seq);
        }
        QTRY_COMPARE(
            m_wire->texts(), (QStringList{QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("a")}));
    }

    void aRefusalThatComesTooLateHarmsNobody()
    {
        // Its request is lost with the first link; nothing on the second may be taken for its answer.
        QVERIFY(send(QStringLiteral("a")));
        const QJsonObject first = m_wire->sent();
        m_wire->transport()->drop();
        m_wire->greet(bothRooms());
        m_wire->subscribed(0);
        m_wire->refuse(first, QStringLiteral("rate_limited"), 60'000);
        m_wire->other(r1, 1);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("1 pa"));
        QVERIFY(m_wire->transport()->hasSent(QStringLiteral("send")));
    }
};

QTEST_GUILESS_MAIN(TestSessionOutbox)
#include "tst_sessionoutbox.moc"
