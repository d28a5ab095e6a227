// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/membermodel.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

enum MemberItemRole { UserId = Qt::UserRole + 1, Online, Count, OnlineCount, Rank };

Member somebody(const QString &name, bool member, bool online)
{
    return {User{QStringLiteral("u-") + name, name}, member ? Role::Member : Role::None, online};
}

QStringList shown(const MemberModel &model)
{
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row)
        rows.append(model.index(row).data().toString()
            + (model.index(row).data(Online).toBool() ? QStringLiteral("+") : QString()));
    return rows;
}

} // namespace

class TestMemberModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// THREATS 45
    void controlCharactersAreReplaced()
    {
        MemberModel model({UserId, Online});
        model.setMembers({somebody(QStringLiteral("a\u009b31m\u007f"), true, false)});
        QCOMPARE(shown(model).join(u' '), QStringLiteral("a\ufffd31m\ufffd"));
    }

    void onlineFirstThenByName()
    {
        MemberModel model({UserId, Online});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setMembers({somebody(QStringLiteral("zoe"), true, true),
            somebody(QStringLiteral("ada"), true, false), somebody(QStringLiteral("Bob"), false, true),
            somebody(QStringLiteral("gone"), false, false)});
        QCOMPARE(shown(model).join(u' '), QStringLiteral("Bob+ zoe+ ada"));
        model.update(somebody(QStringLiteral("ada"), true, true));
        QCOMPARE(shown(model).join(u' '), QStringLiteral("ada+ Bob+ zoe+"));
        // A visitor who goes offline is gone, a member stays.
        model.update(somebody(QStringLiteral("Bob"), false, false));
        model.update(somebody(QStringLiteral("zoe"), true, false));
        QCOMPARE(shown(model).join(u' '), QStringLiteral("ada+ zoe"));
        model.update(somebody(QStringLiteral("nobody"), false, false));
        QCOMPARE(model.rowCount(), 2);
    }

    void byRoleAmongThoseOnline()
    {
        MemberModel model({UserId, Online, Count, OnlineCount, Rank});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto with = [](const char *name, Role role, bool online) {
            Member member = somebody(QLatin1String(name), true, online);
            member.role = role;
            return member;
        };
        model.setMembers({with("ann", Role::Member, true), with("bob", Role::Moderator, true),
            with("cid", Role::Owner, true), with("abe", Role::Owner, false), with("eve", Role::None, true),
            with("aya", Role::Member, false)});
        QCOMPARE(shown(model).join(u' '), QStringLiteral("cid+ bob+ ann+ eve+ abe aya"));
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.update(with("ann", Role::Owner, true));
        QCOMPARE(shown(model).join(u' '), QStringLiteral("ann+ cid+ bob+ eve+ abe aya"));
        QCOMPARE(Role(model.index(0).data(Rank).toInt()), Role::Owner);
        QCOMPARE(moved.size(), 1);
        QCOMPARE(changed.size(), 1);
        model.update(with("cid", Role::Member, true));
        QCOMPARE(shown(model).join(u' '), QStringLiteral("ann+ bob+ cid+ eve+ abe aya"));
        // Where the place stays the same the role is another one all the same.
        model.update(with("cid", Role::Moderator, true));
        QCOMPARE(Role(model.index(2).data(Rank).toInt()), Role::Moderator);
        QCOMPARE(reset.size(), 0);
    }

    void fewDifferencesAreNoReset()
    {
        MemberModel model({UserId, Online});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QList<Member> members;
        for (int i = 0; i < 100; ++i)
            members.append(somebody(QStringLiteral("user%1").arg(i), true, i % 2 == 0));
        model.setMembers(members);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.setMembers(members);
        members[1].online = true;
        members.removeAt(50);
        model.setMembers(members);
        QCOMPARE(reset.size(), 0);
        QCOMPARE(model.rowCount(), 99);
        QCOMPARE(shown(model).at(1), QStringLiteral("user1+"));
        model.setMembers({});
        QCOMPARE(reset.size(), 1);
    }

    /// THREATS 35.
    void aLargeRoomIsFetchedAsItIsWanted()
    {
        MemberModel model({UserId, Online, Count, OnlineCount});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        tester.setUseFetchMore(false);
        QSignalSpy wanted(&model, &MemberModel::moreWanted);
        QSignalSpy counted(&model, &QAbstractItemModel::headerDataChanged);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.setMembers({somebody(QStringLiteral("zoe"), true, true)});
        QVERIFY(!model.canFetchMore({}));
        QVERIFY(!model.headerData(0, Qt::Horizontal, Count).isValid());
        model.setMore(true, 900, 40);
        QCOMPARE(counted.size(), 1);
        QCOMPARE(model.headerData(0, Qt::Horizontal, Count).toInt(), 900);
        QCOMPARE(model.headerData(0, Qt::Horizontal, OnlineCount).toInt(), 40);
        model.fetchMore({});
        model.fetchMore({});
        QCOMPARE(wanted.size(), 1);
        QList<Member> page;
        for (int i = 0; i < 200; ++i)
            page.append(somebody(QStringLiteral("user%1").arg(i, 3, 10, QLatin1Char('0')), true, i % 3 == 0));
        model.addMembers(page);
        model.setMore(true, 900);
        // No reset: whoever scrolls stays where they are.
        QCOMPARE(reset.size(), 0);
        QCOMPARE(model.rowCount(), 201);
        QVERIFY(!model.headerData(0, Qt::Horizontal, OnlineCount).isValid());
        QVERIFY(model.find(QStringLiteral("u-user007")));
        QVERIFY(!model.find(QStringLiteral("u-nobody")));
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        model.endFetch();
        model.fetchMore({});
        QCOMPARE(wanted.size(), 3);
    }

    void changesEndWhereALoadWouldHaveBegun()
    {
        MemberModel model({UserId, Online});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QRandomGenerator random(11);
        QHash<QString, Member> state;
        for (int i = 0; i < 500; ++i) {
            const Member member =
                somebody(QString::number(random.bounded(30)), random.bounded(2) == 0, random.bounded(2) == 0);
            state.insert(member.user.id, member);
            model.update(member);
        }
        MemberModel fresh({UserId, Online});
        fresh.setMembers(state.values());
        QCOMPARE(shown(model), shown(fresh));
    }
};

QTEST_GUILESS_MAIN(TestMemberModel)
#include "tst_membermodel.moc"
