// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"
#include "tests/bench/clientid.h"
#include "tests/bench/messagetag.h"
#include "tests/bench/session.h"

#include <QSet>
#include <QTest>

using namespace rookery::bench;

/// What the load generator writes into messages, and how it parses what comes back.
class tst_BenchWire : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tags();
    void tagsOfOthers();
    void clientIds_data();
    void clientIds();
    void fieldsOfFrames();
};

void tst_BenchWire::tags()
{
    const MessageTag tag{0xdeadbeef, 7, 123456, 987654321012345};
    const std::string text = tag.text(64);
    QCOMPARE(text.size(), std::size_t(64));
    std::size_t hint = 0;
    for (const std::string &before : {std::string("{\"text\":\""), std::string("{\"room\":\"a\",\"text\":\""),
             std::string("~"), std::string("~~ ~")}) {
        MessageTag found;
        QVERIFY(MessageTag::find(before + text + "\"}", tag.run, hint, found));
        QCOMPARE(hint, before.size());
        QCOMPARE(found.run, tag.run);
        QCOMPARE(found.stream, tag.stream);
        QCOMPARE(found.number, tag.number);
        QCOMPARE(found.due, tag.due);
    }
}

void tst_BenchWire::tagsOfOthers()
{
    const std::string text = MessageTag{1, 2, 3, 4}.text(MessageTag::length);
    MessageTag found;
    for (std::size_t hint : {std::size_t(0), std::size_t(3), std::size_t(1000)}) {
        QVERIFY(!MessageTag::find("xxx" + text, 2, hint, found)); // of another run
        QVERIFY(!MessageTag::find("xxx" + text.substr(0, text.size() - 1), 1, hint, found));
        QVERIFY(!MessageTag::find("", 1, hint, found));
        QVERIFY(
            !MessageTag::find("~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", 1, hint, found));
    }
}

void tst_BenchWire::clientIds_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<char>("version");
    QTest::newRow("v7") << int(ClientIds::Ordered) << '7';
    QTest::newRow("v4") << int(ClientIds::Random) << '4';
}

void tst_BenchWire::clientIds()
{
    QFETCH(int, kind);
    QFETCH(char, version);
    QSet<QString> all;
    for (std::uint32_t run = 1; run < 4; ++run) {
        for (std::uint32_t stream = 0; stream < 30; ++stream) {
            for (std::uint32_t number = 0; number < 30; ++number) {
                const ClientId id(ClientIds(kind), run, stream, number, 1'700'000'000'000);
                const ClientId again(ClientIds(kind), run, stream, number, 1'700'000'000'000);
                QCOMPARE(id.text(), again.text());
                const QString text = QString::fromLatin1(id.text().data(), qsizetype(id.text().size()));
                QVERIFY2(rookery::isId(text), qPrintable(text));
                QCOMPARE(text[14], QLatin1Char(version));
                QVERIFY(QStringLiteral("89ab").contains(text[19]));
                all.insert(text);
            }
        }
    }
    QCOMPARE(all.size(), 3 * 30 * 30);
    // Text order is time order, where there is one.
    if (ClientIds(kind) == ClientIds::Ordered)
        QVERIFY(ClientId(ClientIds::Ordered, 1, 1, 1, 1000).text()
            < ClientId(ClientIds::Ordered, 1, 1, 0, 1001).text());
}

void tst_BenchWire::fieldsOfFrames()
{
    QCOMPARE(frameType(R"({"seq":1,"type":"ack"})"), std::string_view("ack"));
    QCOMPARE(frameType(R"({"type" : "hello"})"), std::string_view("hello"));
    QCOMPARE(frameType(R"({"message":"no type"})"), std::string_view());
    QCOMPARE(frameNumber(R"({"ref":12,"seq":34,"type":"ack"})", "seq"), 34);
    QCOMPARE(frameNumber(R"({"last_seq":12,"seq": 5})", "seq"), 5);
    QCOMPARE(frameNumber(R"({"seq":"5"})", "seq"), -1);
    QCOMPARE(frameNumber(R"({})", "seq"), -1);
    QCOMPARE(frameString(R"({"id":"abc"})", "id"), std::string_view("abc"));
    QCOMPARE(frameString(R"({"id":)", "id"), std::string_view());
}

QTEST_APPLESS_MAIN(tst_BenchWire)
#include "tst_benchwire.moc"
