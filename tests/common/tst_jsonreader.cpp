// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonreader.h"

#include <QTest>

using namespace rookery;

namespace {

constexpr QLatin1String x("x");

JsonReader reader(const QByteArray &value)
{
    const auto parsed = JsonReader::parse("{\"x\":" + value + '}');
    if (!parsed)
        qFatal("the test's own JSON is bad: %s", qPrintable(parsed.error().detail));
    return *parsed;
}

/// Describes a getter's result: "missing", "invalid", or the value.
template <typename T>
QString told(const Result<T> &result, const QString &value)
{
    if (result)
        return value;
    if (result.error().field != x)
        return QStringLiteral("the error does not name the field");
    if (result.error().detail.isEmpty() || !result.error().detail.contains(x))
        return QStringLiteral("the error does not say which field");
    switch (result.error().code) {
    case ErrorCode::MissingField:
        return QStringLiteral("missing");
    case ErrorCode::InvalidField:
        return QStringLiteral("invalid");
    default:
        return QStringLiteral("another code");
    }
}

} // namespace

class tst_JsonReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void documents_data();
    void documents();
    void marksAreKept();
    void numbers_data();
    void numbers();
    void badDocuments_data();
    void badDocuments();
    void faultsHaveTheirPlace_data();
    void faultsHaveTheirPlace();
    void faultsNameTheirMember_data();
    void faultsNameTheirMember();
    void getters_data();
    void getters();
    void integerBounds();
    void unknownFieldsAreIgnored();
    void compactOutput();
};

void tst_JsonReader::documents_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("members");
    QTest::newRow("empty object") << QByteArray("{}") << 0;
    QTest::newRow("white space") << QByteArray(" \t\r\n{ \"x\" : 1 }\n") << 1;
    QTest::newRow("any script") << QByteArray("{\"ключ\":\"値\"}") << 1;
    QTest::newRow("escapes") << QByteArray(
        "{\"\\u0078\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\udc26\"}")
                             << 1;
    QTest::newRow("the same name in two objects")
        << QByteArray("{\"x\":{\"x\":1},\"y\":[{\"x\":1},{\"x\":2}]}") << 2;
    QTest::newRow("names that differ in case") << QByteArray("{\"x\":1,\"X\":2}") << 2;
    QTest::newRow("colons in strings") << QByteArray("{\"a:b\":\"c:\\\":d\\\\\",\"e\":\":\"}") << 2;
    QTest::newRow("as deep as allowed")
        << "{\"x\":" + QByteArray(1000, '[') + QByteArray(1000, ']') + '}' << 1;
}

void tst_JsonReader::documents()
{
    QFETCH(QByteArray, text);
    const auto parsed = JsonReader::parse(text);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().detail));
    QTEST(int(parsed->object().size()), "members");
}

void tst_JsonReader::marksAreKept()
{
    // U+FEFF, raw and escaped, first and in the middle: Qt takes the first for a byte order mark.
    const auto parsed = JsonReader::parse("{\"raw\":\"\xef\xbb\xbf"
                                          "a\xef\xbb\xbf\",\"escaped\":\"\\ufeffa\"}");
    QVERIFY(parsed.ok());
    QCOMPARE(*parsed->string(QLatin1String("raw")), QStringLiteral("\ufeffa\ufeff"));
    QCOMPARE(*parsed->string(QLatin1String("escaped")), QStringLiteral("\ufeffa"));
    // Found by fuzz_json: one before the document was taken for text, where there was another one within.
    const auto marked = JsonReader::parse("\xef\xbb\xbf{\"raw\":\"\xef\xbb\xbf"
                                          "a\"}");
    QVERIFY(marked);
    QCOMPARE(*marked->string(QLatin1String("raw")), QStringLiteral("\ufeffa"));
}

void tst_JsonReader::numbers_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<double>("value");
    for (const auto &[written, value] : std::initializer_list<std::pair<const char *, double>>{
             {"0", 0}, {"-0", 0}, {"10", 10}, {"-1.25", -1.25}, {"1e3", 1000}, {"2E+2", 200}, {"5e-1", 0.5}})
        QTest::newRow(written) << QByteArray(written) << value;
}

void tst_JsonReader::numbers()
{
    QFETCH(QByteArray, written);
    const auto parsed = JsonReader::parse("{\"x\":" + written + "}");
    QVERIFY(parsed.ok());
    QTEST(parsed->object().value(QLatin1String("x")).toDouble(), "value");
}

