// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/permissions.h"

namespace rookery::core {

namespace {

QString reasonAgainst(Action action)
{
    switch (action) {
    case Action::Read:
    case Action::Post:
    case Action::EditOwn:
    case Action::DeleteOwn:
    case Action::SeeOwnVersions:
        return QStringLiteral("You are banned from this room.");
    case Action::DeleteOthers:
        return QStringLiteral("Only moderators and owners of the room can delete messages of others.");
    case Action::SeeOthersVersions:
        return QStringLiteral(
            "Only moderators and owners of the room can see earlier versions of messages of others.");
    case Action::SetTopic:
        return QStringLiteral("Only moderators and owners of the room can change its topic.");
    case Action::SetName:
        return QStringLiteral("Only owners of the room can change its name.");
    case Action::RemoveMembers:
        return QStringLiteral("Only moderators and owners of the room can remove and ban members.");
    case Action::RemoveModerators:
        return QStringLiteral("Only owners of the room can remove and ban moderators.");
    case Action::SetRoles:
        return QStringLiteral("Only owners of the room can change roles.");
    }
    Q_UNREACHABLE();
}

Error notAMember()
{
    return {ErrorCode::NotFound, QStringLiteral("This user is no member of the room.")};
}

std::optional<Error> ownStep(const Actor &actor, const RoleStep &step)
{
    if (step.after == Role::Banned)
        return forbidden(QStringLiteral("Nobody can ban themselves."));
    // Who was banned before they became an admin.
    if (step.before == Role::Banned && step.after == Role::None)
        return refusal(actor, Action::RemoveMembers);
    if (!isMember(step.before))
        return notAMember();
    if (step.after > step.before)
        return refusal(actor, Action::SetRoles);
    // To become none is to leave, which everybody can.
    if (step.before == Role::Owner && isMember(step.after) && step.after != Role::Owner && step.owners <= 1)
        return forbidden(
            QStringLiteral("You are the only owner of this room: make somebody else an owner first."));
    return std::nullopt;
}

} // namespace

std::optional<Error> refusal(const Actor &actor, Action action)
{
    if (may(actor, action))
        return std::nullopt;
    if (actor.room != RoomKind::Public && !may(actor, Action::Read))
        return noSuchRoom();
    if (!may(actor, Action::Read))
        return forbidden(reasonAgainst(Action::Read));
    if (actor.room == RoomKind::Direct)
        return forbidden(QStringLiteral("This cannot be done in a direct room: both users are alike there."));
    return forbidden(reasonAgainst(action));
}

std::optional<Error> refusal(const Actor &actor, const RoleStep &step)
{
    if (actor.room == RoomKind::Direct || !may(actor, Action::Read))
        return refusal(actor, Action::SetRoles);
    if (step.lobby && step.after == Role::Owner)
        return forbidden(QStringLiteral("Nobody owns the lobby."));
    if (step.self)
        return ownStep(actor, step);
    if (isMember(step.after)) {
        if (const auto problem = refusal(actor, Action::SetRoles))
            return problem;
        if (!isMember(step.before))
            return notAMember();
    } else {
        const Action action =
            step.before >= Role::Moderator ? Action::RemoveModerators : Action::RemoveMembers;
        if (const auto problem = refusal(actor, action))
            return problem;
        if (step.admin && step.after == Role::Banned && actor.room == RoomKind::Public)
            return forbidden(QStringLiteral("Nobody can ban an admin of this server from a public room."));
        const bool lifts = step.before == Role::Banned;
        if (step.after != Role::Banned && !lifts && !isMember(step.before))
            return notAMember();
    }
    if (step.before == Role::Owner && step.after != Role::Owner)
        return forbidden(QStringLiteral("Nobody can change the role of another owner."));
    return std::nullopt;
}

Error forbidden(const QString &detail)
{
    return {ErrorCode::Forbidden, detail};
}

Error guestsMayNot()
{
    return {ErrorCode::Forbidden, QStringLiteral("Guests cannot do this; register an account.")};
}

Error noSuchRoom()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such room.")};
}

} // namespace rookery::core
