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

std::optional<Error> checkPassword(const QString &password, const Limits &limits, bool isNew)
{
    const qsizetype bytes = password.toUtf8().size();
    if (bytes > limits.passwordBytesMax || (isNew && bytes < limits.passwordBytesMin))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The password must be %1 to %2 bytes long.")
                .arg(limits.passwordBytesMin)
                .arg(limits.passwordBytesMax),
            passwordField};
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
    auto wait = m_shared->logInsByAddress.take(client.network);
    if (!wait)
        wait = m_shared->logInsByName.take(skeleton);
    if (wait) {
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
                [this, user = credentials.user, client, context, done](const Result<bool> &matches) {
                    if (!matches)
                        done(matches.error());
                    else if (!*matches)
                        done(badCredentials());
                    else
                        openSession(user, client, context, done);
                });
        });
}

void Accounts::openSession(const User &user, const ClientInfo &client, QObject *context, Done<LogIn> done)
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const store::SessionRecord session{newId(), user, now, now.addSecs(m_options.tokenLifetime.count()),
        client.userAgent.left(clientLabelLength), client.address};
    m_store->createSession(
        session, context, [this, session, done = std::move(done)](const Result<Nothing> &stored) {
            if (!stored) {
                done(stored.error());
                return;
            }
            m_shared->sessions.insert(session.id, {session.user, session.expiresAt});
            const QByteArray token = m_signer->sign(
                {session.user.id, session.user.name, session.id, session.createdAt, session.expiresAt});
            done(LogIn{{session.user, session.id}, token, session.expiresAt});
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
    const Principal &principal, const QString &sessionId, QObject *context, Done<Nothing> done)
{
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
