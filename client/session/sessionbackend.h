// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

namespace rookery::client {

class RestClient;
class Trust;

/// Real servers, with the caches of all accounts below one directory. `server` as a person types it: a missing
/// scheme is completed (http for loopback addresses, https otherwise). The replies' errors say whether the
/// address, the server or the password is wrong.
class SessionBackend : public QObject, public Backend
{
    Q_OBJECT
public:
    /// `trust` is not owned; without it only what this computer's authorities vouch for is trusted.
    explicit SessionBackend(
        const QString &cacheDirectory = {}, Trust *trust = nullptr, QObject *parent = nullptr);

    /// Whether what a person types means this server.
    static bool isServer(const QString &typed, const QUrl &server);
    /// What to call the server if a password would travel to it unencrypted, and not only within this
    /// computer; else empty.
    static QString unencryptedServer(const QString &typed);

    void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Done<Account> reply) override;
    void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Done<Account> reply) override;
    void check(const Account &account, QObject *context, Done<Nothing> reply) override;
    std::unique_ptr<Chat> open(const Account &account) override;
    std::optional<CertificateProblem> certificateProblem(const QString &server) const override;
    bool trustCertificate(const QString &server, const QString &fingerprint) override;

private:
    /// Checks the input and answers a client for the server, or refuses and answers null. Whoever takes the
    /// last answer from the client deletes it.
    RestClient *prepare(const QString &server, const QString &name, const QString &password, QObject *context,
        const Done<Account> &reply);

    QString m_cacheDirectory;
    Trust *m_trust;
};

} // namespace rookery::client
