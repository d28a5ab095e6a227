// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/permissions.h"

#include <QStringList>
#include <QTest>

using namespace rookery;
using namespace rookery::core;

namespace {

struct Row
{
    Action action;
    RoomKind room;
    /// Of users: banned, visitor or stranger, invited, member, moderator, owner; then a visiting guest, an
    /// admin who is a visitor, and a banned admin.
    const char *answers;
};

// clang-format off
const Row rows[] = {
    {Action::Read,              RoomKind::Public,  "no  yes yes yes yes yes  yes yes yes"},
    {Action::Post,              RoomKind::Public,  "no  yes yes yes yes yes  yes yes yes"},
    {Action::EditOwn,           RoomKind::Public,  "no  yes yes yes yes yes  yes yes yes"},
    {Action::DeleteOwn,         RoomKind::Public,  "no  yes yes yes yes yes  yes yes yes"},
    {Action::SeeOwnVersions,    RoomKind::Public,  "no  yes yes yes yes yes  yes yes yes"},
    {Action::DeleteOthers,      RoomKind::Public,  "no  no  no  no  yes yes  no  yes yes"},
    {Action::SeeOthersVersions, RoomKind::Public,  "no  no  no  no  yes yes  no  yes yes"},
    {Action::SetTopic,          RoomKind::Public,  "no  no  no  no  yes yes  no  yes yes"},
    {Action::SetName,           RoomKind::Public,  "no  no  no  no  no  yes  no  yes yes"},
    {Action::RemoveMembers,     RoomKind::Public,  "no  no  no  no  yes yes  no  yes yes"},
    {Action::RemoveModerators,  RoomKind::Public,  "no  no  no  no  no  yes  no  yes yes"},
    {Action::SetRoles,          RoomKind::Public,  "no  no  no  no  no  yes  no  yes yes"},

    {Action::Read,              RoomKind::Private, "no  no  no  yes yes yes  no  no  no"},
    {Action::Post,              RoomKind::Private, "no  no  no  yes yes yes  no  no  no"},
    {Action::EditOwn,           RoomKind::Private, "no  no  no  yes yes yes  no  no  no"},
    {Action::DeleteOwn,         RoomKind::Private, "no  no  no  yes yes yes  no  no  no"},
    {Action::SeeOwnVersions,    RoomKind::Private, "no  no  no  yes yes yes  no  no  no"},
    {Action::DeleteOthers,      RoomKind::Private, "no  no  no  no  yes yes  no  no  no"},
    {Action::SeeOthersVersions, RoomKind::Private, "no  no  no  no  yes yes  no  no  no"},
    {Action::SetTopic,          RoomKind::Private, "no  no  no  no  yes yes  no  no  no"},
    {Action::SetName,           RoomKind::Private, "no  no  no  no  no  yes  no  no  no"},
    {Action::RemoveMembers,     RoomKind::Private, "no  no  no  no  yes yes  no  no  no"},
    {Action::RemoveModerators,  RoomKind::Private, "no  no  no  no  no  yes  no  no  no"},
    {Action::SetRoles,          RoomKind::Private, "no  no  no  no  no  yes  no  no  no"},

    {Action::Read,              RoomKind::Direct,  "no  no  no  yes yes yes  no  no  no"},
    {Action::Post,              RoomKind::Direct,  "no  no  no  yes yes yes  no  no  no"},
    {Action::EditOwn,           RoomKind::Direct,  "no  no  no  yes yes yes  no  no  no"},
    {Action::DeleteOwn,         RoomKind::Direct,  "no  no  no  yes yes yes  no  no  no"},
    {Action::SeeOwnVersions,    RoomKind::Direct,  "no  no  no  yes yes yes  no  no  no"},
    {Action::DeleteOthers,      RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::SeeOthersVersions, RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::SetTopic,          RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::SetName,           RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::RemoveMembers,     RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::RemoveModerators,  RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
    {Action::SetRoles,          RoomKind::Direct,  "no  no  no  no  no  no   no  no  no"},
};
// clang-format on

std::vector<Actor> actorsIn(RoomKind room)
{
    std::vector<Actor> actors;
    for (int role = int(Role::Banned); role <= int(Role::Owner); ++role)
        actors.push_back({ServerRole::User, Role(role), room});
    actors.push_back({ServerRole::Guest, Role::None, room});
    actors.push_back({ServerRole::Admin, Role::None, room});
    actors.push_back({ServerRole::Admin, Role::Banned, room});
    return actors;
}

} // namespace

/// The table of permissions, written down again (THREATS 3).
class PermissionsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void table()
    {
        int cells = 0;
        for (const Row &row : rows) {
            const QStringList answers = QString::fromLatin1(row.answers).split(u' ', Qt::SkipEmptyParts);
            const auto actors = actorsIn(row.room);
            QCOMPARE(size_t(answers.size()), actors.size());
            for (size_t i = 0; i < actors.size(); ++i, ++cells) {
                const bool expected = answers[qsizetype(i)] == QLatin1String("yes");
                const QString where = QStringLiteral("action %1, room %2, actor %3")
                                          .arg(int(row.action))
                                          .arg(int(row.room))
                                          .arg(i);
                QVERIFY2(may(actors[i], row.action) == expected, qPrintable(where));
                QVERIFY2(refusal(actors[i], row.action).has_value() != expected, qPrintable(where));
            }
        }
        QCOMPARE(cells, 3 * actionCount * 9);
    }

