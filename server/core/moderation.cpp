// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/moderation.h"

#include "common/ids.h"
#include "common/text.h"
#include "server/core/accounts.h"
#include "server/core/fields.h"
#include "server/core/live/hub.h"
#include "server/core/names.h"
#include "server/core/readgate.h"
#include "server/core/rooms.h"
#include "server/core/securitylog.h"
#include "server/core/storedbytes.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace rookery::core {

namespace {

/// One line that can be shown anywhere.
bool isOneLine(const QString &line)
{
    // None of these is beyond the first plane.
    const bool breaks = std::any_of(line.begin(), line.end(), [](QChar c) {
        return c.category() == QChar::Other_Control || c.category() == QChar::Separator_Line
            || c.category() == QChar::Separator_Paragraph;
    });
    return !breaks && text::characters(line);
}

std::optional<Error> topicFault(const QString &topic, const Limits &limits)
{
    const QString field = QStringLiteral("topic");
    if (!isOneLine(topic))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'topic' must be one line, without control characters."), field};
    const qsizetype length = text::characters(topic).value_or(0);
    if (length > limits.topicCharacters)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("A topic may have at most %1 characters; this one has %2.")
                .arg(limits.topicCharacters)
                .arg(length),
            field};
    return std::nullopt;
}

QString asAdmin(const Principal &principal)
{
    return principal.admin ? QStringLiteral(", by an admin") : QString();
}

SecurityEvent eventOf(Role after, bool wasBanned)
{
    if (after == Role::Banned)
        return SecurityEvent::MemberBanned;
    if (after == Role::None)
        return wasBanned ? SecurityEvent::BanLifted : SecurityEvent::MemberRemoved;
    return SecurityEvent::RoleChanged;
}

/// Where somebody is not found in a room that has been found, it is the user.
Error ofUser(Error error)
{
    if (error.code == ErrorCode::NotFound && error.detail != noSuchRoom().detail)
        error.field = fields::user;
    return error;
}

} // namespace

Moderation::Moderation(store::Store *store, Accounts *accounts, Rooms *rooms, Hub *hub, const Limits &limits,
    ReadGate *reads, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_accounts(accounts)
    , m_rooms(rooms)
    , m_hub(hub)
    , m_reads(reads)
    , m_limits(limits)
{ }

void Moderation::setRole(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
    Role role, QObject *context, Done<Member> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    if (role == Role::Invited) {
        done(Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'role' must be 'none', 'banned', 'member', 'moderator' or 'owner'."),
            QStringLiteral("role")});
        return;
    }
    m_rooms->find(principal, idOrName, context,
        [this, principal, userIdOrName, role, context, done = std::move(done)](const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            m_accounts->findUser(userIdOrName, context,
                [this, principal, room = *room, role, context, done](Result<User> user) {
                    if (!user) {
                        Error error = user.error();
                        error.field = fields::user;
                        done(error);
                    } else if (const auto problem = m_rooms->countChange(principal, storedRowBytes)) {
                        done(*problem);
                    } else {
                        setRoleOf(principal, room, *user, role, context, done);
                    }
                });
        });
}

void Moderation::setRoleOf(const Principal &principal, const Room &room, const User &user, Role role,
    QObject *context, Done<Member> done)
{
    // What the user was, as the rule sees it on the store's thread.
    const auto before = std::make_shared<std::atomic<Role>>(Role::None);
    const auto rule = [server = principal.serverRole(), role, before, admin = m_accounts->isAdmin(user),
                          lobby = room.id == m_rooms->lobby().id](const store::RoleFacts &facts) {
        *before = facts.before;
        return refusal(Actor{server, facts.actor, facts.room},
            RoleStep{facts.before, role, facts.self, facts.owners, admin, lobby});
    };
    // The context is this object: what was done is logged even if who did it has gone.
    m_store->setRole({room.id, principal.user, user.id, role, rule}, this,
        m_rooms->endingInvitations(this,
            [this, principal, room, user, role, before, context = QPointer<QObject>(context),
                done = std::move(done)](const Result<store::MembershipChange> &change) {
                if (change && change->changed)
                    logSecurity(eventOf(role, *before == Role::Banned), principal.user.name,
                        principal.network,
                        QStringLiteral("%1 in %2: %3 to %4%5")
                            .arg(user.name, room.id, roleText(*before), roleText(role), asAdmin(principal)));
                if (context && change)
                    m_hub->whenPresenceIsKnown(room.id, context, [this, room, user, role, done] {
                        done(Member{user, role, m_hub->isOnlineIn(room.id, user.id)});
                    });
                else if (context)
                    done(ofUser(change.error()));
            }));
}

