// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/result.h"

#include <QTest>

#include <memory>

using namespace rookery;

class tst_Result : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void valueOrError();
    void movesItsValue();
    void holdsAnErrorAsValue();
};

void tst_Result::valueOrError()
{
    const Result<QString> good(QStringLiteral("x"));
    QVERIFY(good && good.ok());
    QCOMPARE(*good, QStringLiteral("x"));
    QCOMPARE(good->size(), 1);
    const Result<QString> bad(Error{ErrorCode::NotFound, QStringLiteral("no")});
    QVERIFY(!bad && !bad.ok());
    QCOMPARE(bad.error().code, ErrorCode::NotFound);
    const Result<bool> no(false);
    QVERIFY(no.ok() && !*no); // a false that was answered is not a failure
    const Result<Nothing> done{Nothing()};
    QVERIFY(done.ok());
}

void tst_Result::movesItsValue()
{
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    QVERIFY(result);
    const std::unique_ptr<int> taken = std::move(result).value();
    QCOMPARE(*taken, 7);
}

void tst_Result::holdsAnErrorAsValue()
{
    Result<QString> result(QStringLiteral("x"));
    *result += QLatin1Char('y');
    QCOMPARE(result.value(), QStringLiteral("xy"));
    result = Error{ErrorCode::Internal, QString()};
    QVERIFY(!result);
}

QTEST_APPLESS_MAIN(tst_Result)
#include "tst_result.moc"
