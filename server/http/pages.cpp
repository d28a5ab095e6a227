// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/pages.h"

#include "server/core/storagecheck.h"
#include "server/http/asset.h"
#include "server/http/router.h"

#include <QCryptographicHash>
#include <QResource>

#include <map>

// The linker drops the resources of a static library unless they are referenced.
static void initializeResources()
{
    Q_INIT_RESOURCE(rookery_web);
}

namespace rookery::http {

namespace {

constexpr char htmlType[] = "text/html; charset=utf-8";

/// The resource's bytes inside the program, neither copied nor unpacked.
QByteArray resource(const QString &name)
{
    const QResource file(QStringLiteral(":/rookery/web/") + name);
    Q_ASSERT_X(file.isValid(), "resource", qPrintable(name));
    Q_ASSERT(file.compressionAlgorithm() == QResource::NoCompression);
    return QByteArray::fromRawData(reinterpret_cast<const char *>(file.data()), file.size());
}

/// The files below /swagger/, except for the page itself. Made once for all threads.
const std::map<QString, Asset> &swaggerAssets()
{
    // May be cached: a new version of the daemon shows after an hour at the latest.
    static const QByteArray cacheControl("public, max-age=3600");
    const auto asset = [](const char *name, const char *mediaType, const QByteArray &keep) {
        const QString text = QString::fromLatin1(name);
        return std::pair<const QString, Asset>(text, Asset(mediaType, resource(text), keep));
    };
    static const std::map<QString, Asset> assets{
        asset("swagger-ui.css", "text/css; charset=utf-8", cacheControl),
        asset("swagger-ui-bundle.js", "text/javascript; charset=utf-8", cacheControl),
        asset("initializer.js", "text/javascript; charset=utf-8", cacheControl),
        asset("favicon-32x32.png", "image/png", cacheControl),
        asset("openapi.json", "application/json", "no-cache"),
    };
    return assets;
}

Headers pageHeaders(const QByteArray &contentSecurityPolicy)
{
    return {
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy", contentSecurityPolicy},
        {"Referrer-Policy", "no-referrer"},
    };
}

/// The front page's style sheet is inline and allowed by its hash (CSP level 3).
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
    // The version first: the name of the server is the operator's text, and could contain what stands for it.
    page.replace("{{version}}", ROOKERY_VERSION);
    page.replace("{{name}}", serverName.toHtmlEscaped().toUtf8());
    // connect-src: the documents' examples, tried in this page's console, connect to WebSockets by name or
    // address.
    const QByteArray policy = "default-src 'none'; style-src " + styleHash(page)
        + "; img-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'";
    router.add(Method::Get, QStringLiteral("/"), Access::Public,
        [page, policy](
            const Request &, const ReplyPtr &reply) { reply->content(htmlType, page, pageHeaders(policy)); });
}

void addSwagger(Router &router)
{
    // Swagger UI writes style attributes; its scripts come from files only.
    const Headers headers{{"Content-Security-Policy",
                              "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                              "img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'none'; "
                              "form-action 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"}};
    // Its links are relative, so that a proxy can serve it under another path. Without the trailing slash the
    // same files are one level down.
    const QByteArray page = resource(QStringLiteral("swagger.html"));
    QByteArray above = page;
    above.replace("href=\"", "href=\"swagger/").replace("src=\"", "src=\"swagger/");
    router.add(Method::Get, QStringLiteral("/swagger"), Access::Public,
        [headers, page = Asset(htmlType, page, "no-cache"), above = Asset(htmlType, above, "no-cache")](
            const Request &request, const ReplyPtr &reply) {
            (request.endsWithSlash() ? page : above).answer(request, reply, headers);
        });
    const auto asset = [](const QString &name, const Request &request, const ReplyPtr &reply) {
        const auto &assets = swaggerAssets();
        if (const auto found = assets.find(name); found != assets.end())
            found->second.answer(request, reply);
        else
            reply->problem({ErrorCode::NotFound, QStringLiteral("There is nothing at this path.")});
    };
    swaggerAssets(); // now, not during the first request
    router.add(Method::Get, QStringLiteral("/swagger/openapi.json"), Access::Public,
        [asset](const Request &request, const ReplyPtr &reply) {
            asset(QStringLiteral("openapi.json"), request, reply);
        });
    router.add(Method::Get, QStringLiteral("/swagger/{asset}"), Access::Public,
        [asset](const Request &request, const ReplyPtr &reply) {
            asset(request.parameter(QLatin1String("asset")), request, reply);
        });
}

} // namespace

void addPages(const RouteContext &context, const QString &serverName)
{
    Router &router = *context.router;
    initializeResources();
    addFrontPage(router, serverName);
    addSwagger(router);
    router.add(Method::Get, QStringLiteral("/health"), Access::Public,
        [storage = context.core.storage, owner = context.owner](const Request &, const ReplyPtr &reply) {
            storage->ask(owner, answering<Nothing>(reply, [](Reply &answer, Nothing) {
                answer.json(200,
                    {{QStringLiteral("status"), QStringLiteral("ok")},
                        {QStringLiteral("version"), QStringLiteral(ROOKERY_VERSION)}});
            }));
        });
}

} // namespace rookery::http
