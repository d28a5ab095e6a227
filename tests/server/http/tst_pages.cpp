// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>
#include <QUrl>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::FixtureOptions;
using rookery::test::HttpFixture;

namespace {

FixtureOptions options()
{
    FixtureOptions options;
    options.serverName = QStringLiteral("<script>alert(1)</script> & {{version}}");
    return options;
}

/// Everything a page loads or leads to.
QStringList references(const QByteArray &page)
{
    QStringList found;
    static const QRegularExpression attribute(QStringLiteral("(?:href|src)=\"([^\"]*)\""));
    for (auto match = attribute.globalMatch(QString::fromUtf8(page)); match.hasNext();)
        found.append(match.next().captured(1));
    return found;
}

} // namespace

/// `/`, `/health` and document 004's `/swagger/`, which need no network.
class PagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void frontPage();
    void health();
    void swagger_data();
    void swagger();
    void swaggerAssets_data();
    void swaggerAssets();
    void openApiDocument();

private:
    HttpFixture m_fixture{options()};
};

void PagesTest::initTestCase()
{
    QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
}

void PagesTest::frontPage()
{
    const Answer answer = m_fixture.get("/");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/html; charset=utf-8"));
    QVERIFY(answer.body.contains(ROOKERY_VERSION));
    // What the operator calls the server is text, whatever it looks like.
    QVERIFY(answer.body.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{version}}"));
    QVERIFY(!answer.body.contains("<script"));
    QVERIFY(!answer.body.contains("{{name}}"));

    const QStringList links = references(answer.body);
    QVERIFY(links.contains(QLatin1String("swagger/")));
    for (const QString &link : links) {
        if (link == QLatin1String("data:,"))
            continue;
        // Relative, so that a proxy may show the page under a path of its own.
        QVERIFY2(!link.startsWith(u'/'), qPrintable(link));
        QCOMPARE(m_fixture.get('/' + link.toUtf8()).status, 200);
    }

    const QByteArray policy = answer.header("content-security-policy");
    QVERIFY(policy.startsWith("default-src 'none'"));
    QVERIFY(!policy.contains("unsafe"));
    const qsizetype style = answer.body.indexOf("<style>") + 7;
    const QByteArray hash = QCryptographicHash::hash(
        answer.body.sliced(style, answer.body.indexOf("</style>") - style), QCryptographicHash::Sha256)
                                .toBase64();
    QVERIFY2(policy.contains("'sha256-" + hash + "'"), policy.constData());
}

void PagesTest::health()
{
    const Answer answer = m_fixture.get("/health");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json().value(QLatin1String("status")).toString(), QStringLiteral("ok"));
    QCOMPARE(answer.json().value(QLatin1String("version")).toString(), QStringLiteral(ROOKERY_VERSION));
}

void PagesTest::swagger_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("004: /swagger/") << QByteArray("/swagger/");
    QTest::newRow("004: /swagger") << QByteArray("/swagger");
}

void PagesTest::swagger()
{
    QFETCH(QByteArray, path);
    const Answer answer = m_fixture.get(path);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/html; charset=utf-8"));
    const QByteArray policy = answer.header("content-security-policy");
    QVERIFY(policy.startsWith("default-src 'none'"));
    QVERIFY(policy.contains("script-src 'self';"));
    QVERIFY(policy.contains("frame-ancestors 'none'"));
    const QStringList links = references(answer.body);
    QVERIFY(links.size() >= 4);
    for (const QString &link : links) {
        const QString there = QUrl(QString::fromLatin1(path)).resolved(QUrl(link)).toString();
        QVERIFY2(!link.startsWith(u'/') && there.startsWith(QLatin1String("/swagger/")), qPrintable(link));
        QCOMPARE(m_fixture.get(there.toUtf8()).status, 200);
    }
}

void PagesTest::swaggerAssets_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("mediaType");
    QTest::newRow("style") << QByteArray("/swagger/swagger-ui.css") << 200
                           << QByteArray("text/css; charset=utf-8");
    QTest::newRow("script") << QByteArray("/swagger/swagger-ui-bundle.js") << 200
                            << QByteArray("text/javascript; charset=utf-8");
    QTest::newRow("initializer") << QByteArray("/swagger/initializer.js") << 200
                                 << QByteArray("text/javascript; charset=utf-8");
    QTest::newRow("icon") << QByteArray("/swagger/favicon-32x32.png") << 200 << QByteArray("image/png");
    QTest::newRow("not an asset, though in the program")
        << QByteArray("/swagger/index.html") << 404 << QByteArray("application/problem+json");
    QTest::newRow("path traversal") << QByteArray("/swagger/..%2f..%2fetc%2fpasswd") << 404
                                    << QByteArray("application/problem+json");
}

void PagesTest::swaggerAssets()
{
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    QFETCH(QByteArray, mediaType);
    const Answer answer = m_fixture.get(path);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.header("content-type"), mediaType);
    QCOMPARE(answer.header("x-content-type-options"), QByteArray("nosniff"));
    if (status == 200) {
        QVERIFY(answer.header("cache-control").contains("max-age"));
        QCOMPARE(answer.body.size(), answer.header("content-length").toLongLong());
    }
}

void PagesTest::openApiDocument()
{
    const Answer answer = m_fixture.get("/swagger/openapi.json");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json(), test::OpenApiDocument().root());
}

QTEST_GUILESS_MAIN(PagesTest)
#include "tst_pages.moc"
