// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonreader.h"
#include "common/jsonwriter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

#include <limits>

using namespace rookery;

namespace {

QByteArray written(QStringView text)
{
    return JsonWriter().beginArray().value(text).endArray().take();
}

QByteArray byQt(const QString &text)
{
    QByteArray json = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    for (char16_t c = 0x80; c < 0xa0; ++c)
        json.replace(QString(QChar(c)).toUtf8(), "\\u00" + QByteArray::number(c, 16));
    return json;
}

} // namespace

/// Its output equals that of QJsonDocument byte for byte, except for the control characters of C1
/// (THREATS 45), which toJson() escapes too.
class JsonWriterTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void controlsAreEscaped();
    void strings_data();
    void strings();
    void everyCodeUnitAlone();
    void everyCodePoint();
    void everyPlaceInALine();
    void growsFromNothing();
    void anythingAtAll();
    void structure();
    void numbers();
};

void JsonWriterTest::controlsAreEscaped()
{
    const QString text = QStringLiteral("\u001b[31m \u0080\u009b2J\u009f\u00a0\u0100");
    const QByteArray escaped =
        R"("\u001b[31m \u0080\u009b2J\u009f)" + QStringLiteral("\u00a0\u0100\"").toUtf8();
    QCOMPARE(written(text), '[' + escaped + ']');
    QCOMPARE(listToJson({text}), '[' + escaped + ']');
    const QJsonObject object{{text, QJsonArray{QStringLiteral("\u0085"), QStringLiteral("Â")}}};
    QCOMPARE(toJson(object), '{' + escaped + ":[\"\\u0085\",\"Â\"]}");
    QCOMPARE(QJsonDocument::fromJson(toJson(object)).object(), object);
}

void JsonWriterTest::strings_data()
{
    QTest::addColumn<QString>("text");

    QTest::newRow("empty") << QString();
    QTest::newRow("ASCII") << QStringLiteral("The quick brown fox, 0123456789 {}[]:,'/<>&");
    QTest::newRow("quotes and backslashes") << QStringLiteral("\"\\\"\\\\n\\u0041");
    QTest::newRow("controls") << QStringLiteral("\b\f\n\r\t\x01\x1f\x7f");
    QTest::newRow("NUL") << QString(3, QChar(u'\0'));
    QTest::newRow("two bytes") << QStringLiteral("grüße ß \u0080 \u07ff");
    QTest::newRow("three bytes") << QStringLiteral("\u0800 \u20ac \u2028 \u2029 \uffff \ufeff");
    QTest::newRow("four bytes") << QStringLiteral("\U0001f426 \U00010000 \U0010ffff");
    QTest::newRow("a high surrogate alone") << QString(QChar(0xd83d));
    QTest::newRow("a low surrogate alone") << QString(QChar(0xdc26));
    QTest::newRow("the wrong way round") << QString(QChar(0xdc26)) + QChar(0xd83d) + u'a';
    QTest::newRow("a high surrogate, then a pair") << QString(QChar(0xd83d)) + QStringLiteral("\U0001f426");
    QTest::newRow("nothing but escapes") << QString(1000, QChar(u'\x02'));
    // Text is written in pieces: a pair may lie across the end of one.
    for (int before = 120; before < 136; ++before)
        QTest::addRow("a pair after %d", before)
            << QString(before, u'a') + QStringLiteral("\U0001f426\U0001f426") + QString(300, u'\n');
}

void JsonWriterTest::strings()
{
    QFETCH(QString, text);
    QCOMPARE(written(text), byQt(text));
}

void JsonWriterTest::everyCodeUnitAlone()
{
    for (int unit = 0; unit <= 0xffff; ++unit) {
        const QString text = QStringLiteral("a%1b").arg(QChar(char16_t(unit)));
        QCOMPARE(written(text), byQt(text));
    }
}

void JsonWriterTest::everyCodePoint()
{
    QString text;
    for (char32_t c = 0x10000; c <= 0x10ffff; ++c)
        text += QChar::fromUcs4(c);
    QCOMPARE(written(text), byQt(text));
}

