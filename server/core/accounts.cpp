#include "server/core/accounts.h"

#include "common/ids.h"
#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/names.h"
#include "server/core/sharedstate.h"

#include <QPointer>
#include <QRandomGenerator>
#include <QTimer>

namespace rookery::core {

namespace {

constexpr int guestNameAttempts = 5;
constexpr std::chrono::minutes expirySweep{1};
constexpr qsizetype clientLabelLength = 200;

const QString nameField = QStringLiteral("username");
const QString passwordField = QStringLiteral("password");

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

std::optional<Error> checkPassword(
    const QString &password, const Limits &limits, bool isNew, const QString &field = passwordField)
{
    const qsizetype bytes = password.toUtf8().size();
    if (bytes > limits.passwordBytesMax || (isNew && bytes < limits.passwordBytesMin))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The password must be %1 to %2 bytes long.")
                .arg(limits.passwordBytesMin)
                .arg(limits.passwordBytesMax),
            field};
    return std::nullopt;
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
    , m_options(options)
{
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
    const auto checked = checkUserName(name, m_options.limits, nameField);
    if (!checked) {
        done(checked.error());
        return;
    }
    if (const auto problem = checkPassword(password, m_options.limits, true)) {
        done(*problem);
        return;
    }
    if (const auto wait = m_shared->registrationsByAddress.take(client.network)) {
        done(tooOften(QStringLiteral("registrations from this address"), *wait));
        return;
    }
    // The context here is this object: an account that has been stored is announced even if who asked has
    // gone.
    auto answer = [context = QPointer<QObject>(context), done = std::move(done)](Result<User> user) {
        if (context)
            done(std::move(user));
    };
    m_hasher->hash(password, this,
        [this, checkedName = *checked, answer = std::move(answer)](const Result<QString> &hash) {
            if (!hash) {
                answer(hash.error());
                return;
            }
            store::NewUser user{newId(), checkedName.text, checkedName.skeleton, *hash, false, m_firstRoom};
            m_store->createUser(std::move(user), this, [this, answer](Result<User> created) {
                if (created)
                    Q_EMIT registered(*created);
                else if (created.error().code == ErrorCode::NameTaken)
                    created = Error{ErrorCode::NameTaken,
                        QStringLiteral("This user name, or one that looks like it, is taken."), nameField};
                answer(std::move(created));
            });
        });
}

void Accounts::logIn(const QString &name, const QString &password, const ClientInfo &client, QObject *context,
    Done<LogIn> done)
{
    if (const auto problem = checkPassword(password, m_options.limits, false)) {
        done(*problem);
        return;
    }
    const QString skeleton = skeletonOf(name.left(4 * m_options.limits.userNameCharactersMax));
    if (const auto wait = countTry(client, skeleton)) {
        done(tooOften(QStringLiteral("log-ins"), *wait));
        return;
    }
    m_store->findCredentials(skeleton, context,
        [this, name, password, client, context, done = std::move(done)](
            const Result<store::Credentials> &found) {
            if (!found && found.error().code != ErrorCode::NotFound) {
                done(found.error());
                return;
            }
            // An unknown user is hashed like a known one, so that the clock does not tell them apart.
            const bool known = found && isSameName(found->user.name, name);
            const store::Credentials credentials = known ? *found : store::Credentials();
            m_hasher->verify(password, credentials.passwordHash, context,
                [this, credentials, client, context, done](const Result<bool> &matches) {
                    if (!matches)
                        done(matches.error());
                    else if (!*matches)
                        done(badCredentials());
                    else
                        openSession(credentials.user, credentials.passwordHash, client, context, done);
                });
        });
}

std::optional<std::chrono::milliseconds> Accounts::countTry(const ClientInfo &client, const QString &skeleton)
{
    if (const auto wait = m_shared->logInsByAddress.take(client.network))
        return wait;
    return m_shared->logInsByName.take(skeleton);
}

void Accounts::openSession(const User &user, const QString &passwordHash, const ClientInfo &client,
    QObject *context, Done<LogIn> done)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const store::SessionRecord session{newId(), user, now, now.addSecs(m_options.tokenLifetime.count()),
        client.userAgent.left(clientLabelLength), client.address};
    // Known before it is stored, so that whoever ends it once it is stored finds it, however late the answer
    // comes here. Nobody has its token yet.
    m_shared->sessions.insert(session.id, {session.user, session.expiresAt});
    m_store->createSession(session, passwordHash, this,
        [this, session, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<Nothing> &stored) {
            if (!stored)
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
                done(LogIn{{session.user, session.id}, token, session.expiresAt});
            }
        });
}

