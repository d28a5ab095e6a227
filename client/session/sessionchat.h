// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

namespace rookery::client {

/// A Session as the pages see it.
class SessionChat : public Chat
{
    Q_OBJECT
public:
    SessionChat(const Account &account, const QString &cacheDirectory, Trust *trust);

    const Account &account() const override { return m_session.account(); }
    LinkState linkState() const override { return m_session.linkState(); }
    QDateTime nextAttempt() const override { return m_session.nextAttempt(); }
    QString linkProblem() const override { return m_session.linkProblem(); }
    std::optional<CertificateProblem> certificateProblem() const override
    {
        return m_session.certificateProblem();
    }
    void reconnectNow() override { m_session.reconnectNow(); }
    int longestMessage() const override { return m_session.longestMessage(); }
    bool isLogInRefused() const override { return m_session.isLogInRefused(); }
    void setToken(const QByteArray &token) override { m_session.setToken(token); }
    void endLogIn(const QString &sentence) override { m_session.endLogIn(sentence); }
    QAbstractItemModel *rooms() const override { return m_session.rooms(); }
    QAbstractItemModel *invitations() const override { return m_session.invitations(); }
    QAbstractItemModel *blocked() const override { return m_session.blocked(); }
    QAbstractItemModel *members(const QString &roomId) override { return m_session.members(roomId); }
    TimelineSource *timeline(const QString &roomId) override { return m_session.timeline(roomId); }
    QString roomTitle(const QString &roomId) const override { return m_session.roomTitle(roomId); }
    void setShownRoom(const QString &roomId) override { m_session.setShownRoom(roomId); }
    void setActiveRoom(const QString &roomId) override { m_session.setActiveRoom(roomId); }
    bool send(const QString &roomId, const QString &text, QString *problem) override
    {
        return m_session.send(roomId, text, problem);
    }
    void createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply) override;
    void joinRoom(const QString &name, QObject *context, Reply<Room> reply) override;
    void leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply) override;
    void invite(
        const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply) override;
    void declineInvitation(
        const QString &roomId, bool block, QObject *context, Reply<Nothing> reply) override;
    void setBlocked(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply) override;
    void openDirect(const QString &userName, QObject *context, Reply<Room> reply) override;
    void findRooms(
        const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply) override;
    QHash<QString, QString> drafts() const override { return m_session.drafts(); }
    void saveDraft(const QString &roomId, const QString &text) override { m_session.saveDraft(roomId, text); }
    int unsentCount() const override { return m_session.unsentCount(); }
    void logOut(QObject *context, Reply<Nothing> reply) override;

private:
    Session m_session;
};

/// Real servers, with the caches of all accounts below one directory.
class SessionBackend : public Backend
{
public:
    /// `trust` is not owned.
    SessionBackend(const QString &cacheDirectory, Trust *trust);

    void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Reply<Account> reply) override;
    void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Reply<Account> reply) override;
    void check(const Account &account, QObject *context, Reply<Nothing> reply) override;
    std::unique_ptr<Chat> open(const Account &account) override;
    std::optional<CertificateProblem> certificateProblem(const QString &server) const override
    {
        return m_authenticator.certificateProblem(server);
    }
    bool trustCertificate(const QString &server, const QString &fingerprint) override
    {
        return m_authenticator.trustCertificate(server, fingerprint);
    }

private:
    QString m_cacheDirectory;
    Trust *m_trust;
    Authenticator m_authenticator;
};

} // namespace rookery::client