/// Plain units are copied several at once: one that is not may stand at any place among them, of any count.
void JsonWriterTest::everyPlaceInALine()
{
    const QStringList guests{QStringLiteral("\""), QStringLiteral("\\"), QStringLiteral("\n"),
        QString(QChar(0x7f)), QString(QChar(0x80)), QStringLiteral("é"), QStringLiteral("€"),
        QString(QChar(0x7fff)), QString(QChar(0x8000)), QString(QChar(0xff22)), QStringLiteral("😀")};
    for (const QString &guest : guests) {
        for (int length = 0; length < 20; ++length) {
            for (int at = 0; at <= length; ++at) {
                QString text(length, u'x');
                text.insert(at, guest);
                const QByteArray right = byQt(text);
                QVERIFY2(written(text) == right, right);
            }
        }
    }
}

void JsonWriterTest::growsFromNothing()
{
    for (const qsizetype capacity : {0, 1, 2, 3, 255}) {
        JsonWriter json(capacity);
        json.beginArray();
        QJsonArray same;
        for (qint64 i = 0; i < 100; ++i) {
            const QString text(int(i), u'x');
            json.value(text).value(i).value(i % 2 == 0).beginObject().name(QLatin1String("n")).raw("-1");
            json.endObject().value(QLatin1String("word"));
            for (const QJsonValue &value : {QJsonValue(text), QJsonValue(i), QJsonValue(i % 2 == 0),
                     QJsonValue(QJsonObject{{QStringLiteral("n"), -1}}), QJsonValue(QStringLiteral("word"))})
                same.append(value);
        }
        QCOMPARE(json.endArray().take(), QJsonDocument(same).toJson(QJsonDocument::Compact));
        QCOMPARE(json.beginArray().endArray().take(), QByteArray("[]"));
    }
}

void JsonWriterTest::anythingAtAll()
{
    QRandomGenerator random(20261121);
    for (int round = 0; round < 2000; ++round) {
        QString text(random.bounded(400), Qt::Uninitialized);
        for (QChar &c : text) {
            // Mostly from the corners: ASCII, controls, surrogates.
            switch (random.bounded(4)) {
            case 0:
                c = QChar(random.bounded(0x80));
                break;
            case 1:
                c = QChar(0xd800 + random.bounded(0x800));
                break;
            case 2:
                c = QChar(random.bounded(0x20));
                break;
            default:
                c = QChar(random.bounded(0x10000));
            }
        }
        QCOMPARE(written(text), byQt(text));
    }
}

void JsonWriterTest::structure()
{
    const QByteArray json = JsonWriter()
                                .beginObject()
                                .name(QLatin1String("a"))
                                .beginArray()
                                .beginObject()
                                .endObject()
                                .beginObject()
                                .field(QLatin1String("yes"), true)
                                .endObject()
                                .beginArray()
                                .endArray()
                                .value(qint64(1))
                                .value(false)
                                .endArray()
                                .field(QLatin1String("b"), QLatin1String("plain"))
                                .name(QLatin1String("c"))
                                .beginObject()
                                .field(QLatin1String("x"), QStringView(u"ü"))
                                .field(QLatin1String("y"), qint64(2))
                                .endObject()
                                .endObject()
                                .take();
    QCOMPARE(JsonWriter().beginArray().raw({}).raw("1,[2]").raw({}).value(qint64(3)).endArray().take(),
        "[1,[2],3]");
    const QJsonObject same{
        {QStringLiteral("a"),
            QJsonArray{QJsonObject(), QJsonObject{{QStringLiteral("yes"), true}}, QJsonArray(), 1, false}},
        {QStringLiteral("b"), QStringLiteral("plain")},
        {QStringLiteral("c"),
            QJsonObject{{QStringLiteral("x"), QStringLiteral("ü")}, {QStringLiteral("y"), 2}}},
    };
    QCOMPARE(json, QJsonDocument(same).toJson(QJsonDocument::Compact));
}

void JsonWriterTest::numbers()
{
    for (const qint64 number : {qint64(0), qint64(-1), qint64(1) << 53, std::numeric_limits<qint64>::max(),
             std::numeric_limits<qint64>::min()}) {
        QCOMPARE(JsonWriter().beginArray().value(number).endArray().take(),
            QJsonDocument(QJsonArray{number}).toJson(QJsonDocument::Compact));
    }
}

QTEST_GUILESS_MAIN(JsonWriterTest)
#include "tst_jsonwriter.moc"