void tst_JsonReader::badDocuments_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QByteArray &text) { QTest::newRow(name) << text; };
    row("nothing", "");
    row("white space", "  ");
    row("U+0000", QByteArray(1, '\0'));
    row("plain text", "hello");
    row("an array", "[]");
    row("a string", "\"x\"");
    row("a number", "1");
    row("null", "null");
    row("cut off", "{\"x\":1");
    row("cut off in a string", "{\"x\":\"abc");
    row("cut off in an escape", "{\"x\":\"\\u00");
    row("cut off in UTF-8", "{\"x\":\"\xf0\x9f\x90");
    row("two objects", "{}{}");
    row("something behind it", "{} x");
    row("U+0000 behind it", QByteArray("{}\0", 3));
    row("a trailing comma", "{\"x\":1,}");
    row("a comment", "{/* */}");
    row("single quotes", "{'x':1}");
    row("a bare name", "{x:1}");
    row("a bad escape", "{\"x\":\"\\u00zz\"}");
    row("U+0000 in a string", QByteArray("{\"x\":\"a\0b\"}", 11));
    row("an unknown escape", "{\"x\":\"\\x41\"}");
    row("a line break in a string", "{\"x\":\"a\nb\"}");
    row("a tab in a name", "{\"x\t\":1}");
    row("a number that ends in a point", "{\"x\":1.}");
    row("a number that begins with 0", "{\"x\":012}");
    row("a number that begins with a point, negative", "{\"x\":-.5}");
    row("a number without digits", "{\"x\":-}");
    row("a number that begins with a point", "{\"x\":.5}"); // found by fuzz_json
    row("an exponent without digits", "{\"x\":1e+}");
    row("no value", "{\"x\":}");
    row("NaN", "{\"x\":NaN}");
    row("a leading zero", "{\"x\":01x}");
    row("bytes that are no UTF-8", "{\"x\":\"\xff\"}");
    row("overlong UTF-8", "{\"x\":\"\xc0\xaf\"}");
    row("a surrogate in UTF-8", "{\"x\":\"\xed\xa0\x80\"}");
    row("past U+10FFFF", "{\"x\":\"\xf4\x90\x80\x80\"}");
    row("UTF-16", QByteArray("{\0}\0", 4));
    row("10,000 arrays deep", "{\"x\":" + QByteArray(10'000, '[') + QByteArray(10'000, ']') + '}');
    row("10,000 arrays deep, cut off", "{\"x\":" + QByteArray(10'000, '['));
    row("10,000 objects deep", QByteArray("{\"x\":").repeated(10'000) + '1' + QByteArray(10'000, '}'));
    row("a name twice", "{\"x\":1,\"x\":2}");
    row("a name twice, equal values", "{\"x\":1,\"x\":1}");
    row("a name twice, once escaped", "{\"x\":1,\"\\u0078\":2}");
    row("a name twice further in", "{\"y\":[{\"x\":1,\"x\":2}]}");
    row("a name twice, one of them an object", "{\"x\":{\"a\":1,\"b\":2},\"x\":3}");
    row("the empty name twice", "{\"\":1,\"\":2}");
}

void tst_JsonReader::badDocuments()
{
    QFETCH(QByteArray, text);
    const auto parsed = JsonReader::parse(text);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, ErrorCode::InvalidJson);
    QVERIFY(!parsed.error().detail.isEmpty());
    QVERIFY(parsed.error().detail.size() < 200);
}

void tst_JsonReader::faultsHaveTheirPlace_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("byte");
    QTest::addColumn<QString>("what");
    const auto row = [](const char *name, const QByteArray &text, int byte, const char *what) {
        QTest::newRow(name) << text << byte << QString::fromUtf8(what);
    };
    row("a form", "username=ann&password=a.b-1", 0, "a value is expected");
    row("a form that begins like a word", "name=ann", 0, "a value is expected");
    row("a form that begins like a number", "1=2", 1, "behind its end");
    row("nothing", "", 0, "ends too early");
    row("white space", "  ", 2, "ends too early");
    row("cut off", "{\"x\":1", 6, "ends too early");
    row("cut off in a string", "{\"x\":\"abc", 9, "ends too early");
    row("cut off in an escape", "{\"x\":\"\\u00", 10, "ends too early");
    row("two objects", "{}{}", 2, "behind its end");
    row("a trailing comma", "{\"x\":1,}", 7, "a name in double quotes");
    row("a trailing comma in an array", "{\"x\":[1,]}", 8, "a value is expected");
    row("a comment", "{/* */}", 1, "a name in double quotes");
    row("a bare name", "{x:1}", 1, "a name in double quotes");
    row("no colon", "{\"x\" 1}", 5, "a colon");
    row("no comma", "{\"x\":1 \"y\":2}", 7, "a comma or '}'");
    row("no comma in an array", "{\"x\":[1 2]}", 8, "a comma or ']'");
    row("the wrong bracket", "{\"x\":[1}}", 7, "a comma or ']'");
    row("a bad escape", "{\"x\":\"\\u00zz\"}", 10, "an unknown escape");
    row("an unknown escape", "{\"x\":\"\\x41\"}", 7, "an unknown escape");
    row("a line break in a string", "{\"x\":\"a\nb\"}", 7, "a control character");
    row("a number that ends in a point", "{\"x\":1.}", 5, "a number of the wrong form");
    row("a number that begins with 0", "{\"x\":012}", 5, "a number of the wrong form");
    row("a number that begins with a point", "{\"x\":.5}", 5, "a value is expected");
    row("a number past all doubles", "{\"x\":1e400}", 5, "a number too large");
    row("NaN", "{\"x\":NaN}", 5, "a value is expected");
    row("a word cut short", "{\"x\":tru}", 5, "a value is expected");
    row("no UTF-8", "{\"x\":\"\u00e4\xff\"}", 8, "not UTF-8");
    row("overlong UTF-8", "{\"x\":\"\xc0\xaf\"}", 6, "not UTF-8");
    row("a surrogate in UTF-8", "{\"x\":\"\xed\xa0\x80\"}", 6, "not UTF-8");
    row("1,025 arrays deep", "{\"x\":" + QByteArray(1'025, '['), 5 + 1023, "nested too deeply");
    // A byte order mark counts, wherever it stands, as the three bytes that were sent.
    row("behind a byte order mark", "\xef\xbb\xbf{x", 4, "a name in double quotes");
    row("behind one in a string", "{\"a\":\"\xef\xbb\xbf\",x", 11, "a name in double quotes");
}

void tst_JsonReader::faultsHaveTheirPlace()
{
    QFETCH(QByteArray, text);
    QFETCH(int, byte);
    QFETCH(QString, what);
    const auto parsed = JsonReader::parse(text);
    QVERIFY(!parsed);
    const QString &said = parsed.error().detail;
    QVERIFY2(said.startsWith(QStringLiteral("Not valid JSON at byte %1").arg(byte)), qPrintable(said));
    QVERIFY2(
        !said.at(QStringLiteral("Not valid JSON at byte %1").arg(byte).size()).isDigit(), qPrintable(said));
    QVERIFY2(said.contains(what), qPrintable(said));
}

/// THREATS 18: whoever is told that a text is no JSON is told in which field.
void tst_JsonReader::faultsNameTheirMember_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *what, const QByteArray &text, const char *field) {
        QTest::newRow(what) << text << QString::fromUtf8(field);
    };
    row("bytes that are no UTF-8", "{\"a\":1,\"text\":\"\xff\",\"z\":1}", "text");
    row("U+0000", QByteArray("{\"a\":\"b\",\"text\":\"\0\"}", 20), "text");
    row("an unknown escape", "{\"a\":1,\"text\":\"\\x41\",\"z\":1}", "text");
    row("a number past all doubles", "{\"a\":1,\"text\":1e400,\"z\":1}", "text");
    row("a number of the wrong form", "{\"a\":1,\"text\":012,\"z\":1}", "text");
    row("NaN", "{\"a\":1,\"text\":NaN,\"z\":1}", "text");
    row("10,000 arrays deep", "{\"a\":1,\"text\":" + QByteArray(10'000, '[') + QByteArray(10'000, ']') + '}',
        "text");
    row("10,000 objects deep", "{\"a\":1,\"text\":" + QByteArray("{\"b\":").repeated(10'000), "text");
    row("further in", "{\"a\":1,\"list\":[{\"b\":1},{\"c\":\"\\q\"}],\"z\":1}", "list");
    row("behind what is further in", "{\"list\":[{\"b\":1}],\"text\":\"\\q\"}", "text");
    row("a string that looks like a member", "{\"a\":\"\\\"b\\\":\",\"text\":\"\\q\"}", "text");
    row("an escaped name", "{\"\\u0074ext\":\"\\q\"}", "text");
    row("white space", " { \"a\" : 1 ,\n \"text\" : \"\\q\" } ", "text");
    row("no value", "{\"a\":1,\"text\":}", "text");
    row("a name twice", "{\"text\":1,\"text\":2}", "text");
    row("a name twice, once escaped", "{\"text\":1,\"a\":2,\"tex\\u0074\":2}", "text");
    row("a name twice further in", "{\"list\":[{\"text\":1},{\"text\":1,\"text\":2}]}", "text");
    row("the same name in two objects, another twice",
        "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"text\":1,\"text\":1}}", "text");

    row("outside of all members", "{\"a\":1} x", "");
    row("between them", "{\"a\":1,}", "");
    row("no object", "[1,}", "");
    row("nothing", "", "");
    row("the empty name", "{\"\":\"\\q\"}", "");
    row("a name that is no text", "{\"\\ud800\":\"\\q\"}", "");
    row("a name with U+0000", "{\"\\u0000\":\"\\q\"}", "");
    row("a name too long to be repeated", "{\"" + QByteArray(65, 'n') + "\":\"\\q\"}", "");
    row("a long name twice", "{\"" + QByteArray(65, 'n') + "\":1,\"" + QByteArray(65, 'n') + "\":1}", "");
}

void tst_JsonReader::faultsNameTheirMember()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, field);
    const auto parsed = JsonReader::parse(text);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, ErrorCode::InvalidJson);
    QCOMPARE(parsed.error().field, field);
    QVERIFY(parsed.error().detail.contains(field));
    QVERIFY(parsed.error().detail.size() < 200);
}

void tst_JsonReader::getters_data()
{
    // For each kind of value what every getter says of it.
    QTest::addColumn<QByteArray>("json"); // empty: the field is absent
    QTest::addColumn<QString>("string");
    QTest::addColumn<QString>("optionalString");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("integer");
    QTest::addColumn<QString>("optionalInteger");
    QTest::addColumn<QString>("flag");
    QTest::addColumn<QString>("array");
    QTest::addColumn<QString>("child");
    const QString missing = QStringLiteral("missing");
    const QString invalid = QStringLiteral("invalid");
    const QString absent = QStringLiteral("absent");

    const auto none = [&](const char *name, const QByteArray &json) {
        QTest::newRow(name) << json << missing << absent << missing << missing << absent << absent
                            << QStringLiteral("0 items") << missing;
    };
    none("absent", "");
    none("null", "null");

    const auto text = [&](const char *name, const QByteArray &json, const QString &value) {
        QTest::newRow(name) << json << value << value << value << invalid << invalid << invalid << invalid
                            << invalid;
    };
    text("a string", "\"abc\"", QStringLiteral("abc"));
    text("an empty string", "\"\"", QString());
    text("a string that looks like a number", "\"7\"", QStringLiteral("7"));
    text("a string that says null", "\"null\"", QStringLiteral("null"));
    text("outside the BMP", "\"\\ud83d\\udc26\"", QString::fromUcs4(U"\U0001f426"));
    text(
        "markup is text", "\"<img src=file:///etc/passwd>\"", QStringLiteral("<img src=file:///etc/passwd>"));
    text("SQL is text", "\"'; DROP TABLE users; --\"", QStringLiteral("'; DROP TABLE users; --"));
    text("U+0001 is text", "\"\\u0001\"", QString(QChar(1)));

    const auto nothing = [&](const char *name, const QByteArray &json) {
        QTest::newRow(name) << json << invalid << invalid << invalid << invalid << invalid << invalid
                            << invalid << invalid;
    };
    nothing("U+0000, escaped", "\"a\\u0000b\"");
    nothing("a lone high surrogate", "\"\\ud83d\"");
    nothing("a lone low surrogate", "\"\\udc26\"");
    nothing("surrogates the wrong way round", "\"\\udc26\\ud83d\"");

    const auto number = [&](const char *name, const QByteArray &json, const QString &value) {
        QTest::newRow(name) << json << invalid << invalid << value << value << value << invalid << invalid
                            << invalid;
    };
    number("zero", "0", QStringLiteral("0"));
    number("minus zero", "-0", QStringLiteral("0"));
    number("a number", "42", QStringLiteral("42"));
    number("a whole number with a point", "42.0", QStringLiteral("42"));
    number("a whole number with an exponent", "1e3", QStringLiteral("1000"));
    number("the largest that all can read", "9007199254740991", QStringLiteral("9007199254740991"));
    number("one more than that", "9007199254740992", invalid);
    number("one that a double cannot hold", "9007199254740993", invalid);
    number("64 bits", "18446744073709551615", invalid);
    number("past 64 bits", "99999999999999999999999", invalid);
    number("a huge one", "1e308", invalid);
    number("a fraction", "0.5", invalid);
    number("a negative one", "-1", invalid);

    const auto flag = [&](const char *name, const QByteArray &json, const QString &value) {
        QTest::newRow(name) << json << invalid << invalid << invalid << invalid << invalid << value << invalid
                            << invalid;
    };
    flag("true", "true", QStringLiteral("true"));
    flag("false", "false", QStringLiteral("false"));

    QTest::newRow("an array") << QByteArray("[1,\"a\",null]") << invalid << invalid << invalid << invalid
                              << invalid << invalid << QStringLiteral("3 items") << invalid;
    QTest::newRow("an object") << QByteArray("{\"y\":1}") << invalid << invalid << invalid << invalid
                               << invalid << invalid << invalid << QStringLiteral("1 members");
}

void tst_JsonReader::getters()
{
    QFETCH(QByteArray, json);
    const JsonReader json_ = json.isEmpty() ? JsonReader(QJsonObject()) : reader(json);
    const QString absent = QStringLiteral("absent");

    const auto string = json_.string(x);
    QTEST(told(string, string ? *string : QString()), "string");
    const auto optionalString = json_.optionalString(x);
    QTEST(told(optionalString, optionalString ? optionalString->value_or(absent) : QString()),
        "optionalString");
    const auto id = json_.id(x);
    QTEST(told(id, id ? *id : QString()), "id");
    const auto integer = json_.integer(x);
    QTEST(told(integer, integer ? QString::number(*integer) : QString()), "integer");
    const auto maybeInteger = json_.optionalInteger(x);
    QTEST(told(maybeInteger,
              maybeInteger && maybeInteger->has_value() ? QString::number(**maybeInteger) : absent),
        "optionalInteger");
    const auto flag = json_.optionalBool(x);
    QTEST(told(flag,
              !flag || !flag->has_value() ? absent
                  : **flag                ? QStringLiteral("true")
                                          : QStringLiteral("false")),
        "flag");
    const auto array = json_.optionalArray(x);
    QTEST(told(array, array ? QStringLiteral("%1 items").arg(array->size()) : QString()), "array");
    const auto child = json_.child(x);
    QTEST(told(child, child ? QStringLiteral("%1 members").arg(child->object().size()) : QString()), "child");
    QCOMPARE(json_.has(x), !json.isEmpty() && json != "null");
}

void tst_JsonReader::integerBounds()
{
    const auto bounded = [](const QByteArray &value) { return reader(value).integer(x, -5, 10); };
    QVERIFY(bounded("-5") && bounded("10") && bounded("0"));
    QVERIFY(!bounded("-6") && !bounded("11"));
    const auto refused = bounded("11");
    QVERIFY2(refused.error().detail.contains(QLatin1String("-5"))
            && refused.error().detail.contains(QLatin1String("10")),
        qPrintable(refused.error().detail));
    QVERIFY(!reader("11").optionalInteger(x, -5, 10));
    QVERIFY(reader("null").optionalInteger(x, -5, 10));
}

void tst_JsonReader::unknownFieldsAreIgnored()
{
    const auto parsed = JsonReader::parse(R"({"y":{"deep":[1,2,{"z":null}]},"x":"value","":0})");
    QVERIFY(parsed);
    const auto value = parsed->string(x);
    QVERIFY(value);
    QCOMPARE(*value, QStringLiteral("value"));
}

void tst_JsonReader::compactOutput()
{
    const QByteArray text =
        toJson({{QStringLiteral("b"), QStringLiteral("ü\n\"")}, {QStringLiteral("a"), 1}});
    QCOMPARE(text, QByteArray("{\"a\":1,\"b\":\"ü\\n\\\"\"}"));
    const auto again = JsonReader::parse(text);
    QVERIFY(again);
    QCOMPARE(again->string(QLatin1String("b")).value(), QStringLiteral("ü\n\""));
}

QTEST_APPLESS_MAIN(tst_JsonReader)
#include "tst_jsonreader.moc"
