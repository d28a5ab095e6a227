// SPDX-License-Identifier: GPL-3.0-or-later
// What the user is invited into, as the server tells it: after each greeting, and in between.

#include "client/sentences/sentences.h"
#include "tests/client/session/sessionwire.h"

#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

class TestSessionInvitations : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<SessionWire> m_wire;

    static QString json(const QString &room, const QString &inviter)
    {
        return QStringLiteral(R"({"room":{"id":"%1","name":"name of %1"},"inviter":{"id":"u-%2",)"
                              R"("username":"%2"},"invited_at":"2026-11-29T08:00:00.000Z"})")
            .arg(room, inviter);
    }
    void lists(const QStringList &invitations)
    {
        m_wire->rest()->invitations = QJsonDocument::fromJson(
            QStringLiteral(R"({"invitations":[%1],"next":null})").arg(invitations.join(u',')).toUtf8())
                                          .object();
    }
    QStringList rows()
    {
        QStringList texts;
        const QAbstractItemModel *model = m_wire->core().invitations();
        for (int row = 0; row < model->rowCount(); ++row) {
            const QModelIndex index = model->index(row, 0);
            texts.append(index.data(Chat::InvitedRoomRole).toString() + u' '
                + index.data(Chat::InviterRole).toString());
        }
        return texts;
    }

    static QJsonObject users(const QStringList &names, const QJsonValue &next = {})
    {
        QJsonArray list;
        for (const QString &name : names)
            list.append(QJsonObject{{QStringLiteral("id"), QString(QStringLiteral("u-") + name)},
                {QStringLiteral("username"), name}});
        return {{QStringLiteral("users"), list}, {QStringLiteral("next"), next}};
    }
    /// After which everything is read anew.
    void connectAgain()
    {
        m_wire->transport()->drop();
        m_wire->greet(SessionWire::roomJson(QStringLiteral("r1"), 0));
    }
    QStringList blocked()
    {
        QStringList texts;
        const QAbstractItemModel *model = m_wire->core().blocked();
        for (int row = 0; row < model->rowCount(); ++row) {
            const QModelIndex index = model->index(row, 0);
            texts.append(index.data().toString() + u' ' + index.data(Chat::UserIdRole).toString());
        }
        return texts;
    }