    /// Of a room that only its members see nobody else learns, by whatever they try (THREATS 1).
    void hiddenRoomsDoNotExist()
    {
        for (const RoomKind room : {RoomKind::Private, RoomKind::Direct}) {
            for (const Actor &actor : actorsIn(room)) {
                if (may(actor, Action::Read))
                    continue;
                for (int action = 0; action < actionCount; ++action) {
                    const auto problem = refusal(actor, Action(action));
                    QVERIFY(problem);
                    QCOMPARE(problem->code, ErrorCode::NotFound);
                    QCOMPARE(problem->detail, noSuchRoom().detail);
                }
                const auto problem = refusal(actor, RoleStep{Role::Member, Role::Owner, false, 1});
                QVERIFY(problem);
                QCOMPARE(problem->detail, noSuchRoom().detail);
            }
        }
    }

    void roles_data()
    {
        QTest::addColumn<Role>("actor");
        QTest::addColumn<RoleStep>("step");
        QTest::addColumn<int>("code"); // -1: may
        const int forbidden = int(ErrorCode::Forbidden);
        const int notFound = int(ErrorCode::NotFound);
        const auto row = [](const char *name, Role actor, RoleStep step, int code) {
            QTest::newRow(name) << actor << step << code;
        };
        using enum Role;
        row("a member makes a moderator", Member, {Member, Moderator}, forbidden);
        row("a moderator makes a moderator", Moderator, {Member, Moderator}, forbidden);
        row("an owner makes a moderator", Owner, {Member, Moderator}, -1);
        row("an owner makes an owner", Owner, {Moderator, Owner}, -1);
        row("an owner makes a moderator a member", Owner, {Moderator, Member}, -1);
        row("an owner makes another owner less", Owner, {Owner, Member, false, 2}, forbidden);
        row("an owner removes another owner", Owner, {Owner, None, false, 2}, forbidden);
        row("an owner bans another owner", Owner, {Owner, Banned, false, 2}, forbidden);
        row("an owner makes a stranger a member", Owner, {None, Member}, notFound);
        row("an owner makes a banned one a member", Owner, {Banned, Member}, notFound);
        row("a member removes a member", Member, {Member, None}, forbidden);
        row("a moderator removes a member", Moderator, {Member, None}, -1);
        row("a moderator removes a moderator", Moderator, {Moderator, None}, forbidden);
        row("an owner removes a moderator", Owner, {Moderator, None}, -1);
        row("a moderator removes an owner", Moderator, {Owner, None, false, 1}, forbidden);
        row("a moderator removes nobody", Moderator, {None, None}, notFound);
        row("a moderator bans a visitor", Moderator, {None, Banned}, -1);
        row("a moderator bans a member", Moderator, {Member, Banned}, -1);
        row("a moderator bans a moderator", Moderator, {Moderator, Banned}, forbidden);
        row("an owner bans a moderator", Owner, {Moderator, Banned}, -1);
        row("a moderator lifts a ban", Moderator, {Banned, None}, -1);
        row("a member lifts a ban", Member, {Banned, None}, forbidden);
        row("a visitor bans", None, {Member, Banned}, forbidden);
        row("a banned one lifts their ban", Banned, {Banned, None, true}, forbidden);
        row("a member makes themself an owner", Member, {Member, Owner, true, 1}, forbidden);
        row("a moderator steps down", Moderator, {Moderator, Member, true, 1}, -1);
        row("the only owner steps down", Owner, {Owner, Member, true, 1}, forbidden);
        row("the only owner leaves", Owner, {Owner, None, true, 1}, -1);
        row("one of two owners steps down", Owner, {Owner, Moderator, true, 2}, -1);
        row("an owner bans themself", Owner, {Owner, Banned, true, 2}, forbidden);
        row("an owner bans an admin", Owner, {Member, Banned, false, 1, true}, forbidden);
        row("an owner removes an admin", Owner, {Member, None, false, 1, true}, -1);
        row("somebody makes an owner of the lobby", Owner, {Member, Owner, false, 0, false, true}, forbidden);
        row("a moderator of the lobby is made", Owner, {Member, Moderator, false, 0, false, true}, -1);
    }
    void roles()
    {
        QFETCH(Role, actor);
        QFETCH(RoleStep, step);
        QFETCH(int, code);
        const auto problem = refusal(Actor{ServerRole::User, actor, RoomKind::Public}, step);
        QCOMPARE(problem ? int(problem->code) : -1, code);
        // In a direct room nobody changes anything.
        QVERIFY(refusal(Actor{ServerRole::User, actor, RoomKind::Direct}, step));
    }

    void adminsWhoWereBannedBefore()
    {
        const Actor admin{ServerRole::Admin, Role::Banned, RoomKind::Public};
        QVERIFY(!refusal(admin, RoleStep{Role::Banned, Role::None, true, 1, true}));
    }
};

QTEST_GUILESS_MAIN(PermissionsTest)
#include "tst_permissions.moc"
