// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/errorresponse.h"
#include "server/http/httpdate.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QTest>

using namespace rookery;
using namespace std::chrono_literals;

namespace {

QByteArray value(const http::Headers &headers, const QByteArray &name)
{
    for (const auto &[key, text] : headers) {
        if (key == name)
            return text;
    }
    return {};
}

} // namespace

class ErrorResponseTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasItsStatus_data();
    void everyCodeHasItsStatus();
    void problemNamesTheField();
    void internalFaultsStayInside();
    void retryAfterIsRoundedUp_data();
    void retryAfterIsRoundedUp();
    void challengeGoesWith401();
    void refusalIsAWholeAnswer();
    void dateIsAnHttpDate();
};

void ErrorResponseTest::everyCodeHasItsStatus_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("title");
    const auto row = [](ErrorCode code, int status, const char *title) {
        QTest::newRow(codeText(code).data()) << code << status << QString::fromLatin1(title);
    };
    row(ErrorCode::InvalidRequest, 400, "Bad Request");
    row(ErrorCode::InvalidJson, 400, "Bad Request");
    row(ErrorCode::MissingField, 400, "Bad Request");
    row(ErrorCode::InvalidField, 400, "Bad Request");
    row(ErrorCode::MessageTooLong, 400, "Bad Request");
    row(ErrorCode::Unauthorized, 401, "Unauthorized");
    row(ErrorCode::BadCredentials, 401, "Unauthorized");
    row(ErrorCode::Forbidden, 403, "Forbidden");
    row(ErrorCode::NotFound, 404, "Not Found");
    row(ErrorCode::MethodNotAllowed, 405, "Method Not Allowed");
    row(ErrorCode::NameTaken, 409, "Conflict");
    row(ErrorCode::ClientIdReused, 409, "Conflict");
    row(ErrorCode::PayloadTooLarge, 413, "Content Too Large");
    row(ErrorCode::UnsupportedMediaType, 415, "Unsupported Media Type");
    row(ErrorCode::RateLimited, 429, "Too Many Requests");
    row(ErrorCode::Overloaded, 503, "Service Unavailable");
    row(ErrorCode::StorageFull, 507, "Insufficient Storage");
    row(ErrorCode::StorageUnavailable, 503, "Service Unavailable");
    row(ErrorCode::Internal, 500, "Internal Server Error");
}

void ErrorResponseTest::everyCodeHasItsStatus()
{
    QFETCH(ErrorCode, code);
    QFETCH(int, status);
    QFETCH(QString, title);
    QCOMPARE(httpStatus(code), status);
    const QJsonObject body = http::problemBody(status, {code, QStringLiteral("Why.")});
    QCOMPARE(body.value(QLatin1String("type")).toString(), QStringLiteral("about:blank"));
    QCOMPARE(body.value(QLatin1String("title")).toString(), title);
    QCOMPARE(body.value(QLatin1String("status")).toInt(), status);
    QCOMPARE(body.value(QLatin1String("code")).toString(), QString(codeText(code)));
    QCOMPARE(body.value(QLatin1String("error")), body.value(QLatin1String("detail")));
    QVERIFY(!body.contains(QLatin1String("field")));
}

void ErrorResponseTest::problemNamesTheField()
{
    const QJsonObject body = http::problemBody(
        400, {ErrorCode::MissingField, QStringLiteral("It is missing."), QStringLiteral("senderId")});
    QCOMPARE(body.value(QLatin1String("field")).toString(), QStringLiteral("senderId"));
    QCOMPARE(body.value(QLatin1String("detail")).toString(), QStringLiteral("It is missing."));
}

void ErrorResponseTest::internalFaultsStayInside()
{
    const QJsonObject body =
        http::problemBody(500, {ErrorCode::Internal, QStringLiteral("no such table: users")});
    QVERIFY(!QJsonDocument(body).toJson().contains("users"));
    QVERIFY(!body.value(QLatin1String("detail")).toString().isEmpty());
}

void ErrorResponseTest::retryAfterIsRoundedUp_data()
{
    QTest::addColumn<std::chrono::milliseconds>("wait");
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("not given") << std::chrono::milliseconds(0ms) << QByteArray();
    QTest::newRow("a moment") << std::chrono::milliseconds(1ms) << QByteArray("1");
    QTest::newRow("a second") << std::chrono::milliseconds(1000ms) << QByteArray("1");
    QTest::newRow("just past it") << std::chrono::milliseconds(1001ms) << QByteArray("2");
    QTest::newRow("a minute") << std::chrono::milliseconds(60'000ms) << QByteArray("60");
}

void ErrorResponseTest::retryAfterIsRoundedUp()
{
    QFETCH(std::chrono::milliseconds, wait);
    QFETCH(QByteArray, header);
    const auto headers = http::problemHeaders(429, {ErrorCode::RateLimited, {}, {}, wait});
    QCOMPARE(value(headers, "Retry-After"), header);
}

void ErrorResponseTest::challengeGoesWith401()
{
    QCOMPARE(value(http::problemHeaders(401, {ErrorCode::Unauthorized, {}}), "WWW-Authenticate"),
        QByteArray("Bearer"));
    QCOMPARE(value(http::problemHeaders(403, {ErrorCode::Forbidden, {}}), "WWW-Authenticate"), QByteArray());
}

void ErrorResponseTest::refusalIsAWholeAnswer()
{
    const QByteArray answer = http::refusal(
        431, {ErrorCode::InvalidRequest, QStringLiteral("The header is larger than 32 KiB – too large.")});
    const qsizetype end = answer.indexOf("\r\n\r\n");
    QVERIFY(end > 0);
    const QByteArray head = answer.first(end + 2);
    const QByteArray body = answer.sliced(end + 4);
    QVERIFY(head.startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    QVERIFY(head.contains("\r\nContent-Type: application/problem+json\r\n"));
    QVERIFY(head.contains("\r\nConnection: close\r\n"));
    QVERIFY(head.contains("\r\nDate: "));
    QVERIFY(head.contains("\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n"));
    const QJsonObject json = QJsonDocument::fromJson(body).object();
    QCOMPARE(json.value(QLatin1String("status")).toInt(), 431);
    QCOMPARE(json.value(QLatin1String("code")).toString(), QStringLiteral("invalid_request"));
}

void ErrorResponseTest::dateIsAnHttpDate()
{
    const QDateTime before = QDateTime::currentDateTimeUtc().addSecs(-1);
    const QString text = QString::fromLatin1(http::httpDate());
    QVERIFY2(text.endsWith(QLatin1String(" GMT")) && text.size() == 29, qPrintable(text));
    // RFC 2822 is the older form of the same; it writes the zone in digits.
    const QDateTime date = QDateTime::fromString(text.chopped(3) + QStringLiteral("+0000"), Qt::RFC2822Date);
    QVERIFY2(date.isValid(), qPrintable(text));
    QVERIFY(date >= before && date <= QDateTime::currentDateTimeUtc());
}

QTEST_GUILESS_MAIN(ErrorResponseTest)
#include "tst_errorresponse.moc"
