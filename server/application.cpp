// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/application.h"

#include "server/adminnames.h"
#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/names.h"
#include "server/core/securitylog.h"
#include "server/core/sessionwatch.h"
#include "server/core/sharedstate.h"
#include "server/core/storereach.h"
#include "server/core/threadcore.h"
#include "server/datadirectory.h"
#include "server/datalock.h"
#include "server/iothread.h"
#include "server/metrics/counters.h"
#include "server/net/acceptor.h"
#include "server/net/peer/addresses.h"
#include "server/net/peer/connectionquota.h"
#include "server/net/server.h"
#include "server/nodebus.h"
#include "server/passwordfile.h"
#include "server/store/factory/storefactory.h"
#include "server/tlscheck.h"

#include <QEventLoop>
#include <QThread>
#include <QTimer>

#include <optional>
#include <utility>

namespace rookery {

namespace {

constexpr std::chrono::seconds stopTime{10};

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

/// What the process has done, for whoever reads the log.
void logTotals()
{
    const metrics::Totals totals = metrics::totals();
    const auto line = QStringLiteral("counted: connections %1, WebSockets %2, closed as slow readers %3; "
                                     "HTTP requests %4, refused unseen %5; messages received %6, sent %7; "
                                     "changes stored %8, transactions %9")
                          .arg(totals.connectionsOpened)
                          .arg(totals.webSocketsOpened)
                          .arg(totals.slowReaders)
                          .arg(totals.requests)
                          .arg(totals.refusals)
                          .arg(totals.messagesReceived)
                          .arg(totals.messagesSent)
                          .arg(totals.changes)
                          .arg(totals.transactions);
    qInfo("%s; bytes read %llu, written %llu, writes %llu", qUtf8Printable(line),
        qulonglong(totals.bytesRead), qulonglong(totals.bytesWritten), qulonglong(totals.writes));
}

} // namespace

class Application::Private
{
public:
    explicit Private(config::Config configuration)
        : config(std::move(configuration))
        , bus(config, postboxes)
        , shared(config.limits)
        , handshakes(config.limits.tlsHandshakesPerSecond, config.limits.tlsHandshakesBurst)
        , proxies(config.trustedProxies)
    { }

    ~Private()
    {
        acceptor.reset();
        ioThreads.clear();
        bus.leave();
    }

    Result<Nothing> openData();
    Result<Room> readData();
    void warnOfMissingAdmins();
    Result<QList<QUrl>> listen();
    int connectionCount();
    /// Whether this TLS handshake may be computed.
    bool admits(const QHostAddress &address, int cost);

