// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/closecode.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>

using namespace rookery;

class tst_CloseCode : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whoComesBack_data();
    void whoComesBack();
    void everyCodeHasOneRule();
    void theDocumentsShowTheRules_data();
    void theDocumentsShowTheRules();
};

void tst_CloseCode::whoComesBack_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("comesBack");
    QTest::newRow("normal") << 1000 << false;
    QTest::newRow("going away") << 1001 << true;
    QTest::newRow("protocol error") << 1002 << false;
    QTest::newRow("binary") << 1003 << false;
    QTest::newRow("the line was cut") << 1006 << true;
    QTest::newRow("no UTF-8") << 1007 << false;
    QTest::newRow("policy") << 1008 << false;
    QTest::newRow("too big") << 1009 << false;
    QTest::newRow("a fault of the server") << 1011 << true;
    QTest::newRow("restart") << 1012 << true;
    QTest::newRow("a proxy: try again later") << 1013 << true;
    QTest::newRow("no rule") << 3000 << true;
    QTest::newRow("room") << 4000 << false;
    QTest::newRow("token") << 4001 << false;
    QTest::newRow("kept for refusals") << 4002 << false;
    QTest::newRow("the last of these") << 4007 << false;
    QTest::newRow("slow reader") << 4008 << true;
    QTest::newRow("no rule either") << 4009 << true;
}

void tst_CloseCode::whoComesBack()
{
    QFETCH(int, code);
    QTEST(mayReconnect(quint16(code)), "comesBack");
}

void tst_CloseCode::everyCodeHasOneRule()
{
    // In ascending order, so that no code has two and the documents can be read.
    QVERIFY(std::adjacent_find(std::begin(closeCodeRules), std::end(closeCodeRules),
                [](const CloseCodeRule &a, const CloseCodeRule &b) { return a.code >= b.code; })
        == std::end(closeCodeRules));
    // Those of the enumeration, which cannot be listed otherwise.
    QFile header(qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QStringLiteral("/common/closecode.h"));
    QVERIFY2(header.open(QIODevice::ReadOnly), qPrintable(header.errorString()));
    static const QRegularExpression enumerator(
        QStringLiteral("^    \\w+ = (\\d{4}),"), QRegularExpression::MultilineOption);
    QList<int> codes;
    const QString text = QString::fromUtf8(header.readAll());
    for (auto it = enumerator.globalMatch(text); it.hasNext();)
        codes.append(it.next().captured(1).toInt());
    QCOMPARE(codes.size(), qsizetype(std::size(closeCodeRules)));
    for (const CloseCodeRule &rule : closeCodeRules)
        QVERIFY2(codes.contains(int(rule.code)), qPrintable(QString::number(int(rule.code))));
}

void tst_CloseCode::theDocumentsShowTheRules_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("api.md") << QStringLiteral("resources/docs/api.md");
    QTest::newRow("common/README.md") << QStringLiteral("common/README.md");
}

void tst_CloseCode::theDocumentsShowTheRules()
{
    QFETCH(QString, file);
    QFile document(qEnvironmentVariable("ROOKERY_TEST_SOURCE_DIR") + QLatin1Char('/') + file);
    QVERIFY2(document.open(QIODevice::ReadOnly), qPrintable(document.errorString()));
    QStringList lines = QString::fromUtf8(document.readAll()).split(QLatin1Char('\n'));
    const auto head = lines.indexOf(QStringLiteral("| close code | come back | meaning |"));
    QVERIFY(head >= 0);
    lines = lines.mid(head + 2);
    const auto past = std::find(lines.cbegin(), lines.cend(), QString());
    const QStringList rows = lines.mid(0, past - lines.cbegin());
    QStringList expected;
    for (const CloseCodeRule &rule : closeCodeRules)
        expected.append(
            QStringLiteral("| %1 | %2 | %3 |")
                .arg(int(rule.code))
                .arg(QLatin1String(rule.comesBack ? "yes" : "no"), QString::fromUtf8(rule.meaning)));
    QCOMPARE(rows, expected);
}

QTEST_APPLESS_MAIN(tst_CloseCode)
#include "tst_closecode.moc"
