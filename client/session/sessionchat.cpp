// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/sessionchat.h"

#include <utility>

namespace rookery::client {

SessionChat::SessionChat(const Account &account, const QString &cacheDirectory, Trust *trust)
    : m_session(account, cacheDirectory, trust)
{
    connect(&m_session, &Session::linkStateChanged, this, &Chat::linkStateChanged);
    connect(&m_session, &Session::messageArrived, this, &Chat::messageArrived);
    connect(&m_session, &Session::roomRemoved, this, &Chat::roomRemoved);
    connect(&m_session, &Session::warned, this, &Chat::warned);
}

void SessionChat::createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply)
{
    m_session.createRoom(name, isPrivate, context, std::move(reply));
}

void SessionChat::joinRoom(const QString &name, QObject *context, Reply<Room> reply)
{
    m_session.joinRoom(name, context, std::move(reply));
}

void SessionChat::leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply)
{
    m_session.leaveRoom(roomId, context, std::move(reply));
}

void SessionChat::invite(
    const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply)
{
    m_session.invite(roomId, userName, context, std::move(reply));
}

void SessionChat::declineInvitation(const QString &roomId, bool block, QObject *context, Reply<Nothing> reply)
{
    m_session.declineInvitation(roomId, block, context, std::move(reply));
}

void SessionChat::setBlocked(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply)
{
    m_session.setBlocked(user, isBlocked, context, std::move(reply));
}

void SessionChat::openDirect(const QString &userName, QObject *context, Reply<Room> reply)
{
    m_session.openDirect(userName, context, std::move(reply));
}

void SessionChat::findRooms(
    const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply)
{
    m_session.findRooms(query, after, context, std::move(reply));
}

void SessionChat::logOut(QObject *context, Reply<Nothing> reply)
{
    m_session.logOut(context, std::move(reply));
}

SessionBackend::SessionBackend(const QString &cacheDirectory, Trust *trust)
    : m_cacheDirectory(cacheDirectory)
    , m_trust(trust)
    , m_authenticator(trust)
{ }

void SessionBackend::registerAccount(const QString &server, const QString &name, const QString &password,
    QObject *context, Reply<Account> reply)
{
    m_authenticator.registerAccount(server, name, password, context, std::move(reply));
}

void SessionBackend::logIn(const QString &server, const QString &name, const QString &password,
    QObject *context, Reply<Account> reply)
{
    m_authenticator.logIn(server, name, password, context, std::move(reply));
}

void SessionBackend::check(const Account &account, QObject *context, Reply<Nothing> reply)
{
    m_authenticator.check(account, context, std::move(reply));
}

std::unique_ptr<Chat> SessionBackend::open(const Account &account)
{
    return std::make_unique<SessionChat>(account, m_cacheDirectory, m_trust);
}

} // namespace rookery::client
