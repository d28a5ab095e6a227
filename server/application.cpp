#include "server/application.h"

#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/accounts.h"
#include "server/core/hub.h"
#include "server/core/messages.h"
#include "server/core/rooms.h"
#include "server/http/httpapi.h"
#include "server/net/acceptor.h"
#include "server/net/connectionquota.h"
#include "server/net/server.h"
#include "server/store/sqlstore.h"
#include "server/ws/websocketapi.h"

#include <QDir>
#include <QEventLoop>
#include <QLockFile>
#include <QTimer>

#include <optional>

namespace rookery {

namespace {

constexpr std::chrono::seconds stopTime{10};
constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;

Error operatorError(const QString &sentence)
{
    return {ErrorCode::Internal, sentence};
}

/// Runs an asynchronous start-up step to its end. Nothing is listening yet, so there is nobody to keep
/// waiting.
template <typename T, typename Call>
Result<T> await(Call call)
{
    QObject context;
    QEventLoop loop;
    std::optional<Result<T>> answer;
    call(&context, [&](Result<T> result) {
        answer.emplace(std::move(result));
        loop.quit();
    });
    if (!answer)
        loop.exec();
    return *answer;
}

} // namespace

class Application::Private
{
public:
    explicit Private(config::Config configuration)
        : config(std::move(configuration))
    { }

    Result<Nothing> openData();
    Result<QList<QUrl>> listen();

    // In the order in which they are made; destroyed from the last to the first.
    config::Config config;
    std::unique_ptr<QLockFile> lock;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<auth::PasswordHasher> hasher;
    std::unique_ptr<auth::TokenSigner> signer;
    std::unique_ptr<core::Hub> hub;
    std::unique_ptr<core::Accounts> accounts;
    std::unique_ptr<core::Rooms> rooms;
    std::unique_ptr<core::Messages> messages;
    std::unique_ptr<net::Server> server;
    std::unique_ptr<http::HttpApi> http;
    std::unique_ptr<ws::WebSocketApi> webSockets;
    std::unique_ptr<net::Acceptor> acceptor;
    bool stopping = false;
};

Application::Application(config::Config config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(std::move(config)))
{ }

Application::~Application() = default;

Result<QList<QUrl>> Application::start()
{
    if (const auto opened = d->openData(); !opened)
        return opened.error();

    const config::Config &config = d->config;
    d->hasher = std::make_unique<auth::PasswordHasher>(config.limits.passwordQueue);
    d->hub = std::make_unique<core::Hub>();
    core::AccountsOptions accountsOptions;
    accountsOptions.limits = config.limits;
    accountsOptions.tokenLifetime = config.tokenLifetime;
    accountsOptions.registration = config.registration;
    accountsOptions.guests = config.guests;
    d->accounts =
        std::make_unique<core::Accounts>(d->store.get(), d->hasher.get(), d->signer.get(), accountsOptions);
    d->rooms = std::make_unique<core::Rooms>(d->store.get(), d->accounts.get(), d->hub.get(),
        core::RoomsOptions{config.limits, config.createOnFirstUse});
    d->messages =
        std::make_unique<core::Messages>(d->store.get(), d->accounts.get(), d->hub.get(), config.limits);
    connect(d->accounts.get(), &core::Accounts::sessionEnded, d->hub.get(), [this](const QString &sessionId) {
        d->hub->endSession(sessionId, QStringLiteral("This session is over; log in again."));
    });

    const auto sessions =
        await<Nothing>([this](QObject *context, auto done) { d->accounts->start(context, done); });
    if (!sessions)
        return sessions.error();
    const auto lobby = await<Room>([this](QObject *context, auto done) { d->rooms->start(context, done); });
    if (!lobby)
        return lobby.error();

    const core::Core core{d->accounts.get(), d->rooms.get(), d->messages.get(), d->hub.get()};
    d->server = std::make_unique<net::Server>(config.limits, net::makeConnectionQuota(config.limits));
    d->http = std::make_unique<http::HttpApi>(
        d->server.get(), core, http::HttpOptions{config.publicName, config.allowedOrigins, config.limits});
    d->webSockets = std::make_unique<ws::WebSocketApi>(
        d->server.get(), core, ws::WebSocketOptions{config.allowedOrigins, config.limits});
    d->acceptor = std::make_unique<net::Acceptor>(std::vector<net::Server *>{d->server.get()});
    return d->listen();
}

Result<Nothing> Application::Private::openData()
{
    const QString directory = config.dataDirectory;
    if (!QDir().mkpath(directory))
        return operatorError(QStringLiteral("The data directory %1 cannot be made.").arg(directory));
    QFile::setPermissions(directory, ownerOnly);

    lock = std::make_unique<QLockFile>(directory + QStringLiteral("/rookeryd.lock"));
    lock->setStaleLockTime(0);
    if (!lock->tryLock()) {
        if (lock->error() == QLockFile::LockFailedError)
            return operatorError(
                QStringLiteral("Another rookeryd is using the data directory %1.").arg(directory));
        return operatorError(QStringLiteral("The data directory %1 cannot be written to.").arg(directory));
    }

    auto key = auth::loadOrCreateSigningKey(directory + QStringLiteral("/signing.key"));
    if (!key)
        return key.error();
    signer = std::make_unique<auth::TokenSigner>(*key, config.issuer, config.audience);

    store::SqliteOptions options;
    options.path = directory + QStringLiteral("/rookery.db");
    options.queueBound = config.limits.storeQueue;
    auto opened = store::openSqlite(options);
    if (!opened)
        return opened.error();
    store = std::move(opened).value();
    return Nothing();
}

Result<QList<QUrl>> Application::Private::listen()
{
    std::optional<net::TlsFiles> tls;
    if (!config.certificateFile.isEmpty())
        tls = net::TlsFiles{config.certificateFile, config.keyFile};

    QList<QUrl> listening;
    for (const QUrl &url : config.listen) {
        if (url.scheme() == QLatin1String("https") && !tls) {
            auto made = net::ensureSelfSignedCertificate(config.dataDirectory);
            if (!made)
                return made.error();
            tls = *made;
            qInfo("https with a self-signed certificate, %s; give [tls] certificate_file and key_file for a "
                  "real one",
                qUtf8Printable(tls->certificate));
        }
        auto taken = acceptor->listen(url, tls);
        if (!taken)
            return taken.error();
        listening.append(*taken);
    }
    return listening;
}

void Application::stop()
{
    if (d->stopping)
        return;
    d->stopping = true;
    if (!d->server) {
        Q_EMIT stopped();
        return;
    }
    qInfo("stopping: %d connections are open", d->server->connectionCount());
    connect(d->server.get(), &net::Server::drained, this, &Application::stopped);
    QTimer::singleShot(stopTime, this, &Application::stopped);
    d->acceptor->close();
    d->server->stop();
    d->webSockets->goAway();
}

} // namespace rookery