void Accounts::changePassword(const Principal &principal, const QString &current, const QString &fresh,
    const ClientInfo &client, QObject *context, Done<Nothing> done)
{
    const QString currentField = QStringLiteral("current");
    if (const auto problem = checkPassword(current, m_options.limits, false, currentField)) {
        done(*problem);
        return;
    }
    if (const auto problem = checkPassword(fresh, m_options.limits, true, QStringLiteral("new"))) {
        done(*problem);
        return;
    }
    const QString skeleton = skeletonOf(principal.user.name);
    if (const auto wait = countTry(client, skeleton)) {
        done(tooOften(QStringLiteral("tries"), *wait));
        return;
    }
    m_store->findCredentials(skeleton, context,
        [this, principal, current, fresh, currentField, context, done = std::move(done)](
            const Result<store::Credentials> &found) {
            if (!found) {
                done(found.error());
                return;
            }
            const QString oldHash = found->user.id == principal.user.id ? found->passwordHash : QString();
            m_hasher->verify(current, oldHash, context,
                [this, principal, fresh, currentField, oldHash, context, done](const Result<bool> &matches) {
                    if (!matches) {
                        done(matches.error());
                        return;
                    }
                    if (!*matches) {
                        done(Error{ErrorCode::Forbidden, QStringLiteral("The current password is wrong."),
                            currentField});
                        return;
                    }
                    m_hasher->hash(fresh, context,
                        [this, principal, oldHash, context = QPointer<QObject>(context), done](
                            const Result<QString> &newHash) {
                            if (!newHash) {
                                done(newHash.error());
                                return;
                            }
                            storePassword(
                                principal, oldHash, *newHash, [context, done](Result<Nothing> changed) {
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
        [this, userId = principal.user.id, done = std::move(done)](const Result<QStringList> &ended) {
            if (!ended) {
                done(ended.error());
                return;
            }
            for (const QString &sessionId : *ended)
                m_shared->sessions.take(sessionId, userId);
            for (const QString &sessionId : *ended)
                Q_EMIT sessionEnded(sessionId);
            done(Nothing());
        });
}

Result<Principal> Accounts::authenticate(const QByteArray &token) const
{
    const auto claims = m_tokens.verify(token);
    if (!claims)
        return unauthorized();
    auto user = m_shared->sessions.find(claims->sessionId, claims->userId, QDateTime::currentDateTimeUtc());
    if (!user)
        return unauthorized();
    return Principal{std::move(*user), claims->sessionId};
}

void Accounts::sessions(const Principal &principal, QObject *context, Done<QList<SessionInfo>> done)
{
    m_store->sessionsOf(principal.user.id, context,
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

void Accounts::revoke(
    const Principal &principal, const QString &anyCase, QObject *context, Done<Nothing> done)
{
    // The store takes ids in capitals too; sockets and the table know them as they were made.
    const QString sessionId = anyCase.toLower();
    // Refused from this moment on, whatever becomes of the one who asked; a failing store brings it back.
    const auto taken = m_shared->sessions.take(sessionId, principal.user.id);
    m_store->deleteSession(principal.user.id, sessionId, this,
        [this, sessionId, taken, context = QPointer<QObject>(context), done = std::move(done)](
            Result<Nothing> deleted) {
            if (deleted)
                Q_EMIT sessionEnded(sessionId);
            else if (taken)
                m_shared->sessions.insert(sessionId, *taken);
            if (!context)
                return;
            if (!deleted && deleted.error().code == ErrorCode::NotFound)
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
    if (const auto wait = m_shared->guestsByAddress.take(client.network)) {
        done(tooOften(QStringLiteral("guests from this address"), *wait));
        return;
    }
    makeGuest(guestNameAttempts, context, std::move(done));
}

void Accounts::guestOfAddress(const ClientInfo &client, QObject *context, Done<Principal> done)
{
    if (const auto known = m_shared->guests.find(client.address); known && m_options.guests) {
        done(Principal{*known, {}});
        return;
    }
    admitGuest(client, context,
        [this, address = client.address, done = std::move(done)](const Result<Principal> &guest) {
            if (guest)
                done(Principal{m_shared->guests.insert(address, guest->user), {}});
            else
                done(guest.error());
        });
}

void Accounts::makeGuest(int attempts, QObject *context, Done<Principal> done)
{
    const QString name = guestName();
    m_store->createUser({newId(), name, skeletonOf(name), {}, true, {}}, context,
        [this, attempts, context, done = std::move(done)](const Result<User> &guest) {
            if (guest)
                done(Principal{*guest, {}});
            else if (guest.error().code == ErrorCode::NameTaken && attempts > 1)
                makeGuest(attempts - 1, context, done);
            else
                done(guest.error());
        });
}

void Accounts::findUser(const QString &idOrName, QObject *context, Done<User> done)
{
    m_store->findUser(isId(idOrName) ? idOrName.toLower() : QString(),
        skeletonOf(idOrName.left(4 * m_options.limits.userNameCharactersMax)), context,
        [idOrName, done = std::move(done)](Result<User> user) {
            // A skeleton finds names that only look alike, too: they are somebody else.
            const bool found = user ? user->id == idOrName.toLower() || isSameName(user->name, idOrName)
                                    : user.error().code != ErrorCode::NotFound;
            if (!found)
                user = Error{
                    ErrorCode::NotFound, QStringLiteral("There is no user '%1'.").arg(idOrName.left(64))};
            done(std::move(user));
        });
}

void Accounts::forgetExpired()
{
    const QStringList expired = m_shared->sessions.takeExpired(QDateTime::currentDateTimeUtc());
    for (const QString &sessionId : expired)
        Q_EMIT sessionEnded(sessionId);
}

} // namespace rookery::core
