// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/error.h"

#include <QSet>
#include <QTest>

using namespace rookery;

class tst_Error : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void table_data();
    void table();
    void everyCodeHasItsRow();
    void unknownTexts();
};

void tst_Error::table_data()
{
    // Public: clients are written against these. A row may be added, none may change.
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("retryable");
    const auto row = [](ErrorCode code, const char *text, int status, bool retryable) {
        QTest::newRow(text) << int(code) << QString::fromLatin1(text) << status << retryable;
    };
    row(ErrorCode::InvalidRequest, "invalid_request", 400, false);
    row(ErrorCode::InvalidJson, "invalid_json", 400, false);
    row(ErrorCode::MissingField, "missing_field", 400, false);
    row(ErrorCode::InvalidField, "invalid_field", 400, false);
    row(ErrorCode::MessageTooLong, "message_too_long", 400, false);
    row(ErrorCode::Unauthorized, "unauthorized", 401, false);
    row(ErrorCode::BadCredentials, "bad_credentials", 401, false);
    row(ErrorCode::Forbidden, "forbidden", 403, false);
    row(ErrorCode::NotFound, "not_found", 404, false);
    row(ErrorCode::MethodNotAllowed, "method_not_allowed", 405, false);
    row(ErrorCode::NameTaken, "name_taken", 409, false);
    row(ErrorCode::ClientIdReused, "client_id_reused", 409, false);
    row(ErrorCode::PayloadTooLarge, "payload_too_large", 413, false);
    row(ErrorCode::UnsupportedMediaType, "unsupported_media_type", 415, false);
    row(ErrorCode::RateLimited, "rate_limited", 429, true);
    row(ErrorCode::Overloaded, "overloaded", 503, true);
    row(ErrorCode::StorageFull, "storage_full", 507, true);
    row(ErrorCode::StorageUnavailable, "storage_unavailable", 503, true);
    row(ErrorCode::Internal, "internal", 500, true);
}

void tst_Error::table()
{
    QFETCH(int, code);
    QFETCH(QString, text);
    QTEST(QString(codeText(ErrorCode(code))), "text");
    QTEST(httpStatus(ErrorCode(code)), "status");
    QTEST(isRetryable(ErrorCode(code)), "retryable");
    QCOMPARE(int(codeFromText(text)), code);
}

void tst_Error::everyCodeHasItsRow()
{
    // A code without a row would be told as "internal"; Internal is the last of the enum.
    QSet<QString> texts;
    for (int code = 0; code <= int(ErrorCode::Internal); ++code) {
        const QString text = codeText(ErrorCode(code));
        QVERIFY2(!texts.contains(text), qPrintable(text));
        texts.insert(text);
    }
}

void tst_Error::unknownTexts()
{
    QCOMPARE(codeFromText(u"of_a_later_version"), ErrorCode::Internal);
    QCOMPARE(codeFromText(u""), ErrorCode::Internal);
    QCOMPARE(codeFromText(u"NOT_FOUND"), ErrorCode::Internal);
}

QTEST_APPLESS_MAIN(tst_Error)
#include "tst_error.moc"
