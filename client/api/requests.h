// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/messageversion.h"
#include "client/api/rest.h"
#include "client/api/roomsfound.h"
#include "client/api/usersfound.h"
#include "common/ban.h"
#include "common/invitation.h"
#include "common/messages.h"

#include <optional>

/// The HTTP routes of common/README.md that the client uses, typed. Each answers as Rest::send() does.
namespace rookery::client {

struct Login
{
    QByteArray token;
    User user;
};

void registerUser(
    Rest *rest, const QString &name, const QString &password, QObject *context, Done<Nothing> answer);
void logIn(Rest *rest, const QString &name, const QString &password, QObject *context, Done<Login> answer);
void logOut(Rest *rest, QObject *context, Done<Nothing> answer);

/// The `limit` newest events before `before`; before = 0: the newest of the room. Every event's room is
/// `roomId`.
void fetchPage(
    Rest *rest, const QString &roomId, qint64 before, int limit, QObject *context, Done<Page> answer);

void createRoom(Rest *rest, const QString &name, bool isPrivate, QObject *context, Done<Room> answer);
void joinRoom(Rest *rest, const QString &idOrName, QObject *context, Done<Room> answer);
void leaveRoom(Rest *rest, const QString &roomId, QObject *context, Done<Nothing> answer);
void inviteUser(
    Rest *rest, const QString &roomId, const QString &userName, QObject *context, Done<Member> answer);
/// The newest ones that wait for an answer.
void fetchInvitations(Rest *rest, QObject *context, Done<QList<Invitation>> answer);
/// `block`: the inviter, too.
void declineInvitation(Rest *rest, const QString &roomId, bool block, QObject *context, Done<Nothing> answer);
/// The users whom one has blocked. `after` as in findPublicRooms().
void fetchBlocked(Rest *rest, const QString &after, QObject *context, Done<UsersFound> answer);
/// `user` is an id or a name.
void blockUser(Rest *rest, const QString &user, bool isBlocked, QObject *context, Done<Nothing> answer);
/// The newest texts that a message had before the event `before`; before = 0: the newest of all. As many as the
/// server puts in a page.
void fetchVersions(
    Rest *rest, const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> answer);
/// What is not given stays.
void changeRoom(Rest *rest, const QString &roomId, const std::optional<QString> &name,
    const std::optional<QString> &topic, QObject *context, Done<Room> answer);
void setRole(Rest *rest, const QString &roomId, const QString &userId, Role role, QObject *context,
    Done<Nothing> answer);
/// Who is banned from a room. `after` as in findPublicRooms().
void fetchBans(
    Rest *rest, const QString &roomId, const QString &after, QObject *context, Done<BanPage> answer);
void openDirectRoom(Rest *rest, const QString &userName, QObject *context, Done<Room> answer);
/// `after` is the `next` of the page before; empty: the first page.
void findPublicRooms(
    Rest *rest, const QString &query, const QString &after, QObject *context, Done<RoomsFound> answer);

} // namespace rookery::client
