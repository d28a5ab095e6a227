// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/error.h"
#include "common/limits.h"
#include "server/core/names.h"
#include "server/dialects/httpapi.h"
#include "server/net/http/refusal.h"
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace rookery;
using rookery::test::OpenApiDocument;

namespace {

/// Calls `visit` for every object of the document, with its path.
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
    void everyParameterInAPathHasAnExample();
    void namesFitTheirSchemas_data();
    void namesFitTheirSchemas();
    void bodiesAreDescribedAsTheyAreChecked_data();
    void bodiesAreDescribedAsTheyAreChecked();

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
    QVERIFY2(OpenApiDocument::isOpen(operation) || responses.contains(QLatin1String("401")),
        "a closed route can answer 401");

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
    // Of the guard in front of all routes, by the status alone.
    for (const int status : {417, 421, 501}) {
        const QLatin1String text = net::refusalCode(status, {});
        QVERIFY2(codes.contains(text), qPrintable(text));
        QVERIFY2(prose.contains(u'`' + text + u'`'), qPrintable(text));
    }
    QCOMPARE(codes.size(), int(ErrorCode::Internal) + 4);
}

void OpenApiTest::everyParameterInAPathHasAnExample()
{
    int parameters = 0;
    walk(m_document.root(), QString(), [&](const QJsonObject &object, const QString &where) {
        if (object.value(QLatin1String("in")).toString() != QLatin1String("path"))
            return;
        ++parameters;
        QVERIFY2(object.contains(QLatin1String("example")), qPrintable(where));
    });
    QVERIFY(parameters >= 4);
}

void OpenApiTest::namesFitTheirSchemas_data()
{
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QString>("name");
    for (const char *schema : {"UserName", "RoomName"}) {
        for (const char *name :
            {"anna", "a", "", "a.b", "a-b", "a_b", ".ab", "ab.", "-ab", "ab-", "_ab", "ab_", "a b", "a/b",
                "a@b", "a\tb", "a:b", "a[b", "a`b", "a{b", "\u00a0ab", "пётр", "李四", "7up", "ab\nc",
                "abc\n", "abcdefghijklmnopqrstuvwxyzabcdef", "abcdefghijklmnopqrstuvwxyzabcdefg",
                "0123456789012345678901234567890123456789012345678901234567890123",
                "01234567890123456789012345678901234567890123456789012345678901234"})
            QTest::addRow("%s '%s'", schema, name) << QString::fromLatin1(schema) << QString::fromUtf8(name);
    }
}

/// The document and the server agree on names, but for what no pattern can say.
void OpenApiTest::namesFitTheirSchemas()
{
    QFETCH(QString, schema);
    QFETCH(QString, name);
    const QJsonObject described = m_document.resolve(QStringLiteral("#/components/schemas/") + schema);
    QVERIFY(!described.isEmpty());
    const bool taken = schema == QLatin1String("UserName")
        ? core::checkUserName(name, Limits(), QStringLiteral("name")).ok()
        : core::checkRoomName(name, Limits(), QStringLiteral("name")).ok();
    const QString problem = m_document.mismatch(name, described, schema);
    QVERIFY2(problem.isEmpty() == taken, qPrintable(QStringLiteral("taken: %1; %2").arg(taken).arg(problem)));
}

void OpenApiTest::bodiesAreDescribedAsTheyAreChecked_data()
{
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<bool>("fits");
    QTest::newRow("a text") << "Text" << QJsonValue(QStringLiteral(" x ")) << true;
    QTest::newRow("a blank text") << "Text" << QJsonValue(QStringLiteral(" \t\n")) << false;
    QTest::newRow("no text") << "Text" << QJsonValue(QString()) << false;
    QTest::newRow("a long text") << "Text" << QJsonValue(QString(4001, u'x')) << false;
    QTest::newRow("a short password") << "Password" << QJsonValue(QStringLiteral("x")) << false;
    QTest::newRow("a password of 8 bytes")
        << "Password" << QJsonValue(QString::fromUtf8("\xf0\x9f\x90\xa6\xf0\x9f\x90\xa6")) << true;
    QTest::newRow("a huge password") << "Password" << QJsonValue(QString(1025, u'x')) << false;
    QTest::newRow("an empty reference") << "Reference" << QJsonValue(QString()) << false;
}

void OpenApiTest::bodiesAreDescribedAsTheyAreChecked()
{
    QFETCH(QString, schema);
    QFETCH(QJsonValue, value);
    const QJsonObject described = m_document.resolve(QStringLiteral("#/components/schemas/") + schema);
    QVERIFY(!described.isEmpty());
    QTEST(m_document.mismatch(value, described, schema).isEmpty(), "fits");
}

QTEST_GUILESS_MAIN(OpenApiTest)
#include "tst_openapi.moc"
