// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/restclient.h"

#include "client/api/frames.h"
#include "client/api/networkproblem.h"
#include "client/api/serveraddress.h"
#include "client/api/trust.h"
#include "common/printable.h"

#include <QNetworkReply>
#include <QPointer>

#include <memory>

namespace rookery::client {

namespace {

/// A property of replies.
constexpr auto tooLarge = "rookery-too-large";

ErrorCode codeFromStatus(int status)
{
    switch (status) {
    case 400:
        return ErrorCode::InvalidRequest;
    case 401:
        return ErrorCode::Unauthorized;
    case 403:
        return ErrorCode::Forbidden;
    case 404:
        return ErrorCode::NotFound;
    case 405:
        return ErrorCode::MethodNotAllowed;
    case 413:
        return ErrorCode::PayloadTooLarge;
    case 429:
        return ErrorCode::RateLimited;
    case 503:
        return ErrorCode::Overloaded;
    case 507:
        return ErrorCode::StorageFull;
    default:
        return ErrorCode::Internal;
    }
}

QString textOf(const QJsonObject &object, QLatin1String field)
{
    return object.value(field).toString();
}

/// A refusal that is not in the server's own form. `text` is what it says itself, if that is plain text.
Problem foreignAnswer(const QUrl &server, int status, const QString &reason, const QString &text)
{
    const QString name = serverName(server);
    // Such as a port that speaks TLS: its own text says best what is wrong.
    if (!text.isEmpty())
        return Problem::ofServer(Problem::ForeignText, name, text);
    Problem problem = Problem::ofServer(Problem::ForeignAnswer, name, shortened(reason));
    problem.number = status;
    if (status == 502 || status == 503 || status == 504)
        problem.kind = Problem::Unavailable;
    else if (status == 400 && server.scheme() == QLatin1String("http"))
        problem.kind = Problem::MaybeEncrypted;
    return problem;
}

/// A plain text that is a line or two.
QString plainTextOf(const QByteArray &contentType, const QByteArray &body)
{
    constexpr qsizetype mostBytes = 300;
    if (!contentType.trimmed().toLower().startsWith("text/plain") || body.size() > mostBytes)
        return {};
    return shortened(printableLine(QString::fromUtf8(body).simplified()));
}

/// RFC 9457, as far as the answer is one; a proxy's own error page is not.
Problem readProblem(const QUrl &server, int status, const QNetworkReply &reply, const QByteArray &body)
{
    Problem problem(Error{codeFromStatus(status), {}});
    const auto json = JsonReader::parse(body);
    bool isOurs = false;
    if (json) {
        const QJsonObject &object = json->object();
        problem.detail = textOf(object, QLatin1String("detail"));
        if (problem.detail.isEmpty())
            problem.detail = textOf(object, QLatin1String("error"));
        problem.detail = shortened(problem.detail);
        problem.field = textOf(object, QLatin1String("field"));
        const QString code = textOf(object, QLatin1String("code"));
        isOurs = !code.isEmpty();
        if (isOurs)
            problem.code = codeFromText(code);
    }
    // A proxy in between knows nothing about this log-in.
    if (!isOurs && problem.code == ErrorCode::Unauthorized)
        problem.code = ErrorCode::Internal;
    if (problem.detail.isEmpty()) {
        const ErrorCode code = problem.code;
        problem = foreignAnswer(server, status,
            reply.attribute(QNetworkRequest::HttpReasonPhraseAttribute).toString(),
            plainTextOf(reply.rawHeader("Content-Type"), body));
        problem.code = code;
    }
    bool isNumber = false;
    const int seconds = reply.rawHeader("Retry-After").toInt(&isNumber);
    if (isNumber && seconds > 0)
        problem.retryAfter = std::chrono::seconds(seconds);
    return problem;
}

} // namespace

QString restPath(const QStringList &segments)
{
    QString path;
    for (const QString &segment : segments) {
        if (!path.isEmpty())
            path += u'/';
        path += QString::fromLatin1(QUrl::toPercentEncoding(segment));
    }
    return path;
}

RestClient::RestClient(const QUrl &server, const QByteArray &token, QObject *parent,
    std::chrono::milliseconds timeout, Trust *trust)
    : Rest(parent)
    , m_server(server)
    , m_token(token)
    , m_name(serverName(server))
    , m_trust(trust)
    , m_timeout(timeout)
{
    m_manager.setRedirectPolicy(QNetworkRequest::SameOriginRedirectPolicy);
    m_manager.setAutoDeleteReplies(true);
}

void RestClient::setToken(const QByteArray &token)
{
    m_token = token;
    m_awaitsToken = false;
}

void RestClient::send(const RestRequest &request, QObject *context, Done<JsonReader> answer)
{
    if (m_awaitsToken) {
        QMetaObject::invokeMethod(
            context,
            [answer = std::move(answer)] { answer(Problem::ofServer(Problem::AwaitingKeyring, {})); },
            Qt::QueuedConnection);
        return;
    }
    QUrl url = below(m_server, QLatin1String("/api/v1/") + request.path);
    if (!request.query.isEmpty())
        url.setQuery(request.query);
    QNetworkRequest http(url);
    if (m_trust && url.scheme() == QLatin1String("https")) {
        QSslConfiguration tls = http.sslConfiguration();
        m_trust->prepare(url, &tls);
        http.setSslConfiguration(tls);
    }
    http.setTransferTimeout(int(m_timeout.count()));
    http.setMaximumRedirectsAllowed(3);
    http.setRawHeader("User-Agent", "Rookery/" ROOKERY_VERSION);
    http.setRawHeader("Accept", "application/json");
    // Nothing is unpacked, and so nothing is larger than what came (THREATS.md 44).
    http.setRawHeader("Accept-Encoding", "identity");
    // Cookies would be a second log-in beside the token.
    http.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    http.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    http.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    if (!m_token.isEmpty())
        http.setRawHeader("Authorization", "Bearer " + m_token);

    QNetworkReply *reply = nullptr;
    switch (request.method) {
    case HttpMethod::Get:
        reply = m_manager.get(http);
        break;
    case HttpMethod::Post:
        http.setHeader(QNetworkRequest::ContentTypeHeader, QByteArrayLiteral("application/json"));
        reply = m_manager.post(http, toJson(request.body));
        break;
    case HttpMethod::Put:
        http.setHeader(QNetworkRequest::ContentTypeHeader, QByteArrayLiteral("application/json"));
        reply = m_manager.put(http, toJson(request.body));
        break;
    case HttpMethod::Patch:
        http.setHeader(QNetworkRequest::ContentTypeHeader, QByteArrayLiteral("application/json"));
        reply = m_manager.sendCustomRequest(http, "PATCH", toJson(request.body));
        break;
    case HttpMethod::Delete:
        reply = m_manager.deleteResource(http);
        break;
    }

    const auto tlsErrors = std::make_shared<QList<QSslError>>();
    connect(reply, &QNetworkReply::sslErrors, this, [this, reply, tlsErrors](const QList<QSslError> &errors) {
        *tlsErrors = errors;
        if (m_trust && m_trust->isGood(m_server, reply->sslConfiguration().peerCertificateChain(), errors))
            reply->ignoreSslErrors(errors);
    });
    connect(reply, &QNetworkReply::downloadProgress, this, [reply](qint64 received, qint64) {
        if (received > answerBytes) {
            reply->setProperty(tooLarge, true);
            reply->abort();
        }
    });
    connect(reply, &QNetworkReply::finished, context, [this, reply, tlsErrors, answer = std::move(answer)] {
        auto result = read(reply, *tlsErrors);
        const bool tokenRefused =
            !result && result.error().code == ErrorCode::Unauthorized && !m_token.isEmpty();
        const QPointer<RestClient> self(this);
        answer(std::move(result));
        if (tokenRefused && self)
            Q_EMIT self->unauthorized();
    });
}

Outcome<JsonReader> RestClient::read(QNetworkReply *reply, const QList<QSslError> &tlsErrors) const
{
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const auto networkError = reply->error();
    const bool cut = networkError == QNetworkReply::OperationCanceledError
        || networkError == QNetworkReply::RemoteHostClosedError
        || networkError == QNetworkReply::TimeoutError;
    if (reply->property(tooLarge).toBool())
        return Problem::ofServer(Problem::LargeAnswer, m_name);
    if (networkError == QNetworkReply::SslHandshakeFailedError && m_trust) {
        if (const auto problem = m_trust->problem(m_server))
            return Problem::ofCertificate(*problem);
    }
    if (status == 0 || cut || networkError == QNetworkReply::InsecureRedirectError
        || networkError == QNetworkReply::TooManyRedirectsError) {
        return networkProblem(m_name, networkError, tlsErrors, reply->errorString());
    }
    const QByteArray body = reply->readAll();
    if (status < 200 || status > 299) {
        return readProblem(m_server, status, *reply, body);
    }
    if (networkError != QNetworkReply::NoError)
        return networkProblem(m_name, networkError, tlsErrors, reply->errorString());
    if (status == 204)
        return JsonReader(QJsonObject());
    auto json = JsonReader::parse(body);
    if (!json)
        return Problem::ofServer(Problem::NoJson, m_name);
    return std::move(json).value();
}

} // namespace rookery::client
