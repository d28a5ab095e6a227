// SPDX-License-Identifier: GPL-3.0-or-later
// How far the user has read goes to the server, and comes from it: over all devices, without a connection and over
// restarts.

#include "tests/client/session/sessionwire.h"

#include <QTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class TestSessionMarks : public QObject
{
    Q_OBJECT
private:
    const QString keepsMarks = uR"(,"self":{"epoch":"e1","seq":3})"_s;
    std::unique_ptr<SessionWire> m_wire;

    static QString marked(const QString &room, qint64 lastSeq, qint64 readSeq, qint64 unread)
    {
        QString json = SessionWire::roomJson(room, lastSeq);
        json.chop(1);
        return json + uR"(,"read_seq":%1,"unread":%2})"_s.arg(readSeq).arg(unread);
    }
    void start()
    {
        m_wire = std::make_unique<SessionWire>();
        m_wire->start();
    }
    /// Another device, or this one, has marked the room.
    void self(qint64 seq, const QString &room, qint64 readSeq, qint64 unread, qint64 lastSeq)
    {
        m_wire->say(
            uR"({"type":"self","event":{"seq":%1,"kind":"read_marked","timestamp":"2026-11-21T08:00:00.000Z","room":"%2","read_seq":%3,"unread":%4,"last_seq":%5}})"_s
                .arg(seq)
                .arg(room)
                .arg(readSeq)
                .arg(unread)
                .arg(lastSeq));
    }
    QJsonObject read() { return m_wire->transport()->takeSent(u"read"_s); }
    /// The seq of the oldest `read` of this room; 0: there is none.
    qint64 readSeq()
    {
        const QJsonObject frame = read();
        return frame.value(u"room"_s).toString() == r1 ? frame.value(u"seq"_s).toInteger() : 0;
    }
    void answer(const QJsonObject &request, qint64 readSeq, qint64 unread, qint64 lastSeq)
    {
        m_wire->say(
            uR"({"type":"marked","ref":"%1","room":"%2","seq":4,"read_seq":%3,"unread":%4,"last_seq":%5})"_s
                .arg(request.value(u"ref"_s).toString(), request.value(u"room"_s).toString())
                .arg(readSeq)
                .arg(unread)
                .arg(lastSeq));
    }
    int unread() { return m_wire->unread(u"room-r1"_s); }

private Q_SLOTS:
    void theServersCountIsShown()
    {
        start();
        const QJsonObject hello = m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        QVERIFY(hello.value(u"self"_s).isObject());
        QCOMPARE(unread(), 3);
        m_wire->subscribed(9);
        m_wire->other(r1, 10);
        QTRY_COMPARE(unread(), 4);
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s));
        // Counted once, also where the server has counted what comes.
        self(4, r1, 9, 2, 11);
        QCOMPARE(unread(), 2);
        m_wire->other(r1, 11);
        m_wire->other(r1, 12);
        QTRY_COMPARE(unread(), 3);
    }

    /// Not opened on this device: nothing of its history is in the cache.
    void theServersCountIsThereWithoutAServer()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 2), keepsMarks);
        QCOMPARE(unread(), 2);
        m_wire->stop();
        m_wire->start();
        QCOMPARE(unread(), 2);
    }

    void anotherDeviceReads()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        m_wire->subscribed(9);
        self(4, r1, 7, 1, 9);
        QCOMPARE(unread(), 1);
        self(5, r1, 9, 0, 9);
        QCOMPARE(unread(), 0);
        self(4, r1, 7, 1, 9); // older: a marker never goes back
        QCOMPARE(unread(), 0);
        m_wire->say(
            uR"({"type":"self","event":{"seq":6,"kind":"of a later version","timestamp":"2026-11-21T08:00:00.000Z"}})"_s);
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
        // It is remembered.
        m_wire->stop();
        m_wire->start();
        QCOMPARE(unread(), 0);
    }

    void whatIsReadHereIsTold()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        m_wire->subscribed(9);
        m_wire->core().setActiveRoom(r1);
        QCOMPARE(unread(), 0);
        const QJsonObject request = read();
        QCOMPARE(request.value(u"room"_s).toString(), r1);
        QCOMPARE(request.value(u"seq"_s).toInteger(), 9);
        answer(request, 9, 0, 9);
        // While messages come in, the newest marker is told now and then.
        for (qint64 seq = 10; seq < 60; ++seq)
            m_wire->other(r1, seq);
        qint64 told = 0;
        int requests = 0;
        QTRY_VERIFY([&] {
            for (QJsonObject next = read(); !next.isEmpty(); next = read()) {
                told = next.value(u"seq"_s).toInteger();
                ++requests;
                answer(next, told, 59 - told, 59);
            }
            return told == 59;
        }());
        QVERIFY2(requests < 10, qPrintable(QString::number(requests)));
        QCOMPARE(unread(), 0);
    }

    void onesOwnMessagesNeedNoMarker()
    {
        start();
        m_wire->greet(marked(r1, 9, 9, 0), keepsMarks);
        m_wire->subscribed(9);
        m_wire->event(r1, 10, u"ada"_s, u"own"_s, u"from another device"_s);
        m_wire->core().setActiveRoom(r1);
        m_wire->core().flushCache();
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s));
    }

    void whatIsReadWithoutAConnectionIsToldLater()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        m_wire->subscribed(9);
        m_wire->other(r1, 10);
        QTRY_COMPARE(unread(), 4);
        m_wire->transport()->drop();
        QTRY_VERIFY(m_wire->core().linkState() != LinkState::Connected);
        m_wire->core().setActiveRoom(r1);
        m_wire->core().setActiveRoom({});
        QCOMPARE(unread(), 0);
        // Even after a restart: the cache has the marker.
        m_wire->stop();
        m_wire->start();
        QCOMPARE(unread(), 0);
        m_wire->greet(marked(r1, 12, 4, 6), keepsMarks);
        QCOMPARE(readSeq(), 10);
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s)); // the newest only
        QCOMPARE(unread(), 2); // of which nothing is known here but that they are there
    }

    void aLostAnswerIsAskedForAgain()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        m_wire->subscribed(9);
        m_wire->core().setActiveRoom(r1);
        QCOMPARE(readSeq(), 9);
        m_wire->transport()->drop();
        QTRY_VERIFY(m_wire->core().linkState() != LinkState::Connected);
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        QCOMPARE(readSeq(), 9);
        // Or the server has it after all.
        m_wire->transport()->drop();
        QTRY_VERIFY(m_wire->core().linkState() != LinkState::Connected);
        m_wire->greet(marked(r1, 9, 9, 0), keepsMarks);
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s));
        QCOMPARE(unread(), 0);
    }

    void aRefusalIsFinalOrTriedAgain()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        m_wire->subscribed(9);
        m_wire->core().setActiveRoom(r1);
        m_wire->refuse(read(), u"overloaded"_s, 1);
        QTRY_VERIFY(m_wire->transport()->hasSent(u"read"_s));
        m_wire->refuse(read(), u"forbidden"_s);
        m_wire->core().setActiveRoom({});
        m_wire->core().setActiveRoom(r1);
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s));
    }

    /// As 0.1.0.
    void aServerWithoutMarkersIsAskedForNone()
    {
        start();
        m_wire->greet(SessionWire::roomJson(r1, 0));
        m_wire->subscribed(0);
        m_wire->other(r1, 1);
        QTRY_COMPARE(unread(), 1);
        m_wire->core().setActiveRoom(r1);
        QCOMPARE(unread(), 0);
        QVERIFY(!m_wire->transport()->hasSent(u"read"_s));
    }

    /// A member of before the markers: the server learns of them from the first client.
    void aServerThatDoesNotKnowYetIsTold()
    {
        start();
        m_wire->greet(SessionWire::roomJson(r1, 5), keepsMarks);
        QCOMPARE(readSeq(), 5);
    }

    void badFramesAreSkipped()
    {
        start();
        m_wire->greet(marked(r1, 9, 4, 3), keepsMarks);
        for (const QString &json :
            {uR"({"type":"self"})"_s, uR"({"type":"self","event":{"seq":4}})"_s,
                uR"({"type":"marked","room":"r1"})"_s,
                uR"({"type":"self","event":{"seq":4,"kind":"read_marked","timestamp":"2026-11-21T08:00:00.000Z","room":"r1"}})"_s})
            m_wire->say(json);
        self(5, u"unknown"_s, 1, 1, 1);
        QCOMPARE(unread(), 3);
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
    }
};

QTEST_GUILESS_MAIN(TestSessionMarks)
#include "tst_sessionmarks.moc"