    // In the order in which they are made; destroyed from the last to the first.
    config::Config config;
    std::optional<DataLock> lock;
    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
    NodeBus bus;
    core::SharedState shared;
    core::StoreReach reach;
    auth::RateLimiter handshakes; ///< by network, in units of net::TlsContext::handshakeCost()
    const net::TrustedProxies proxies;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<core::SessionWatch> sessionWatch;
    std::unique_ptr<auth::PasswordHasher> hasher;
    std::unique_ptr<auth::TokenSigner> signer;
    std::vector<std::unique_ptr<IoThread>> ioThreads;
    std::unique_ptr<net::Acceptor> acceptor;
    size_t drained = 0; ///< of the I/O threads
    bool stopping = false;
};

Application::Application(config::Config config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(std::move(config)))
{ }

Application::~Application()
{
    const bool served = !d->ioThreads.empty();
    d.reset(); // the threads have counted everything
    if (served)
        logTotals();
}

Result<QList<QUrl>> Application::start()
{
    if (const auto admins = checkAdminNames(d->config); !admins)
        return admins.error();
    if (const auto opened = d->openData(); !opened)
        return opened.error();
    const auto lobby = d->readData();
    if (!lobby)
        return lobby.error();
    d->warnOfMissingAdmins();

    if (d->config.testEcho)
        qWarning("ROOKERY_TEST_ECHO is set: /test/echo is open to everybody, as only a test should have it");
    d->shared.commonLimits.join([bus = &d->bus] { return bus->nodes(); }, d->bus.buckets());
    d->hasher = std::make_unique<auth::PasswordHasher>(d->config.limits.passwordQueue, d->postboxes);
    const core::Services services{d->store.get(), d->hasher.get(), d->signer.get(), d->bus.get(), &d->shared,
        *lobby, core::HeadCheck::defaultRound, d->sessionWatch.get(), &d->reach};
    const int count = d->config.ioThreads > 0 ? d->config.ioThreads : QThread::idealThreadCount();
    const auto quota = net::makeConnectionQuota(d->config.limits, count, d->proxies);
    std::vector<net::Server *> servers;
    for (int i = 0; i < count; ++i) {
        d->ioThreads.push_back(std::make_unique<IoThread>(i, d->config, services, quota, d->postboxes));
        servers.push_back(&d->ioThreads.back()->server());
        connect(d->ioThreads.back().get(), &IoThread::drained, this, [this] {
            if (++d->drained == d->ioThreads.size())
                Q_EMIT stopped();
        });
    }
    d->acceptor = std::make_unique<net::Acceptor>(servers);
    d->acceptor->setLocalMode(mode_t(d->config.unixSocketMode.toUInt(nullptr, 8)));
    d->acceptor->setHandshakeGate(
        [this](const QHostAddress &address, int cost) { return d->admits(address, cost); });
    return d->listen();
}

/// What is held in memory from the start: the live sessions, and the lobby, which it answers.
Result<Room> Application::Private::readData()
{
    sessionWatch = std::make_unique<core::SessionWatch>(store.get(), &shared.sessions);
    QObject::connect(
        sessionWatch.get(), &core::SessionWatch::asked, &reach,
        [this](bool answered) {
            if (answered)
                reach.note();
        },
        Qt::DirectConnection);
    const auto sessions =
        await<Nothing>([this](QObject *context, auto done) { sessionWatch->begin(context, done); });
    if (!sessions)
        return sessions.error();
    return await<Room>([this](QObject *context, auto done) {
        core::Rooms::openLobby(store.get(), config.limits, context, done);
    });
}

/// Nobody can register such a name while it stands there, so the right person would not get it either.
void Application::Private::warnOfMissingAdmins()
{
    for (const QString &name : std::as_const(config.admins)) {
        const auto user = await<User>([this, &name](QObject *context, auto done) {
            store->findUser({}, core::nameKey(name), context, done);
        });
        if (!user && user.error().code == ErrorCode::NotFound)
            qWarning("accounts.admins names %s, and there is no such account; to make one, take the name out "
                     "first",
                qUtf8Printable(name));
    }
}

int Application::Private::connectionCount()
{
    int count = 0;
    for (const auto &thread : ioThreads)
        count += thread->server().connectionCount();
    return count;
}

bool Application::Private::admits(const QHostAddress &address, int cost)
{
    if (proxies.trusts(address))
        return true;
    const QString network = net::networkOf(address);
    if (!handshakes.take(network, cost))
        return true;
    core::logSecurity(core::SecurityEvent::RateLimited, {}, network, QStringLiteral("TLS handshakes"));
    return false;
}

Result<Nothing> Application::Private::openData()
{
    const QString directory = config.dataDirectory;
    if (auto prepared = prepareDataDirectory(directory); !prepared)
        return prepared;

    auto locked = DataLock::take(directory + QStringLiteral("/rookeryd.lock"));
    if (!locked)
        return locked.error();
    lock = std::move(locked).value();

    auto key = auth::loadOrCreateSigningKey(
        config.signingKeyFile.isEmpty() ? directory + QStringLiteral("/signing.key") : config.signingKeyFile);
    if (!key)
        return key.error();
    signer = std::make_unique<auth::TokenSigner>(*key, config.issuer, config.audience);

    store::StoreOptions options;
    options.queueBound = config.limits.storeQueue;
    options.guests = &shared.guests;
    options.names = {core::namesRule(), core::nameKey, core::skeletonOf};
    options.committed = [this, announce = core::ThreadCore::announceOn(bus.get())](
                            std::vector<store::CommitNotice> committed) {
        reach.note();
        announce(std::move(committed));
    };
    options.epochChanged = core::ThreadCore::announceHistoryOn(bus.get());
    options.losslessFailover = config.losslessFailover;
    options.historyFile = directory + QStringLiteral("/rookery.history");
    options.postboxes = postboxes;
    options.readers = config.storageReaders;
    options.signingKeyId = signer->keyId();
    if (!config.storagePasswordFile.isEmpty()) {
        auto password = readPasswordFile(config.storagePasswordFile);
        if (!password)
            return password.error();
        options.password = std::move(password).value();
    }
    const QUrl url = config.storageUrl.isEmpty() ? store::sqliteUrl(directory + QStringLiteral("/rookery.db"))
                                                 : QUrl(config.storageUrl);
    auto opened = store::open(url, options);
    if (!opened)
        return opened.error();
    store = std::move(opened).value();
    reach.note(); // opening it may have taken long
    return bus.join(config, {options.password, *key, store.get(), &reach});
}

Result<QList<QUrl>> Application::Private::listen()
{
    std::optional<net::TlsFiles> tls;
    if (!config.certificateFile.isEmpty())
        tls = net::TlsFiles{config.certificateFile, config.keyFile};

    QList<QUrl> listening;
    bool checked = false;
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
        if (url.scheme() == QLatin1String("https") && !std::exchange(checked, true)) {
            const auto warnings = checkTls(config, *tls);
            if (!warnings)
                return warnings.error();
            for (const QString &warning : *warnings)
                qWarning("%s", qUtf8Printable(warning));
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
    if (!d->acceptor) {
        Q_EMIT stopped();
        return;
    }
    qInfo("stopping; open connections: %d", d->connectionCount());
    QTimer::singleShot(stopTime, this, &Application::stopped);
    d->acceptor->close();
    for (const auto &thread : d->ioThreads)
        thread->stop();
}

} // namespace rookery
