// SPDX-License-Identifier: GPL-3.0-or-later
// Messages are edited and deleted through the outbox: shown at once, durable, in order, and each once.

#include "client/sentences/sentences.h"
#include "client/timeline/timelinesource.h"
#include "tests/client/session/sessionwire.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class TestSessionChanges : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<SessionWire> m_wire;

    /// Own message 1 and ben's message 2 are there.
    void connectUp()
    {
        m_wire = std::make_unique<SessionWire>();
        m_wire->start();
        m_wire->greet(SessionWire::roomJson(r1, 0));
        m_wire->subscribed(0);
        m_wire->core().timeline(r1);
        m_wire->event(r1, 1, u"ada"_s, u"own-1"_s, u"mine"_s);
        m_wire->other(r1, 2);
        QTRY_COMPARE(m_wire->rows(), u"1 2"_s);
    }
    const TimelineItem &row(int at) { return m_wire->core().timeline(r1)->at(at); }
    QJsonObject taken(const QString &type) { return m_wire->transport()->takeSent(type); }
    void eventJson(qint64 seq, const QString &clientId, const QString &rest, const QString &sender = u"ada"_s)
    {
        m_wire->say(
            uR"({"type":"event","event":{"room":"r1","seq":%1,"id":"m%1","sender":{"id":"u-%2","username":"%2"},"client_id":"%3","timestamp":"2026-11-21T08:00:00.000Z",%4}})"_s
                .arg(seq)
                .arg(sender, clientId, rest));
    }
    void edited(qint64 seq, const QString &clientId, qint64 target, const QString &text)
    {
        eventJson(seq, clientId, uR"("kind":"edited","target":%1,"text":"%2")"_s.arg(target).arg(text));
    }
    static QString idOf(const QJsonObject &frame) { return frame.value(u"client_id"_s).toString(); }
    void goOffline()
    {
        m_wire->transport()->drop();
        QTRY_VERIFY(m_wire->core().linkState() != LinkState::Connected);
    }

