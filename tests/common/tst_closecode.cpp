#include "common/closecode.h"

#include <QTest>

using namespace rookery;

class tst_CloseCode : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whoComesBack_data();
    void whoComesBack();
};

void tst_CloseCode::whoComesBack_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("comesBack");
    QTest::newRow("normal") << int(CloseCode::Normal) << false;
    QTest::newRow("going away") << int(CloseCode::GoingAway) << true;
    QTest::newRow("the line was cut") << int(CloseCode::Abnormal) << true;
    QTest::newRow("policy") << int(CloseCode::PolicyViolation) << false;
    QTest::newRow("a fault of the server") << int(CloseCode::InternalError) << true;
    QTest::newRow("restart") << int(CloseCode::ServiceRestart) << true;
    QTest::newRow("room") << int(CloseCode::RoomUnavailable) << false;
    QTest::newRow("token") << int(CloseCode::Unauthorized) << false;
    QTest::newRow("too many connections") << int(CloseCode::TooManyConnections) << false;
    QTest::newRow("the last of the range") << 4007 << false;
    QTest::newRow("slow reader") << int(CloseCode::SlowReader) << true;
}

void tst_CloseCode::whoComesBack()
{
    QFETCH(int, code);
    QTEST(mayReconnect(quint16(code)), "comesBack");
}

QTEST_APPLESS_MAIN(tst_CloseCode)
#include "tst_closecode.moc"
