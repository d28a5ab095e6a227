#include "tests/server/http/httpfixture.h"

#include "common/jsonreader.h"
#include "server/auth/passwordhasher.h"
#include "server/auth/tokensigner.h"
#include "server/core/accounts.h"
#include "server/core/hub.h"
#include "server/core/messages.h"
#include "server/core/rooms.h"
#include "server/http/httpapi.h"
#include "server/net/acceptor.h"
#include "server/net/server.h"
#include "server/store/sqlstore.h"

#include <QDateTime>
#include <QTest>

namespace rookery::test {

namespace {

const QByteArray signingKey(32, 'k');
const QString issuer = QStringLiteral("rookery");

template <typename T, typename Start>
std::optional<Result<T>> await(Start start)
{
    QObject context;
    std::optional<Result<T>> answer;
    start(&context, [&answer](Result<T> result) { answer.emplace(std::move(result)); });
    if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 10'000))
        return Result<T>(Error{ErrorCode::Internal, QStringLiteral("no answer in time")});
    return answer;
}

} // namespace

Limits FixtureOptions::withoutRates()
{
    Limits limits;
    limits.loginsPerMinute = 0;
    limits.messagesPerSecond = 0;
    return limits;
}

HttpFixture::HttpFixture(const FixtureOptions &options)
{
    store::SqliteOptions storage;
    storage.path = m_directory.filePath(QStringLiteral("test.db"));
    auto opened = store::openSqlite(storage);
    if (!opened) {
        m_problem = opened.error().detail;
        return;
    }
    m_store = std::move(opened).value();
    m_hasher = std::make_unique<auth::PasswordHasher>(options.limits.passwordQueue);
    m_signer = std::make_unique<auth::TokenSigner>(signingKey, issuer, issuer);
    m_hub = std::make_unique<core::Hub>();
    core::AccountsOptions accounts;
    accounts.limits = options.limits;
    accounts.registration = options.registration;
    m_accounts = std::make_unique<core::Accounts>(m_store.get(), m_hasher.get(), m_signer.get(), accounts);
    m_rooms = std::make_unique<core::Rooms>(
        m_store.get(), m_accounts.get(), m_hub.get(), core::RoomsOptions{options.limits, true});
    m_messages =
        std::make_unique<core::Messages>(m_store.get(), m_accounts.get(), m_hub.get(), options.limits);
    const auto sessions =
        await<Nothing>([this](QObject *context, auto done) { m_accounts->start(context, done); });
    const auto lobby = await<Room>([this](QObject *context, auto done) { m_rooms->start(context, done); });
    if (!*sessions || !*lobby) {
        m_problem = *sessions ? lobby->error().detail : sessions->error().detail;
        return;
    }
    m_server = std::make_unique<net::Server>(options.limits, net::makeConnectionQuota(options.limits));
    m_api = std::make_unique<http::HttpApi>(m_server.get(), core(),
        http::HttpOptions{options.serverName, options.allowedOrigins, options.limits});
    m_acceptor = std::make_unique<net::Acceptor>(std::vector<net::Server *>{m_server.get()});
    const auto url = m_acceptor->listen(QUrl(QStringLiteral("http://127.0.0.1:0")));
    if (url)
        m_port = quint16(url->port());
    else
        m_problem = url.error().detail;
}

HttpFixture::~HttpFixture() = default;

core::Core HttpFixture::core() const
{
    return {m_accounts.get(), m_rooms.get(), m_messages.get(), m_hub.get()};
}

Answer HttpFixture::get(const QByteArray &path, const LoggedIn &user) const
{
    return call({"GET", path, {}, user.token});
}

Answer HttpFixture::post(const QByteArray &path, const QJsonObject &body, const LoggedIn &user) const
{
    return call({"POST", path, toJson(body), user.token, {{"Content-Type", "application/json"}}});
}

LoggedIn HttpFixture::user(const QString &name) const
{
    const QJsonObject credentials{{QStringLiteral("username"), name},
        {QStringLiteral("password"), QStringLiteral("correct horse battery")}};
    const Answer registered = post("/api/v1/register", credentials);
    const Answer answer = post("/api/v1/login", credentials);
    if (registered.status != 201 || answer.status != 200) {
        qWarning("%s: %d %s, %d %s", qUtf8Printable(name), registered.status, registered.body.constData(),
            answer.status, answer.body.constData());
        return {};
    }
    const QJsonObject json = answer.json();
    return {name, json.value(QLatin1String("user")).toObject().value(QLatin1String("id")).toString(),
        json.value(QLatin1String("token")).toString().toLatin1(),
        answer.header("set-cookie").split(';').constFirst(), json.value(QLatin1String("session")).toString()};
}

QByteArray HttpFixture::tokenWithKeyOf(const QByteArray &key, const LoggedIn &user) const
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    return auth::TokenSigner(key, issuer, issuer)
        .sign({user.id, user.name, user.session, now, now.addSecs(3600)});
}

} // namespace rookery::test