private Q_SLOTS:
    void anEditIsShownAtOnceAndStoredOnce()
    {
        connectUp();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"mine, better "_s));
        QCOMPARE(row(0).text, u"mine, better"_s);
        QCOMPARE(row(0).delivery, Delivery::Pending);
        const QJsonObject edit = taken(u"edit"_s);
        QCOMPARE(edit.value(u"room"_s).toString(), r1);
        QCOMPARE(edit.value(u"target"_s).toInt(), 1);
        QCOMPARE(edit.value(u"text"_s).toString(), u"mine, better"_s);
        m_wire->ack(edit, 3);
        QCOMPARE(row(0).delivery, Delivery::Sent);
        QVERIFY(row(0).editedAt.isValid());
        edited(3, idOf(edit), 1, u"mine, better"_s);
        QTRY_COMPARE(row(0).editedSeq, 3);
        QCOMPARE(row(0).text, u"mine, better"_s);
        QCOMPARE(m_wire->rows(), u"1 2"_s);
        QCOMPARE(m_wire->core().unsentCount(), 0);
        // Also from the cache.
        m_wire->stop();
        m_wire->start();
        QCOMPARE(row(0).text, u"mine, better"_s);
        QCOMPARE(row(0).editedSeq, 3);
    }

    void theEventMayComeBeforeTheAck()
    {
        connectUp();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        const QJsonObject edit = taken(u"edit"_s);
        edited(3, idOf(edit), 1, u"better"_s);
        QTRY_COMPARE(row(0).delivery, Delivery::Sent);
        m_wire->ack(edit, 3);
        QCOMPARE(row(0).text, u"better"_s);
        QCOMPARE(m_wire->core().unsentCount(), 0);
    }

    void madeOfflineItIsSentAfterARestart()
    {
        connectUp();
        goOffline();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        QVERIFY(m_wire->core().send(r1, u"and more"_s, nullptr));
        m_wire->core().deleteMessage(r1, {2});
        m_wire->stop();
        m_wire->start();
        QCOMPARE(row(0).text, u"better"_s);
        QCOMPARE(row(0).delivery, Delivery::Pending);
        QVERIFY(row(1).deleting);
        m_wire->greet(SessionWire::roomJson(r1, 2));
        m_wire->resumed(r1, 2);
        const QJsonObject edit = taken(u"edit"_s);
        QCOMPARE(edit.value(u"text"_s).toString(), u"better"_s);
        QVERIFY(m_wire->sent().isEmpty()); // in order
        m_wire->ack(edit, 3);
        const QJsonObject send = m_wire->sent();
        QCOMPARE(send.value(u"text"_s).toString(), u"and more"_s);
        m_wire->ack(send, 4);
        QCOMPARE(taken(u"delete"_s).value(u"target"_s).toInt(), 2);
    }

    void whatHasNotLeftIsChangedAsItWaits()
    {
        connectUp();
        goOffline();
        QVERIFY(m_wire->core().send(r1, u"draft"_s, nullptr));
        const QString clientId = row(2).clientId;
        QVERIFY(m_wire->core().editMessage(r1, {0, clientId}, u"final"_s));
        QCOMPARE(row(2).text, u"final"_s);
        QCOMPARE(m_wire->core().unsentCount(), 1);
        QVERIFY(m_wire->core().send(r1, u"not at all"_s, nullptr));
        m_wire->core().deleteMessage(r1, {0, row(3).clientId});
        QCOMPARE(m_wire->rows(), u"1 2 pfinal"_s);
        m_wire->greet(SessionWire::roomJson(r1, 2));
        m_wire->resumed(r1, 2);
        const QJsonObject send = m_wire->sent();
        QCOMPARE(send.value(u"text"_s).toString(), u"final"_s);
        QCOMPARE(idOf(send), clientId);
        m_wire->ack(send, 3);
        QVERIFY(m_wire->sent().isEmpty());
        QVERIFY(taken(u"edit"_s).isEmpty());
        QCOMPARE(m_wire->core().unsentCount(), 0);
    }

    void whatIsOnItsWayIsEditedBehindIt()
    {
        connectUp();
        QVERIFY(m_wire->core().send(r1, u"draft"_s, nullptr));
        const QJsonObject send = m_wire->sent();
        QVERIFY(m_wire->core().editMessage(r1, {0, idOf(send)}, u"final"_s));
        QCOMPARE(row(2).text, u"final"_s);
        QVERIFY(taken(u"edit"_s).isEmpty());
        m_wire->ack(send, 3);
        const QJsonObject edit = taken(u"edit"_s);
        QCOMPARE(edit.value(u"target"_s).toInt(), 3);
        QCOMPARE(edit.value(u"text"_s).toString(), u"final"_s);
        m_wire->event(r1, 3, u"ada"_s, idOf(send), u"draft"_s);
        QTRY_COMPARE(m_wire->rows(), u"1 2 pfinal"_s);
        m_wire->ack(edit, 4);
        edited(4, idOf(edit), 3, u"final"_s);
        QTRY_COMPARE(row(2).editedSeq, 4);
        QCOMPARE(row(2).text, u"final"_s);
        QCOMPARE(row(2).delivery, Delivery::Sent);
    }

    void twoEditsThatWaitAreOne()
    {
        connectUp();
        goOffline();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"first"_s));
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"second"_s));
        QCOMPARE(row(0).text, u"second"_s);
        m_wire->greet(SessionWire::roomJson(r1, 2));
        m_wire->resumed(r1, 2);
        const QJsonObject edit = taken(u"edit"_s);
        QCOMPARE(edit.value(u"text"_s).toString(), u"second"_s);
        m_wire->ack(edit, 3);
        QVERIFY(taken(u"edit"_s).isEmpty());
    }

    void aRefusedEditCanBeSentAgainOrGivenUp()
    {
        connectUp();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        m_wire->refuse(taken(u"edit"_s), u"forbidden"_s);
        QCOMPARE(row(0).delivery, Delivery::Failed);
        QCOMPARE(inWords(row(0).failure), u"Because of forbidden."_s);
        QCOMPARE(row(0).text, u"better"_s);
        m_wire->core().timeline(r1)->retry(row(0).sendId());
        QCOMPARE(row(0).delivery, Delivery::Pending);
        m_wire->refuse(taken(u"edit"_s), u"forbidden"_s);
        m_wire->core().timeline(r1)->discard(row(0).sendId());
        QCOMPARE(row(0).text, u"mine"_s);
        QCOMPARE(row(0).delivery, Delivery::Sent);
        QCOMPARE(m_wire->core().unsentCount(), 0);
    }

    /// Of a message that is deleted there is nothing to edit, and its text must not stay in the cache.
    void anEditOfWhatIsGoneIsGivenUp()
    {
        connectUp();
        QSignalSpy refused(&m_wire->core(), &Session::editRefused);
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        m_wire->refuse(taken(u"edit"_s), u"not_found"_s);
        QCOMPARE(refused.size(), 1);
        QCOMPARE(refused[0][2].toString(), u"better"_s);
        QCOMPARE(m_wire->core().unsentCount(), 0);
        QCOMPARE(row(0).text, u"mine"_s);
        QCOMPARE(row(0).delivery, Delivery::Sent);
        m_wire->stop();
        m_wire->start();
        QCOMPARE(m_wire->core().unsentCount(), 0);
    }

    void aRefusedEditIsToldWithItsText()
    {
        connectUp();
        QSignalSpy refused(&m_wire->core(), &Session::editRefused);
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        const QJsonObject edit = taken(u"edit"_s);
        m_wire->refuse(edit, u"overloaded"_s, 60'000);
        QVERIFY(refused.isEmpty()); // it will be sent again
        m_wire->transport()->drop();
        m_wire->greet(SessionWire::roomJson(r1, 2));
        m_wire->resumed(r1, 2);
        QVERIFY(refused.isEmpty());
        m_wire->stop();
        m_wire->start();
        QSignalSpy later(&m_wire->core(), &Session::editRefused);
        m_wire->core().timeline(r1);
        m_wire->greet(SessionWire::roomJson(r1, 2));
        m_wire->resumed(r1, 2);
        // Whoever hears of it may discard it at once.
        connect(
            &m_wire->core(), &Session::editRefused, this, [this](const QString &room, const QString &change) {
                m_wire->core().timeline(room)->discard(change);
            });
        m_wire->refuse(taken(u"edit"_s), u"forbidden"_s);
        QCOMPARE(later.size(), 1);
        QCOMPARE(later[0][0].toString(), r1);
        QCOMPARE(later[0][1].toString(), idOf(edit));
        QCOMPARE(later[0][2].toString(), u"better"_s);
        QCOMPARE(later[0][3].value<SendFailure>().code, ErrorCode::Forbidden);
        QCOMPARE(row(0).text, u"mine"_s);
        QCOMPARE(row(0).delivery, Delivery::Sent);
        QCOMPARE(m_wire->core().unsentCount(), 0);
        // A message that is refused is none.
        QVERIFY(m_wire->core().send(r1, u"new"_s, nullptr));
        m_wire->refuse(m_wire->sent(), u"forbidden"_s);
        QCOMPARE(later.size(), 1);
    }

    /// A server closes the connection for a frame that is too long, and the client would send it over the next.
    void whatExceedsAFrameIsNotSent()
    {
        m_wire = std::make_unique<SessionWire>();
        m_wire->start();
        m_wire->greet(SessionWire::roomJson(r1, 0), uR"(,"limits":{"websocket_message_bytes":1024})"_s);
        m_wire->subscribed(0);
        m_wire->core().timeline(r1);
        QVERIFY(m_wire->core().send(r1, QString(1100, u'x')));
        QVERIFY(m_wire->core().send(r1, u"short"_s));
        const QJsonObject send = m_wire->sent();
        QCOMPARE(send.value(u"text"_s).toString(), u"short"_s);
        QCOMPARE(row(0).delivery, Delivery::Failed);
        QVERIFY(inWords(row(0).failure).contains(u"size"_s));
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
    }

    void versionsOfAMessage()
    {
        connectUp();
        VersionPage page;
        const auto ask = [this, &page](qint64 before) {
            m_wire->core().findVersions(r1, 1, before, this,
                [&page](const Outcome<VersionPage> &read) { page = read ? *read : VersionPage(); });
        };
        const auto answer = [this](const char *next, std::initializer_list<qint64> seqs) {
            QJsonArray versions;
            for (const qint64 seq : seqs)
                versions.append(QJsonObject{{u"seq"_s, seq}, {u"text"_s, u"text %1"_s.arg(seq)},
                    {u"at"_s, u"2026-11-21T08:00:00.000Z"_s}});
            m_wire->rest()->answer({{u"versions"_s, versions},
                {u"next"_s, next ? QJsonValue(QLatin1String(next)) : QJsonValue()}});
        };
        const auto seqs = [&page] {
            QList<qint64> found;
            for (const MessageVersion &version : page.versions)
                found.append(version.seq);
            return found;
        };
        ask(0);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{u"GET rooms/r1/messages/1/versions"_s});
        answer("7", {7, 9});
        QCOMPARE(seqs(), (QList<qint64>{7, 9}));
        QCOMPARE(page.versions[0].text, u"text 7"_s);
        QCOMPARE(page.next, 7);
        ask(page.next);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{u"GET rooms/r1/messages/1/versions?before=7"_s});
        answer(nullptr, {1, 5});
        QCOMPARE(seqs(), (QList<qint64>{1, 5}));
        QCOMPARE(page.next, 0);
        // What was not asked for, or is out of order, is not shown; what leads nowhere is the end.
        ask(7);
        answer("7", {1, 5, 5, 3, 7, 9});
        QCOMPARE(seqs(), (QList<qint64>{1, 5}));
        for (const char *next : {"7", "8", "0", "-1", "x", ""}) {
            ask(7);
            answer(next, {5});
            QCOMPARE(page.next, 0);
        }
    }

    void bansOfARoom()
    {
        connectUp();
        QSignalSpy changed(&m_wire->core(), &Session::bansChanged);
        BanPage page;
        m_wire->core().findBans(r1, {}, this, [&page](const Outcome<BanPage> &read) { page = read.value(); });
        QCOMPARE(m_wire->rest()->waiting(), QStringList{u"GET rooms/r1/bans?limit=200"_s});
        m_wire->rest()->answer(QJsonDocument::fromJson(
            R"({"bans":[{"user":{"id":"u2","username":"bob"},"by":{"id":"u-ada","username":"ada"},)"
            R"("at":"2026-11-21T08:00:00.000Z"}],"next":"u2"})")
                                   .object());
        QCOMPARE(page.bans.size(), 1);
        QCOMPARE(page.bans[0].user.name, u"bob"_s);
        QCOMPARE(page.next, u"u2"_s);
        m_wire->core().findBans(r1, page.next, this, [](const Outcome<BanPage> &) {});
        QCOMPARE(m_wire->rest()->waiting().last(), u"GET rooms/r1/bans?limit=200&after=u2"_s);
        QVERIFY(changed.isEmpty());
        const auto member = [this](qint64 seq, const char *before, const char *role) {
            eventJson(seq, u"x%1"_s.arg(seq),
                uR"("kind":"member_changed","user":{"id":"u2","username":"bob"},"before":"%1","role":"%2")"_s
                    .arg(QLatin1String(before), QLatin1String(role)));
        };
        member(3, "banned", "none");
        QTRY_COMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toString(), r1);
        member(4, "none", "member");
        member(5, "member", "banned");
        QTRY_COMPARE(changed.size(), 2);
        QCOMPARE(m_wire->core().timeline(r1)->count(), 5);
        QCOMPARE(changed.size(), 2);
    }

    void aRoleIsSeenInTheListAtOnce()
    {
        connectUp();
        const auto member = [this](const char *role, bool isMember) {
            m_wire->say(
                uR"({"type":"member","room":"r1","user":{"id":"u2","username":"bob"},"member":%1,"role":"%2","online":true})"_s
                    .arg(isMember ? u"true"_s : u"false"_s, QLatin1String(role)));
        };
        QAbstractItemModel *members = m_wire->core().members(r1);
        const auto rank = [members] {
            const QModelIndexList found =
                members->match(members->index(0, 0), Chat::UserIdRole, u"u2"_s, 1, Qt::MatchExactly);
            return found.isEmpty() ? Role::Banned : Role(found[0].data(Chat::RankRole).toInt());
        };
        for (const auto &[text, role] :
            {std::pair("member", Role::Member), std::pair("moderator", Role::Moderator),
                std::pair("owner", Role::Owner), std::pair("member", Role::Member)}) {
            member(text, true);
            QTRY_COMPARE(rank(), role);
        }
    }

    void aDeletedMessageLeavesSenderAndTime()
    {
        connectUp();
        const QDateTime time = row(0).timestamp;
        m_wire->core().deleteMessage(r1, {1});
        const QJsonObject deletion = taken(u"delete"_s);
        QCOMPARE(deletion.value(u"target"_s).toInt(), 1);
        QVERIFY(!deletion.contains(u"text"_s));
        m_wire->ack(deletion, 3);
        QCOMPARE(row(0).kind, TimelineItem::Kind::Deleted);
        eventJson(3, idOf(deletion), uR"("kind":"deleted","target":1)"_s);
        QTRY_COMPARE(m_wire->core().unsentCount(), 0);
        QCOMPARE(row(0).kind, TimelineItem::Kind::Deleted);
        QCOMPARE(row(0).senderName, u"ada"_s);
        QCOMPARE(row(0).timestamp, time);
        QVERIFY(row(0).text.isEmpty());
    }

    /// Somebody deletes what is being edited here.
    void aDeletionEndsWhatWaits()
    {
        connectUp();
        QVERIFY(m_wire->core().editMessage(r1, {1}, u"better"_s));
        eventJson(3, u"x"_s, uR"("kind":"deleted","target":1)"_s, u"bob"_s);
        QTRY_COMPARE(row(0).kind, TimelineItem::Kind::Deleted);
        QCOMPARE(m_wire->core().unsentCount(), 0);
    }

    void othersChangesAreShown()
    {
        connectUp();
        eventJson(3, u"x"_s, uR"("kind":"edited","target":2,"text":"t2, better")"_s, u"bob"_s);
        QTRY_COMPARE(row(1).text, u"t2, better"_s);
        QCOMPARE(row(1).editedSeq, 3);
        QCOMPARE(m_wire->rows(), u"1 2"_s);
    }

    void changesOfTheRoomAreRowsAndTakeEffect()
    {
        connectUp();
        QSignalSpy changed(&m_wire->core(), &Session::roomChanged);
        QSignalSpy arrived(&m_wire->core(), &Session::messageArrived);
        eventJson(3, u"x"_s, uR"("kind":"room_changed","topic":"birds")"_s, u"bob"_s);
        eventJson(4, u"y"_s,
            uR"("kind":"member_changed","user":{"id":"u-ada","username":"ada"},"before":"member","role":"moderator")"_s,
            u"bob"_s);
        eventJson(5, u"z"_s, uR"("kind":"hologram","depth":3)"_s, u"bob"_s);
        QTRY_COMPARE(m_wire->core().timeline(r1)->count(), 5);
        QCOMPARE(row(2).kind, TimelineItem::Kind::Notice);
        QCOMPARE(row(4).kind, TimelineItem::Kind::Unreadable);
        QCOMPARE(m_wire->core().room(r1).topic, u"birds"_s);
        QCOMPARE(m_wire->core().room(r1).role, Role::Moderator);
        QVERIFY(!changed.isEmpty());
        QVERIFY(arrived.isEmpty());
        m_wire->stop();
        m_wire->start();
        QCOMPARE(m_wire->core().room(r1).topic, u"birds"_s);
        QCOMPARE(m_wire->core().timeline(r1)->count(), 5);
        QCOMPARE(row(3).kind, TimelineItem::Kind::Notice);
        QCOMPARE(row(4).kind, TimelineItem::Kind::Unreadable);
    }
};

QTEST_GUILESS_MAIN(TestSessionChanges)
#include "tst_sessionchanges.moc"
