#include "common/error.h"
#include "server/http/httpapi.h"
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace rookery;
using rookery::test::OpenApiDocument;

namespace {

/// Calls `visit` for every object of the document, with where it is.
template <typename Visit>
void walk(const QJsonValue &value, const QString &where, const Visit &visit)
{
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue &item : array)
            walk(item, where + QStringLiteral("[]"), visit);
        return;
    }
    const QJsonObject object = value.toObject();
    if (value.isObject())
        visit(object, where);
    for (auto member = object.begin(); member != object.end(); ++member)
        walk(member.value(), where + u'/' + member.key(), visit);
}

} // namespace

class OpenApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void documentAndRouterAgree();
    void everyReferenceResolves();
    void everyOperationIsWhole_data();
    void everyOperationIsWhole();
    void everyExampleFitsItsSchema();
    void everyErrorCodeIsListed();

private:
    OpenApiDocument m_document;
};

void OpenApiTest::initTestCase()
{
    QCOMPARE(m_document.root().value(QLatin1String("openapi")).toString(), QStringLiteral("3.1.0"));
}

void OpenApiTest::documentAndRouterAgree()
{
    const test::HttpFixture fixture;
    QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
    QCOMPARE(m_document.routes(), fixture.api().routes());
}

void OpenApiTest::everyReferenceResolves()
{
    int references = 0;
    walk(m_document.root(), QString(), [&](const QJsonObject &object, const QString &where) {
        const QString reference = object.value(QLatin1String("$ref")).toString();
        if (reference.isEmpty())
            return;
        ++references;
        QVERIFY2(!m_document.resolve(reference).isEmpty(), qPrintable(where + u' ' + reference));
    });
    QVERIFY(references > 100);
}

void OpenApiTest::everyOperationIsWhole_data()
{
    QTest::addColumn<QString>("route");
    const QStringList routes = m_document.routes();
    QVERIFY(!routes.isEmpty());
    for (const QString &route : routes)
        QTest::newRow(qPrintable(route)) << route;
}

void OpenApiTest::everyOperationIsWhole()
{
    QFETCH(QString, route);
    const QString method = route.section(u' ', 0, 0).toLower();
    const QString path = route.section(u' ', 1);
    const QJsonObject operation = m_document.root()
                                      .value(QLatin1String("paths"))
                                      .toObject()
                                      .value(path)
                                      .toObject()
                                      .value(method)
                                      .toObject();
    QVERIFY(!operation.value(QLatin1String("operationId")).toString().isEmpty());
    QVERIFY(!operation.value(QLatin1String("summary")).toString().isEmpty());

    QStringList tags;
    const QJsonArray known = m_document.root().value(QLatin1String("tags")).toArray();
    for (const QJsonValue &tag : known)
        tags.append(tag.toObject().value(QLatin1String("name")).toString());
    const QJsonArray used = operation.value(QLatin1String("tags")).toArray();
    QCOMPARE(used.size(), 1);
    QVERIFY(tags.contains(used.first().toString()));

    const QJsonObject responses = operation.value(QLatin1String("responses")).toObject();
    QVERIFY(responses.contains(QLatin1String("default")));
    QVERIFY(responses.size() > 1);
    const bool isOpen = operation.value(QLatin1String("security")).isArray();
    QVERIFY2(isOpen || responses.contains(QLatin1String("401")), "a closed route can answer 401");

    QSet<QString> inPath;
    const QJsonArray parameters = operation.value(QLatin1String("parameters")).toArray();
    for (const QJsonValue &parameter : parameters) {
        QJsonObject object = parameter.toObject();
        if (object.contains(QLatin1String("$ref")))
            object = m_document.resolve(object.value(QLatin1String("$ref")).toString());
        if (object.value(QLatin1String("in")).toString() == QLatin1String("path"))
            inPath.insert(object.value(QLatin1String("name")).toString());
    }
    QSet<QString> inTemplate;
    static const QRegularExpression variable(QStringLiteral("\\{([^}]+)\\}"));
    for (auto match = variable.globalMatch(path); match.hasNext();)
        inTemplate.insert(match.next().captured(1));
    QCOMPARE(inPath, inTemplate);
}

void OpenApiTest::everyExampleFitsItsSchema()
{
    int examples = 0;
    QSet<QString> operationIds;
    walk(m_document.root(), QString(), [&](const QJsonObject &object, const QString &where) {
        if (object.contains(QLatin1String("example")) && object.contains(QLatin1String("schema"))) {
            ++examples;
            const QString problem = m_document.mismatch(object.value(QLatin1String("example")),
                object.value(QLatin1String("schema")).toObject(), where);
            QVERIFY2(problem.isEmpty(), qPrintable(problem));
        }
        const QString operationId = object.value(QLatin1String("operationId")).toString();
        if (!operationId.isEmpty()) {
            QVERIFY2(!operationIds.contains(operationId), qPrintable(operationId));
            operationIds.insert(operationId);
        }
    });
    QVERIFY(examples > 10);
}

void OpenApiTest::everyErrorCodeIsListed()
{
    const QJsonArray codes = m_document.resolve(QStringLiteral("#/components/schemas/Problem"))
                                 .value(QLatin1String("properties"))
                                 .toObject()
                                 .value(QLatin1String("code"))
                                 .toObject()
                                 .value(QLatin1String("enum"))
                                 .toArray();
    const QString prose = m_document.root()
                              .value(QLatin1String("info"))
                              .toObject()
                              .value(QLatin1String("description"))
                              .toString();
    for (int code = 0; code <= int(ErrorCode::Internal); ++code) {
        const QString text = codeText(ErrorCode(code));
        QVERIFY2(codes.contains(text), qPrintable(text));
        QVERIFY2(prose.contains(u'`' + text + u'`'), qPrintable(text));
    }
    QCOMPARE(codes.size(), int(ErrorCode::Internal) + 1);
}

QTEST_GUILESS_MAIN(OpenApiTest)
#include "tst_openapi.moc"
