// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/text.h"

#include <QTest>

using namespace rookery;

class tst_Text : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void characters_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("count"); // -1: no Unicode
        QTest::newRow("none") << QString() << 0;
        QTest::newRow("ASCII") << QStringLiteral("abc") << 3;
        QTest::newRow("outside of the BMP") << QStringLiteral("a🐦b") << 3;
        QTest::newRow("a combining accent counts") << QStringLiteral("e\u0301") << 2;
        QTest::newRow("a family of five code points") << QStringLiteral("👩‍👩‍👧") << 5;
        QTest::newRow("half a pair at the end") << QStringLiteral("ab") + QChar(0xd83d) << -1;
        QTest::newRow("half a pair at the start") << QChar(0xdc26) + QStringLiteral("ab") << -1;
        QTest::newRow("a pair the wrong way round") << QString(QChar(0xdc26)) + QChar(0xd83d) << -1;
    }
    void characters()
    {
        QFETCH(QString, text);
        QFETCH(int, count);
        QCOMPARE(int(text::characters(text).value_or(-1)), count);
    }

    void trimmedMessage_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("trimmed");
        QTest::newRow("nothing to do") << QStringLiteral("a b") << QStringLiteral("a b");
        QTest::newRow("end") << QStringLiteral("a \n\t ") << QStringLiteral("a");
        QTest::newRow("blank lines before") << QStringLiteral(" \r\n\n  a") << QStringLiteral("  a");
        QTest::newRow("indentation stays") << QStringLiteral("    code") << QStringLiteral("    code");
        QTest::newRow("lines between stay") << QStringLiteral("a\n\nb") << QStringLiteral("a\n\nb");
        QTest::newRow("only white space") << QStringLiteral(" \n\u2003\n ") << QString();
        QTest::newRow("none") << QString() << QString();
    }
    void trimmedMessage()
    {
        QFETCH(QString, text);
        QFETCH(QString, trimmed);
        QCOMPARE(text::trimmedMessage(text), trimmed);
        QCOMPARE(text::isBlank(text), trimmed.isEmpty());
    }

    void blankIsWhatShowsNothing()
    {
        QVERIFY(text::isBlank(u""));
        QVERIFY(text::isBlank(u" \u200b\ufeff\u00ad\u200e\u3164\u2800\ufe0f\U000E0041\n"));
        QVERIFY(!text::isBlank(u"\u200b."));
        QVERIFY(!text::isBlank(u"\u2764\ufe0f"));
        QVERIFY(!text::isBlank(u"\u2801"));
        QVERIFY(!text::isBlank(u"🐦"));
        QVERIFY(!text::isBlank(u"\u0301"));
    }

    void cut()
    {
        const QString bird = QStringLiteral("a🐦");
        QCOMPARE(text::cut(bird, 0), QString());
        QCOMPARE(text::cut(bird, -1), QString());
        QCOMPARE(text::cut(bird, 1), QStringLiteral("a"));
        QCOMPARE(text::cut(bird, 2), QStringLiteral("a"));
        QCOMPARE(text::cut(bird, 3), bird);
        QCOMPARE(text::cut(bird, 4), bird);
    }
};

QTEST_GUILESS_MAIN(tst_Text)
#include "tst_text.moc"