void Moderation::remove(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
    QObject *context, Done<Nothing> done)
{
    if (isUser(principal.user, userIdOrName)) {
        m_rooms->leave(principal, idOrName, context, std::move(done));
        return;
    }
    setRole(principal, idOrName, userIdOrName, Role::None, context,
        [done = std::move(done)](
            const Result<Member> &member) { done(member ? Result<Nothing>(Nothing()) : member.error()); });
}

void Moderation::bans(const Principal &principal, const QString &idOrName, const QString &after, int limit,
    QObject *context, Done<BanPage> done)
{
    const auto rule = [server = principal.serverRole()](RoomKind kind, Role role) {
        return refusal(Actor{server, role, kind}, Action::RemoveMembers);
    };
    m_rooms->find(principal, idOrName, context,
        [this, userId = principal.user.id, after, limit, rule, context, done = std::move(done)](
            const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            m_reads->read<BanPage>(
                userId, context,
                [this, query = store::BansQuery{room->id, userId, after, limit, rule}](
                    QObject *gate, Done<BanPage> read) { m_store->bansOf(query, gate, std::move(read)); },
                done);
        });
}

void Moderation::change(const Principal &principal, const QString &idOrName, const RoomWish &wish,
    QObject *context, Done<Room> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    if (!wish.name && !wish.topic) {
        done(Error{ErrorCode::MissingField, QStringLiteral("Give a 'name' or a 'topic', or both."),
            fields::roomName});
        return;
    }
    store::RoomChange change;
    qint64 bytes = storedRowBytes;
    if (wish.name) {
        const auto checked = checkRoomName(*wish.name, m_limits, fields::roomName);
        if (!checked) {
            done(checked.error());
            return;
        }
        if (isReservedRoomName(*checked)) {
            done(roomNameTaken());
            return;
        }
        change.name = store::RoomChange::Name{checked->text, checked->skeleton, skeletonOf(checked->text)};
        bytes += checked->text.toUtf8().size();
    }
    if (wish.topic) {
        if (const auto fault = topicFault(*wish.topic, m_limits)) {
            done(*fault);
            return;
        }
        change.topic = text::isBlank(*wish.topic) ? QLatin1String("") : wish.topic->trimmed();
        bytes += change.topic->toUtf8().size();
    }
    change.actor = principal.user;
    change.clientId = newId();
    change.rule = [server = principal.serverRole(), name = wish.name.has_value(),
                      topic = wish.topic.has_value()](RoomKind kind, Role role) -> std::optional<Error> {
        const Actor actor{server, role, kind};
        const auto problem = name ? refusal(actor, Action::SetName) : std::nullopt;
        return problem || !topic ? problem : refusal(actor, Action::SetTopic);
    };
    m_rooms->find(principal, idOrName, context,
        [this, principal, change, bytes, context, done = std::move(done)](const Result<Room> &room) mutable {
            if (!room) {
                done(room.error());
            } else if (change.name && room->id == m_rooms->lobby().id) {
                done(Error{
                    ErrorCode::Forbidden, QStringLiteral("The lobby keeps its name."), fields::roomName});
            } else if (const auto problem = m_rooms->countChange(principal, bytes)) {
                done(*problem);
            } else {
                change.roomId = room->id;
                changeNow(principal, std::move(change), context, std::move(done));
            }
        });
}

void Moderation::changeNow(
    const Principal &principal, store::RoomChange change, QObject *context, Done<Room> done)
{
    m_store->changeRoom(std::move(change), this,
        [principal, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<store::ChangedRoom> &changed) {
            if (changed && changed->changed)
                logSecurity(SecurityEvent::RoomChanged, principal.user.name, principal.network,
                    changed->room.id + asAdmin(principal));
            if (!context)
                return;
            if (changed)
                done(changed->room);
            else
                done(changed.error().code == ErrorCode::NameTaken ? roomNameTaken() : changed.error());
        });
}

} // namespace rookery::core
