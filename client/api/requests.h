#pragma once

#include "client/api/rest.h"
#include "common/messages.h"

/// The HTTP routes of common/README.md that the client uses, typed. Each answers as Rest::send() does.
namespace rookery::client {

struct Login
{
    QByteArray token;
    User user;
};

void registerUser(
    Rest *rest, const QString &name, const QString &password, QObject *context, Answer<Nothing> answer);
void logIn(Rest *rest, const QString &name, const QString &password, QObject *context, Answer<Login> answer);
void logOut(Rest *rest, QObject *context, Answer<Nothing> answer);

/// The `limit` newest events before `before`; before = 0: the newest of the room. Every event's room is
/// `roomId`.
void fetchPage(
    Rest *rest, const QString &roomId, qint64 before, int limit, QObject *context, Answer<Page> answer);

void createRoom(Rest *rest, const QString &name, bool isPrivate, QObject *context, Answer<Room> answer);
void joinRoom(Rest *rest, const QString &idOrName, QObject *context, Answer<Room> answer);
void leaveRoom(Rest *rest, const QString &roomId, QObject *context, Answer<Nothing> answer);
void inviteUser(
    Rest *rest, const QString &roomId, const QString &userName, QObject *context, Answer<Member> answer);
void fetchMembers(Rest *rest, const QString &roomId, QObject *context, Answer<QList<Member>> answer);
void openDirectRoom(Rest *rest, const QString &userName, QObject *context, Answer<Room> answer);
void findPublicRooms(Rest *rest, const QString &query, QObject *context, Answer<QList<Room>> answer);

} // namespace rookery::client
