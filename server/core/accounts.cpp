// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/accounts.h"

#include "common/ids.h"
#include "common/text.h"
#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/names.h"
#include "server/core/passwords.h"
#include "server/core/securitylog.h"
#include "server/core/sharedstate.h"

#include <QPointer>
#include <QRandomGenerator>
#include <QTimer>

#include <limits>

namespace rookery::core {

namespace {

constexpr int guestNameAttempts = 5;
constexpr std::chrono::minutes expirySweep{1};
constexpr qsizetype clientLabelLength = 200;
constexpr qint64 accountBytes = 2 * storedRowBytes; ///< the user and the lobby's member

const QString userNameField = QStringLiteral("username");
const QString passwordField = QStringLiteral("password");
const QString currentField = QStringLiteral("current");

Error badCredentials()
{
    return {ErrorCode::BadCredentials, QStringLiteral("The user name or the password is wrong.")};
}

Error unauthorized()
{
    return {ErrorCode::Unauthorized, QStringLiteral("A valid token is needed; log in first.")};
}

Error tooOften(const QString &what, std::chrono::milliseconds wait)
{
    return {ErrorCode::RateLimited, QStringLiteral("Too many %1; try again later.").arg(what), {}, wait};
}

QString guestName()
{
    return QStringLiteral("guest-%1")
        .arg(QRandomGenerator::system()->bounded(0x1000000u), 6, 16, QLatin1Char('0'));
}

} // namespace

Accounts::Accounts(store::Store *store, auth::PasswordHasher *hasher, const auth::TokenSigner *signer,
    SharedState *shared, AccountsOptions options, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_hasher(hasher)
    , m_signer(signer)
    , m_tokens(signer)
    , m_shared(shared)
    , m_finder(store, shared)
    , m_expiredUntil(QDateTime::currentDateTimeUtc())
    , m_options(options)
{
    for (const QString &name : std::as_const(m_options.admins)) {
        m_admins.insert(nameKey(name));
        m_adminLookalikes.insert(skeletonOf(name));
    }
    auto *sweep = new QTimer(this);
    connect(sweep, &QTimer::timeout, this, &Accounts::forgetExpired);
    sweep->start(expirySweep);
}

Accounts::~Accounts() = default;

void Accounts::registerUser(
    const QString &name, const QString &password, const ClientInfo &client, QObject *context, Done<User> done)
{
    if (!m_options.registration) {
        done(Error{ErrorCode::Forbidden, QStringLiteral("This server does not take registrations.")});
        return;
    }
    const auto checked = checkUserName(name, m_options.limits, userNameField);
    if (!checked) {
        done(checked.error());
        return;
    }
    // Of a name that the configuration gives rights to, too: whoever comes first would have them.
    if (isReservedName(*checked) || m_adminLookalikes.contains(checked->skeleton)) {
        done(Error{ErrorCode::NameTaken, QStringLiteral("This user name is reserved."), userNameField});
        return;
    }
    const auto secret = newPassword(password, checked->text, m_options.limits, passwordField);
    if (!secret) {
        done(secret.error());
        return;
    }
    const auto goOn = [this, name = *checked, secret = *secret, network = client.network, context, done] {
        if (const auto problem = m_shared->storedBytes.takeOfNetwork(network, accountBytes)) {
            done(*problem);
            return;
        }
        // An account that has been stored is announced even if who asked has gone.
        makeAccount(name.text, name.skeleton, secret, network,
            [context = QPointer<QObject>(context), done](const Result<User> &user) {
                if (context)
                    done(user);
            });
    };
    m_shared->commonLimits.count({{&m_shared->registrationsByAddress, client.network}}, context,
        [name = checked->text, network = client.network, done, goOn](const auto &wait) {
            if (!wait) {
                goOn();
                return;
            }
            logSecurity(SecurityEvent::RateLimited, name, network, QStringLiteral("registrations"));
            done(tooOften(QStringLiteral("registrations from this address"), *wait));
        });
}

void Accounts::makeAccount(const QString &name, const QString &skeleton, const QString &password,
    const QString &network, Done<User> answer)
{
    m_hasher->hash(password, this,
        [this, name, skeleton, network, answer = std::move(answer)](const Result<QString> &hash) {
            if (!hash) {
                answer(hash.error());
                return;
            }
            store::NewUser user{newId(), name, nameKey(name), *hash, false, m_firstRoom, skeleton};
            m_store->createUser(std::move(user), this, [network, answer](Result<User> created) {
                if (created) {
                    logSecurity(SecurityEvent::Registered, created->name, network);
                } else if (created.error().code == ErrorCode::NameTaken) {
                    created = Error{ErrorCode::NameTaken,
                        QStringLiteral("This user name, or one that looks like it, is taken."),
                        userNameField};
                }
                answer(created);
            });
        });
}

void Accounts::logIn(const QString &name, const QString &password, const ClientInfo &client, QObject *context,
    Done<LogIn> done)
{
    const auto spellings = spellingsOf(password, m_options.limits, passwordField);
    if (!spellings) {
        done(spellings.error());
        return;
    }
    const QString key = nameKey(name.left(4 * m_options.limits.userNameCharactersMax));
    const Try attempt{name, key, *spellings, client, context, std::move(done)};
    const auto asStranger = [this, attempt] {
        countStranger(attempt, [this, attempt] { findCredentials(attempt, {}); });
    };
    const auto owner = m_signer->devices().userOf(client.device);
    if (!owner) {
        asStranger();
        return;
    }
    // A browser whose own attempts are exhausted is any stranger's.
    m_shared->commonLimits.count(
        {{&m_shared->logInsByDevice, *owner}, {&m_shared->devicesByAddress, client.network}}, context,
        [this, attempt, owner = *owner, asStranger](const auto &wait) {
            if (wait)
                asStranger();
            else
                findCredentials(attempt, owner);
        });
}

void Accounts::countStranger(const Try &attempt, const std::function<void()> &goOn)
{
    m_shared->commonLimits.count(
        {{&m_shared->logInsByAddress, attempt.client.network}, {&m_shared->logInsByName, attempt.key}},
        attempt.context,
        [this, network = attempt.client.network, key = attempt.key, done = attempt.done, goOn](
            const auto &wait) {
            if (!wait) {
                goOn();
                return;
            }
            // Not what was typed, which need not be a name: some people type their password there.
            logRefusal(SecurityEvent::RateLimited, network, QStringLiteral("log-ins"),
                [this, key](const std::function<void(const QString &)> &write) {
                    m_store->findUser({}, key, this,
                        [write](const Result<User> &user) { write(user ? user->name : QString()); });
                });
            done(tooOften(QStringLiteral("log-ins"), *wait));
        });
}

void Accounts::findCredentials(const Try &attempt, const QString &owner)
{
    m_store->findCredentials(
        attempt.key, attempt.context, [this, attempt, owner](const Result<store::Credentials> &found) {
            if (!found && found.error().code != ErrorCode::NotFound) {
                attempt.done(found.error());
                return;
            }
            // An unknown user is hashed like a known one, so that the clock does not tell them apart.
            const bool known = found && isSameName(found->user.name, attempt.name);
            const store::Credentials credentials = known ? *found : store::Credentials();
            // A browser of somebody else is any stranger's.
            if (!owner.isEmpty() && credentials.user.id != owner)
                countStranger(attempt, [this, attempt, credentials] { verify(attempt, credentials); });
            else
                verify(attempt, credentials);
        });
}

void Accounts::verify(const Try &attempt, const store::Credentials &credentials)
{
    m_hasher->verify(attempt.passwords, credentials.passwordHash, attempt.context,
        [this, credentials, client = attempt.client, context = attempt.context, done = attempt.done](
            const Result<bool> &matches) {
            if (matches && !*matches)
                logSecurity(SecurityEvent::LogInFailed, credentials.user.name, client.network,
                    credentials.user.name.isEmpty() ? QStringLiteral("no such user") : QString());
            if (!matches)
                done(matches.error());
            else if (!*matches)
                done(badCredentials());
            else
                openSession(credentials.user, credentials.passwordHash, client, context, done);
        });
}

void Accounts::openSession(const User &user, const QString &passwordHash, const ClientInfo &client,
    QObject *context, Done<LogIn> done)
{
    if (!m_store->isShared()) {
        storeSession(user, passwordHash, client, {}, context, std::move(done));
        return;
    }
    m_store->sessionsOf(user.id, std::numeric_limits<int>::max(), context,
        [this, user, passwordHash, client, context, done = std::move(done)](
            const Result<QList<store::SessionRecord>> &others) {
            if (others)
                storeSession(user, passwordHash, client, *others, context, done);
            else
                done(others.error());
        });
}

void Accounts::storeSession(const User &user, const QString &passwordHash, const ClientInfo &client,
    const QList<store::SessionRecord> &others, QObject *context, Done<LogIn> done)
{
    // Bounded by their number, not by the bytes of a day: whoever has stored too much, or in whose name
    // somebody else has, must be able to log in and put an end to it.
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const store::SessionRecord session{newId(), user, now, now.addSecs(m_options.tokenLifetime.count()),
        text::cut(client.userAgent, clientLabelLength), client.address};
    // Known before it is stored, so that whoever ends it once it is stored finds it, however late the answer
    // comes here. Nobody has its token yet.
    m_shared->sessions.insert(session.id, {session.user, session.expiresAt, now.toSecsSinceEpoch()});
    const QStringList ended =
        m_shared->sessions.surplus(user.id, m_options.limits.sessionsPerUser, session.id, now, others);
    m_store->createSession(session, passwordHash, ended, this,
        [this, session, ended, network = client.network, context = QPointer<QObject>(context),
            done = std::move(done)](const Result<Nothing> &stored) {
            if (stored)
                endSurplus(session.user, ended, network);
            else
                m_shared->sessions.take(session.id, session.user.id);
            if (!context)
                return;
            if (!stored) {
                done(stored.error().code == ErrorCode::BadCredentials ? badCredentials() : stored.error());
            } else if (!m_shared->sessions.find(
                           session.id, session.user.id, QDateTime::currentDateTimeUtc())) {
                done(badCredentials());
            } else {
                const QByteArray token = m_signer->sign(
                    {session.user.id, session.user.name, session.id, session.createdAt, session.expiresAt});
                logSecurity(SecurityEvent::LoggedIn, session.user.name, network,
                    QStringLiteral("session ") + session.id);
                const QDateTime forgotten =
                    session.createdAt.addSecs(std::chrono::seconds(auth::DeviceSigner::lifetime).count());
                done(LogIn{{session.user, session.id, network, isAdmin(session.user)}, token,
                    session.expiresAt, m_signer->devices().sign(session.user.id, forgotten)});
            }
        });
}

void Accounts::endSurplus(const User &user, const QStringList &ended, const QString &network)
{
    for (const QString &sessionId : ended) {
        if (!m_shared->sessions.end(sessionId) && !m_store->isShared())
            continue;
        logSecurity(SecurityEvent::SessionRevoked, user.name, network,
            QStringLiteral("session %1, limits.sessions_per_user").arg(sessionId));
        Q_EMIT sessionEnded(sessionId);
    }
}

void Accounts::changePassword(const Principal &principal, const QString &current, const QString &fresh,
    const ClientInfo &client, QObject *context, Done<Nothing> done)
{
    const auto spellings = spellingsOf(current, m_options.limits, currentField);
    if (!spellings) {
        done(spellings.error());
        return;
    }
    const auto secret = newPassword(fresh, principal.user.name, m_options.limits, QStringLiteral("new"));
    if (!secret) {
        done(secret.error());
        return;
    }
    // Counted apart from log-ins: strangers who try this name must not keep its owner from changing the
    // password.
    m_shared->commonLimits.count({{&m_shared->passwordChangesByUser, principal.user.id}}, context,
        [this, principal, spellings = *spellings, fresh = *secret, network = client.network, context,
            done = std::move(done)](const auto &wait) {
            if (wait)
                done(tooOften(QStringLiteral("tries of passwords"), *wait));
            else
                checkPassword(principal, spellings, fresh, network, context, done);
        });
}

void Accounts::checkPassword(const Principal &principal, const QStringList &passwords, const QString &fresh,
    const QString &network, QObject *context, Done<Nothing> done)
{
    m_store->findCredentials(nameKey(principal.user.name), context,
        [this, principal, passwords, fresh, network, context, done = std::move(done)](
            const Result<store::Credentials> &found) {
            if (!found) {
                done(found.error());
                return;
            }
            const QString oldHash = found->user.id == principal.user.id ? found->passwordHash : QString();
            m_hasher->verify(passwords, oldHash, context,
                [this, principal, fresh, network, oldHash, context, done](const Result<bool> &matches) {
                    if (!matches) {
                        done(matches.error());
                        return;
                    }
                    if (!*matches) {
                        logSecurity(SecurityEvent::LogInFailed, principal.user.name, network,
                            QStringLiteral("change of password"));
                        done(Error{ErrorCode::Forbidden, QStringLiteral("The current password is wrong."),
                            currentField});
                        return;
                    }
                    m_hasher->hash(fresh, context,
                        [this, principal, network, oldHash, context = QPointer<QObject>(context), done](
                            const Result<QString> &newHash) {
                            if (!newHash) {
                                done(newHash.error());
                                return;
                            }
                            storePassword(principal, oldHash, *newHash,
                                [network, name = principal.user.name, context, done](
                                    Result<Nothing> changed) {
                                    if (changed)
                                        logSecurity(SecurityEvent::PasswordChanged, name, network);
                                    if (context)
                                        done(std::move(changed));
                                });
                        });
                });
        });
}

void Accounts::storePassword(
    const Principal &principal, const QString &oldHash, const QString &newHash, Done<Nothing> done)
{
    // The context here is this object: sessions that have been ended are closed even if who asked has gone.
    m_store->changePassword(principal.user.id, oldHash, newHash, principal.sessionId, this,
        [this, done = std::move(done)](const Result<QStringList> &ended) {
            if (!ended) {
                done(ended.error());
                return;
            }
            for (const QString &sessionId : *ended)
                m_shared->sessions.end(sessionId);
            for (const QString &sessionId : *ended)
                Q_EMIT sessionEnded(sessionId);
            done(Nothing());
        });
}

std::optional<Result<Principal>> Accounts::knownOwner(const QByteArray &token, const QString &network) const
{
    const auto claims = m_tokens.verify(token);
    if (!claims)
        return unauthorized();
    const SessionTable &sessions = m_shared->sessions;
    if (!sessions.counts())
        return std::nullopt;
    auto user = sessions.find(claims->sessionId, claims->userId, QDateTime::currentDateTimeUtc());
    if (!user && m_store->isShared() && sessions.isUnknown(claims->sessionId))
        return std::nullopt;
    if (!user)
        return unauthorized();
    const bool admin = isAdmin(*user);
    return Principal{std::move(*user), claims->sessionId, network, admin};
}

void Accounts::authenticate(
    const QByteArray &token, const QString &network, QObject *context, Done<Principal> done)
{
    if (auto known = knownOwner(token, network)) {
        done(*std::move(known));
        return;
    }
    const auto claims = m_tokens.verify(token);
    if (!claims) {
        done(unauthorized());
        return;
    }
    m_finder.find(claims->sessionId, claims->userId, network, context,
        [this, sessionId = claims->sessionId, network, done = std::move(done)](const Result<User> &user) {
            if (user)
                done(Principal{*user, sessionId, network, isAdmin(*user)});
            else
                done(user.error());
        });
}

bool Accounts::isAdmin(const User &user) const
{
    return !m_admins.isEmpty() && !user.guest && m_admins.contains(nameKey(user.name));
}

void Accounts::sessions(const Principal &principal, QObject *context, Done<QList<SessionInfo>> done)
{
    m_store->sessionsOf(principal.user.id, m_options.limits.sessionsPerUser, context,
        [current = principal.sessionId, done = std::move(done)](
            const Result<QList<store::SessionRecord>> &records) {
            if (!records) {
                done(records.error());
                return;
            }
            QList<SessionInfo> sessions;
            for (const store::SessionRecord &record : *records)
                sessions.append({record.id, record.createdAt, record.expiresAt, record.client, record.address,
                    record.id == current});
            done(sessions);
        });
}

void Accounts::revoke(const Principal &principal, const QString &anyCase, const ClientInfo &client,
    QObject *context, Done<Nothing> done)
{
    // The store takes ids in capitals too; sockets and the table know them as they were made.
    const QString sessionId = anyCase.toLower();
    // Refused from this moment on, whatever becomes of the one who asked; a failing store brings it back.
    const auto taken = m_shared->sessions.take(sessionId, principal.user.id);
    m_store->deleteSession(principal.user.id, sessionId, this,
        [this, user = principal.user.name, network = client.network, sessionId, taken,
            context = QPointer<QObject>(context), done = std::move(done)](Result<Nothing> deleted) {
            const bool unknown = !deleted && deleted.error().code == ErrorCode::NotFound;
            if (deleted) {
                // Once more: it may have been looked up meanwhile.
                m_shared->sessions.end(sessionId);
                logSecurity(
                    SecurityEvent::SessionRevoked, user, network, QStringLiteral("session ") + sessionId);
                Q_EMIT sessionEnded(sessionId);
            } else if (taken && !(unknown && m_store->isShared())) { // else another node has ended it
                m_shared->sessions.insert(sessionId, *taken);
            }
            if (!context)
                return;
            if (unknown)
                deleted = Error{ErrorCode::NotFound, QStringLiteral("You have no such session.")};
            done(std::move(deleted));
        });
}

void Accounts::admitGuest(const ClientInfo &client, QObject *context, Done<Principal> done)
{
    if (!m_options.guests) {
        done(unauthorized());
        return;
    }
    m_shared->commonLimits.count({{&m_shared->guestsByAddress, client.network}}, context,
        [this, network = client.network, context, done = std::move(done)](const auto &wait) {
            if (wait) {
                logSecurity(SecurityEvent::RateLimited, {}, network, QStringLiteral("guests"));
                done(tooOften(QStringLiteral("guests from this address"), *wait));
            } else if (const auto problem = m_shared->storedBytes.takeOfNetwork(network, storedRowBytes)) {
                done(*problem);
            } else {
                makeGuest(guestNameAttempts, network, context, done);
            }
        });
}

std::optional<Principal> Accounts::knownGuestOfAddress(const ClientInfo &client) const
{
    const auto known = m_options.guests ? m_shared->guests.find(client.address) : std::nullopt;
    return known ? std::optional(Principal{*known, {}, client.network}) : std::nullopt;
}

void Accounts::guestOfAddress(const ClientInfo &client, QObject *context, Done<Principal> done)
{
    if (const auto known = knownGuestOfAddress(client)) {
        done(*known);
        return;
    }
    admitGuest(client, context,
        [this, address = client.address, network = client.network, done = std::move(done)](
            const Result<Principal> &guest) {
            if (guest)
                done(Principal{m_shared->guests.insert(address, guest->user), {}, network});
            else
                done(guest.error());
        });
}

void Accounts::guestArrived(const User &guest)
{
    m_shared->guests.arrived(guest.id);
}

void Accounts::guestLeft(const User &guest)
{
    m_shared->guests.left(guest.id);
}

void Accounts::makeGuest(int attempts, const QString &network, QObject *context, Done<Principal> done)
{
    const QString name = guestName();
    m_store->createUser({newId(), name, nameKey(name), {}, true, {}, skeletonOf(name)}, context,
        [this, attempts, network, context, done = std::move(done)](const Result<User> &guest) {
            if (guest)
                done(Principal{*guest, {}, network});
            else if (guest.error().code == ErrorCode::NameTaken && attempts > 1)
                makeGuest(attempts - 1, network, context, done);
            else
                done(guest.error());
        });
}

void Accounts::findUser(const QString &idOrName, QObject *context, Done<User> done)
{
    m_store->findUser(isId(idOrName) ? idOrName.toLower() : QString(),
        nameKey(idOrName.left(4 * m_options.limits.userNameCharactersMax)), context,
        [idOrName, done = std::move(done)](Result<User> user) {
            // What is longer than a name was cut.
            const bool found = user ? user->id == idOrName.toLower() || isSameName(user->name, idOrName)
                                    : user.error().code != ErrorCode::NotFound;
            if (!found)
                user = Error{ErrorCode::NotFound,
                    QStringLiteral("There is no user '%1'.").arg(text::cut(idOrName, 64))};
            done(std::move(user));
        });
}

void Accounts::forgetExpired()
{
    logCountedRefusals();
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QStringList expired = m_shared->sessions.expiredBetween(m_expiredUntil, now);
    m_expiredUntil = now;
    for (const QString &sessionId : expired)
        Q_EMIT sessionExpired(sessionId);
}

} // namespace rookery::core