private Q_SLOTS:
    void init()
    {
        m_wire = std::make_unique<SessionWire>();
        m_wire->start();
        lists({json(QStringLiteral("p1"), QStringLiteral("ann")),
            json(QStringLiteral("p2"), QStringLiteral("bob"))});
        m_wire->greet(SessionWire::roomJson(QStringLiteral("r1"), 0));
        QTRY_COMPARE(rows(), (QStringList{QStringLiteral("p1 ann"), QStringLiteral("p2 bob")}));
    }
    void cleanup() { m_wire.reset(); }

    /// They kept the name that the room had when they were read.
    void areReadAgainWhenLookedAt()
    {
        QAbstractItemModel *model = m_wire->core().invitations();
        QSignalSpy reset(model, &QAbstractItemModel::modelReset);
        QString renamed = json(QStringLiteral("p1"), QStringLiteral("ann"));
        renamed.replace(QStringLiteral("name of p1"), QStringLiteral("nest"));
        lists({renamed, json(QStringLiteral("p2"), QStringLiteral("bob"))});
        m_wire->core().refreshInvitations();
        QTRY_COMPARE(model->index(0, 0).data().toString(), QStringLiteral("nest"));
        QVERIFY(reset.isEmpty()); // what is chosen stays chosen
        // Not over and over.
        const int asked = m_wire->rest()->invitationsAsked;
        m_wire->core().refreshInvitations();
        QCOMPARE(m_wire->rest()->invitationsAsked, asked);
    }

    void areToldLive()
    {
        m_wire->say(QStringLiteral(R"({"type":"invited","invitation":%1})")
                        .arg(json(QStringLiteral("p3"), QStringLiteral("cid"))));
        QTRY_COMPARE(rows().value(0), QStringLiteral("p3 cid"));
        QCOMPARE(rows().size(), 3);
        m_wire->say(QStringLiteral(R"({"type":"invitation_ended","room":"p1"})"));
        QTRY_COMPARE(rows(), (QStringList{QStringLiteral("p3 cid"), QStringLiteral("p2 bob")}));
        QCOMPARE(m_wire->core().invitations()->index(0, 0).data().toString(), QStringLiteral("name of p3"));
    }

    void oneThatCannotBeReadCostsItself()
    {
        m_wire->say(QStringLiteral(R"({"type":"invited","invitation":{"room":7}})"));
        m_wire->say(QStringLiteral(R"({"type":"invitation_ended","room":"p2"})"));
        QTRY_COMPARE(rows(), QStringList{QStringLiteral("p1 ann")});
    }

    void acceptedByJoining()
    {
        bool joined = false;
        m_wire->core().joinRoom(
            QStringLiteral("p1"), this, [&joined](const Outcome<Room> &room) { joined = room.ok(); });
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("POST rooms/p1/join")});
        m_wire->rest()->answer(QJsonDocument::fromJson(
            QStringLiteral(R"({"room":%1})").arg(SessionWire::roomJson(QStringLiteral("p1"), 0)).toUtf8())
                                   .object());
        QVERIFY(joined);
        QCOMPARE(rows(), QStringList{QStringLiteral("p2 bob")});
    }

    void declined()
    {
        QStringList outcomes;
        const auto note = [&outcomes](const Outcome<Nothing> &result) {
            outcomes.append(result ? QStringLiteral("done") : inWords(result.error()));
        };
        m_wire->core().declineInvitation(QStringLiteral("p1"), true, this, note);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("POST invitations/p1/decline")});
        m_wire->rest()->refuse({ErrorCode::Overloaded, QStringLiteral("Later.")});
        QCOMPARE(outcomes, QStringList{QStringLiteral("Later.")});
        QCOMPARE(rows().size(), 2);
        m_wire->core().declineInvitation(QStringLiteral("p1"), false, this, note);
        m_wire->rest()->answer({});
        QCOMPARE(outcomes.value(1), QStringLiteral("done"));
        QCOMPARE(rows(), QStringList{QStringLiteral("p2 bob")});
        // Withdrawn meanwhile.
        m_wire->core().declineInvitation(QStringLiteral("p2"), false, this, note);
        m_wire->rest()->refuse({ErrorCode::NotFound, QStringLiteral("There is no such invitation.")});
        QCOMPARE(outcomes.value(2), QStringLiteral("done"));
        QVERIFY(rows().isEmpty());
    }

    void whoIsBlockedIsReadPageByPage()
    {
        QVERIFY(blocked().isEmpty());
        m_wire->rest()->blocked =
            users({QStringLiteral("zoe"), QStringLiteral("Ben")}, QStringLiteral("p 2"));
        connectAgain();
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET blocked?after=p 2")});
        m_wire->rest()->answer(users({QStringLiteral("ann")}));
        QCOMPARE(blocked(),
            (QStringList{
                QStringLiteral("ann u-ann"), QStringLiteral("Ben u-Ben"), QStringLiteral("zoe u-zoe")}));
        // A page that leads to itself is the last.
        m_wire->rest()->blocked = users({QStringLiteral("zoe")}, QStringLiteral("x"));
        connectAgain();
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET blocked?after=x")});
        m_wire->rest()->answer(users({QStringLiteral("ann")}, QStringLiteral("x")));
        QCOMPARE(blocked().size(), 2);
    }

    void blockedAndUnblocked()
    {
        QStringList outcomes;
        const auto note = [&outcomes](const Outcome<Nothing> &result) {
            outcomes.append(result ? QStringLiteral("done") : inWords(result.error()));
        };
        m_wire->core().setBlocked(QStringLiteral("a/b"), true, this, note);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("PUT blocked/a%2Fb")});
        m_wire->rest()->blocked = users({QStringLiteral("ann")});
        m_wire->rest()->answer({});
        QCOMPARE(outcomes, QStringList{QStringLiteral("done")});
        QTRY_COMPARE(blocked(), QStringList{QStringLiteral("ann u-ann")});
        m_wire->core().setBlocked(QStringLiteral("u-ann"), false, this, note);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("DELETE blocked/u-ann")});
        m_wire->rest()->refuse({ErrorCode::Overloaded, QStringLiteral("Later.")});
        QCOMPARE(outcomes.value(1), QStringLiteral("Later."));
        QCOMPARE(blocked().size(), 1);
        // To decline and to block at once.
        m_wire->rest()->blocked = users({QStringLiteral("ann"), QStringLiteral("bob")});
        m_wire->core().declineInvitation(QStringLiteral("p2"), true, this, note);
        m_wire->rest()->answer({});
        QTRY_COMPARE(blocked().size(), 2);
    }

    /// THREATS 44: what a server may make the client keep.
    void areBounded()
    {
        for (int i = 0; i < 500; ++i)
            m_wire->say(QStringLiteral(R"({"type":"invited","invitation":%1})")
                            .arg(json(QStringLiteral("q%1").arg(i), QStringLiteral("ann"))));
        QTRY_COMPARE(rows().value(0), QStringLiteral("q499 ann"));
        QCOMPARE(rows().size(), 200);
    }
};

QTEST_GUILESS_MAIN(TestSessionInvitations)
#include "tst_sessioninvitations.moc"
