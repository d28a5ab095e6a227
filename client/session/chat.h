// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/session.h"

#include <memory>

namespace rookery::client {

/// What the pages need of one log-in: the same calls as Session, which says what they mean.
class Chat : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual const Account &account() const = 0;
    virtual LinkState linkState() const = 0;
    virtual QDateTime nextAttempt() const = 0;
    virtual QString linkProblem() const = 0;
    virtual std::optional<CertificateProblem> certificateProblem() const = 0;
    virtual void reconnectNow() = 0;
    virtual bool isLogInRefused() const = 0;
    virtual int longestMessage() const = 0;
    virtual void setToken(const QByteArray &token) = 0;
    virtual void endLogIn(const QString &sentence) = 0;

    virtual QAbstractItemModel *rooms() const = 0;
    virtual QAbstractItemModel *invitations() const = 0;
    virtual QAbstractItemModel *blocked() const = 0;
    virtual QAbstractItemModel *members(const QString &roomId) = 0;
    virtual TimelineSource *timeline(const QString &roomId) = 0;
    virtual QString roomTitle(const QString &roomId) const = 0;
    virtual void setShownRoom(const QString &roomId) = 0;
    virtual void setActiveRoom(const QString &roomId) = 0;
    virtual bool send(const QString &roomId, const QString &text, QString *problem) = 0;

    virtual void createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply) = 0;
    virtual void joinRoom(const QString &name, QObject *context, Reply<Room> reply) = 0;
    virtual void leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply) = 0;
    virtual void invite(
        const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply) = 0;
    virtual void declineInvitation(
        const QString &roomId, bool block, QObject *context, Reply<Nothing> reply) = 0;
    virtual void setBlocked(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply) = 0;
    virtual void openDirect(const QString &userName, QObject *context, Reply<Room> reply) = 0;
    virtual void findRooms(
        const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply) = 0;
    virtual QHash<QString, QString> drafts() const = 0;
    virtual void saveDraft(const QString &roomId, const QString &text) = 0;
    virtual int unsentCount() const = 0;
    virtual void logOut(QObject *context, Reply<Nothing> reply) = 0;

Q_SIGNALS:
    void linkStateChanged();
    void messageArrived(const QString &roomId, const QString &sender, const QString &text);
    void roomRemoved(const QString &roomId);
    void warned(const QString &sentence);
};

/// Where log-ins come from.
class Backend
{
public:
    virtual ~Backend() = default;
    virtual void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Reply<Account> reply) = 0;
    virtual void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Reply<Account> reply) = 0;
    /// Whether the server takes this log-in. Errors' details are sentences.
    virtual void check(const Account &account, QObject *context, Reply<Nothing> reply) = 0;
    virtual std::unique_ptr<Chat> open(const Account &account) = 0;
    virtual std::optional<CertificateProblem> certificateProblem(const QString &server) const = 0;
    virtual bool trustCertificate(const QString &server, const QString &fingerprint) = 0;
};

} // namespace rookery::client
