#include "server/http/pages.h"

#include "server/http/router.h"

#include <QCryptographicHash>
#include <QResource>

#include <array>

// A static library's resources are left out of the program unless somebody asks for them.
static void initializeResources()
{
    Q_INIT_RESOURCE(rookery_web);
}

namespace rookery::http {

namespace {

struct Asset
{
    const char *name;
    const char *mediaType;
};

/// What lies below /swagger/, besides the page itself.
constexpr std::array swaggerAssets{
    Asset{"swagger-ui.css", "text/css; charset=utf-8"},
    Asset{"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
    Asset{"initializer.js", "text/javascript; charset=utf-8"},
    Asset{"favicon-32x32.png", "image/png"},
};

constexpr char htmlType[] = "text/html; charset=utf-8";

/// The resource's bytes where they lie in the program: nothing is copied or unpacked.
QByteArray resource(const QString &name)
{
    const QResource file(QStringLiteral(":/rookery/web/") + name);
    Q_ASSERT_X(file.isValid(), "resource", qPrintable(name));
    Q_ASSERT(file.compressionAlgorithm() == QResource::NoCompression);
    return QByteArray::fromRawData(reinterpret_cast<const char *>(file.data()), file.size());
}

/// May be kept for a while; what a new version of the daemon brings is seen after an hour at the latest.
Headers assetHeaders()
{
    return {{"Cache-Control", "public, max-age=3600"}};
}

Headers pageHeaders(const QByteArray &contentSecurityPolicy)
{
    return {
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy", contentSecurityPolicy},
        {"Referrer-Policy", "no-referrer"},
    };
}

/// The one style sheet of the front page is written into it and allowed by its hash (CSP level 3).
QByteArray styleHash(const QByteArray &page)
{
    const qsizetype begin = page.indexOf("<style>") + qsizetype(qstrlen("<style>"));
    const qsizetype end = page.indexOf("</style>");
    return "'sha256-"
        + QCryptographicHash::hash(page.sliced(begin, end - begin), QCryptographicHash::Sha256).toBase64()
        + "'";
}

void addFrontPage(Router &router, const QString &serverName)
{
    QByteArray page = resource(QStringLiteral("index.html"));
    // The version first: the operator's name for the server could hold its placeholder.
    page.replace("{{version}}", ROOKERY_VERSION);
    page.replace("{{name}}", serverName.toHtmlEscaped().toUtf8());
    // connect-src: a person at the console of this page may try the documents' examples, which connect to a
    // WebSocket by name or by address.
    const QByteArray policy = "default-src 'none'; style-src " + styleHash(page)
        + "; img-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'";
    router.add(Method::Get, QStringLiteral("/"), Access::Public,
        [page, policy](
            const Request &, const ReplyPtr &reply) { reply->content(htmlType, page, pageHeaders(policy)); });
}

void addSwagger(Router &router)
{
    router.add(Method::Get, QStringLiteral("/swagger"), Access::Public,
        [page = resource(QStringLiteral("swagger.html"))](const Request &, const ReplyPtr &reply) {
            // Swagger UI writes style attributes; its scripts come from files only.
            reply->content(htmlType, page,
                pageHeaders("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                            "img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'none'; "
                            "form-action 'none'; frame-ancestors 'none'"));
        });
    router.add(Method::Get, QStringLiteral("/swagger/openapi.json"), Access::Public,
        [document = resource(QStringLiteral("openapi.json"))](const Request &, const ReplyPtr &reply) {
            reply->content("application/json", document, {{"Cache-Control", "no-cache"}});
        });
    router.add(Method::Get, QStringLiteral("/swagger/{asset}"), Access::Public,
        [](const Request &request, const ReplyPtr &reply) {
            const QString name = request.parameter(QLatin1String("asset"));
            for (const Asset &asset : swaggerAssets) {
                if (name == QLatin1String(asset.name))
                    return reply->content(asset.mediaType, resource(name), assetHeaders());
            }
            reply->problem({ErrorCode::NotFound, QStringLiteral("There is nothing at this path.")});
        });
}

} // namespace

void addPages(Router &router, const QString &serverName)
{
    initializeResources();
    addFrontPage(router, serverName);
    addSwagger(router);
    router.add(
        Method::Get, QStringLiteral("/health"), Access::Public, [](const Request &, const ReplyPtr &reply) {
            reply->json(200,
                {{QStringLiteral("status"), QStringLiteral("ok")},
                    {QStringLiteral("version"), QStringLiteral(ROOKERY_VERSION)}});
        });
}

} // namespace rookery::http
