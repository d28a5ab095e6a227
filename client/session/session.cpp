// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/session.h"

#include "client/api/trust.h"
#include "client/session/sessioncore.h"

namespace rookery::client {

class Session::Private
{
public:
    Private(const Account &account, const QString &cacheDirectory, Trust *serverTrust)
        : trust(serverTrust)
        , core(account, cacheDirectory, SessionParts::forAccount(account, serverTrust))
    { }

    Trust *trust;
    SessionCore core;
};

Session::Session(Account account, const QString &cacheDirectory, Trust *trust, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(account, cacheDirectory, trust))
{
    connect(&d->core, &SessionCore::linkStateChanged, this, &Session::linkStateChanged);
    connect(&d->core, &SessionCore::messageArrived, this, &Session::messageArrived);
    connect(&d->core, &SessionCore::roomRemoved, this, &Session::roomRemoved);
    connect(&d->core, &SessionCore::warned, this, &Session::warned);
}

Session::~Session() = default;

const Account &Session::account() const
{
    return d->core.account();
}

LinkState Session::linkState() const
{
    return d->core.linkState();
}

QDateTime Session::nextAttempt() const
{
    return d->core.nextAttempt();
}

QString Session::linkProblem() const
{
    return d->core.linkProblem();
}

std::optional<CertificateProblem> Session::certificateProblem() const
{
    return d->trust ? d->trust->problem(d->core.account().server) : std::nullopt;
}

void Session::reconnectNow()
{
    d->core.reconnectNow();
}

int Session::longestMessage() const
{
    return d->core.longestMessage();
}

bool Session::isLogInRefused() const
{
    return d->core.isLogInRefused();
}

void Session::setToken(const QByteArray &token)
{
    d->core.setToken(token);
}

void Session::endLogIn(const QString &sentence)
{
    d->core.endLogIn(sentence);
}

QAbstractItemModel *Session::rooms() const
{
    return d->core.rooms();
}

QAbstractItemModel *Session::invitations() const
{
    return d->core.invitations();
}

QAbstractItemModel *Session::blocked() const
{
    return d->core.blocks()->model();
}

QAbstractItemModel *Session::members(const QString &roomId)
{
    return d->core.members(roomId);
}

TimelineSource *Session::timeline(const QString &roomId)
{
    return d->core.timeline(roomId);
}

QString Session::roomTitle(const QString &roomId) const
{
    return d->core.roomTitle(roomId);
}

void Session::setShownRoom(const QString &roomId)
{
    d->core.setShownRoom(roomId);
}

void Session::setActiveRoom(const QString &roomId)
{
    d->core.setActiveRoom(roomId);
}

bool Session::send(const QString &roomId, const QString &text, QString *problem)
{
    return d->core.send(roomId, text, problem);
}

void Session::createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply)
{
    d->core.createRoom(name, isPrivate, context, std::move(reply));
}

void Session::joinRoom(const QString &name, QObject *context, Reply<Room> reply)
{
    d->core.joinRoom(name, context, std::move(reply));
}

void Session::leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply)
{
    d->core.leaveRoom(roomId, context, std::move(reply));
}

void Session::invite(const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply)
{
    d->core.invite(roomId, userName, context, std::move(reply));
}

void Session::declineInvitation(const QString &roomId, bool block, QObject *context, Reply<Nothing> reply)
{
    d->core.declineInvitation(roomId, block, context, std::move(reply));
}

void Session::setBlocked(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply)
{
    d->core.blocks()->set(user, isBlocked, context, std::move(reply));
}

void Session::openDirect(const QString &userName, QObject *context, Reply<Room> reply)
{
    d->core.openDirect(userName, context, std::move(reply));
}

void Session::findRooms(const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply)
{
    d->core.findRooms(query, after, context, std::move(reply));
}

QHash<QString, QString> Session::drafts() const
{
    return d->core.drafts();
}

void Session::saveDraft(const QString &roomId, const QString &text)
{
    d->core.saveDraft(roomId, text);
}

int Session::unsentCount() const
{
    return d->core.unsentCount();
}

void Session::logOut(QObject *context, Reply<Nothing> reply)
{
    d->core.logOut(context, std::move(reply));
}

} // namespace rookery::client
