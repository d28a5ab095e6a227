// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/framereader.h"
#include "server/net/websocket/framewriter.h"
#include "tests/server/net/wsframe.h"

#include <QTest>

using namespace rookery;
using namespace rookery::net;
using namespace rookery::net::test;

using Event = FrameReader::Event;

namespace {

constexpr qint64 limit = 1000;

/// What a reader makes of the bytes: one word per event.
QByteArrayList read(const QByteArray &bytes, qsizetype piece,
    FrameReader::BinaryMessages binary = FrameReader::BinaryMessages::Refused)
{
    FrameReader reader(limit, binary);
    QByteArrayList seen;
    for (qsizetype i = 0; i < bytes.size(); i += piece) {
        QByteArrayView rest = QByteArrayView(bytes).sliced(i, std::min(piece, bytes.size() - i));
        while (!rest.isEmpty()) {
            const Event event = reader.next(rest);
            switch (event.kind) {
            case Event::Nothing:
                break;
            case Event::Text:
                seen.append("text:" + event.payload);
                break;
            case Event::Binary:
                seen.append("binary:" + event.payload);
                break;
            case Event::Ping:
                seen.append("ping:" + event.payload);
                break;
            case Event::Pong:
                seen.append("pong:" + event.payload);
                break;
            case Event::Close:
                seen.append("close:" + QByteArray::number(event.code) + ':' + event.payload);
                break;
            case Event::Refused:
                seen.append("refused:" + QByteArray::number(event.code));
                break;
            }
        }
    }
    return seen;
}

} // namespace

/// Rows that repeat a case of the Autobahn test suite carry its number.
class TestFrames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data();
    void reads();
    void readsBinaryWhereItIsTaken_data();
    void readsBinaryWhereItIsTaken();
    void failsAtTheFirstBadByte_data();
    void failsAtTheFirstBadByte();
    void refusesByTheHeaderAlone_data();
    void refusesByTheHeaderAlone();
    void utf8_data();
    void utf8();
    void writesHeaders_data();
    void writesHeaders();
    void writesControlFrames();
};

void TestFrames::reads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArrayList>("seen");
    using List = QByteArrayList;

    const QByteArray long125(125, 'a');
    const QByteArray long126(126, 'a');
    const QByteArray euro("\xe2\x82\xac");
    const QByteArray bom("\xef\xbb\xbf");

    // Messages
    QTest::newRow("1.1.1 empty text") << text({}) << List{"text:"};
    QTest::newRow("1.1.2 text of 125") << text(long125) << List{"text:" + long125};
    QTest::newRow("1.1.3 text of 126") << text(long126) << List{"text:" + long126};
    QTest::newRow("text at the limit")
        << text(QByteArray(limit, 'a')) << List{"text:" + QByteArray(limit, 'a')};
    QTest::newRow("two") << text("a") + text("b") << List{"text:a", "text:b"};
    QTest::newRow("mask of zeros") << frame(fin | textFrame, "abc", QByteArray(4, '\0')) << List{"text:abc"};
    QTest::newRow("NUL inside") << text(QByteArray("a\0b", 3)) << List{QByteArray("text:a\0b", 8)};
    QTest::newRow("leading BOM") << text(bom + "a") << List{"text:" + bom + "a"};
    QTest::newRow("binary") << frame(fin | binaryFrame, "abc") << List{"refused:1003"};

    // Control frames
    QTest::newRow("2.1 empty ping") << frame(fin | pingFrame, {}) << List{"ping:"};
    QTest::newRow("2.4 ping of 125") << frame(fin | pingFrame, long125) << List{"ping:" + long125};
    QTest::newRow("2.5 ping of 126") << frame(fin | pingFrame, long126) << List{"refused:1002"};
    QTest::newRow("2.7 unasked pong") << frame(fin | pongFrame, "x") << List{"pong:x"};
    QTest::newRow("fragmented ping") << frame(pingFrame, "x") << List{"refused:1002"};
    QTest::newRow("ping with binary data") << frame(fin | pingFrame, "\xff\xfe") << List{"ping:\xff\xfe"};

    // Reserved bits and opcodes
    QTest::newRow("3.1 RSV3") << frame(fin | 0x10 | textFrame, "a") << List{"refused:1002"};
    QTest::newRow("3.2 RSV2") << text("a") + frame(fin | 0x20 | textFrame, "b")
                              << List{"text:a", "refused:1002"};
    QTest::newRow("3.4 RSV1") << frame(fin | 0x40 | textFrame, "a") << List{"refused:1002"};
    QTest::newRow("3.5 RSV in a ping") << frame(fin | 0x70 | pingFrame, {}) << List{"refused:1002"};
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        QTest::addRow("4 opcode %d", opcode) << frame(fin | opcode, "a") << List{"refused:1002"};
    QTest::newRow("unmasked text") << frame(fin | textFrame, "a", {}) << List{"refused:1002"};
    QTest::newRow("unmasked ping") << frame(fin | pingFrame, {}, {}) << List{"refused:1002"};

    // Fragments
    QTest::newRow("5.3 two fragments")
        << frame(textFrame, "ab") + frame(fin | continuation, "cd") << List{"text:abcd"};
    QTest::newRow("5.6 a ping between")
        << frame(textFrame, "ab") + frame(fin | pingFrame, "p") + frame(fin | continuation, "cd")
        << List{"ping:p", "text:abcd"};
    QTest::newRow("6.1.2 empty fragments")
        << frame(textFrame, {}) + frame(continuation, {}) + frame(fin | continuation, {}) << List{"text:"};
    QTest::newRow("5.9 nothing to continue") << frame(fin | continuation, "a") << List{"refused:1002"};
    QTest::newRow("5.12 nothing to continue, unfinished") << frame(continuation, "a") << List{"refused:1002"};
    QTest::newRow("nothing to continue after a message")
        << text("a") + frame(fin | continuation, "b") << List{"text:a", "refused:1002"};
    QTest::newRow("5.18 text inside a message")
        << frame(textFrame, "a") + frame(fin | textFrame, "b") << List{"refused:1002"};
    QTest::newRow("binary inside a message")
        << frame(textFrame, "a") + frame(fin | binaryFrame, "b") << List{"refused:1002"};
    QTest::newRow("many fragments") << frame(textFrame, "a") + frame(continuation, "b").repeated(500)
            + frame(fin | continuation, "c")
                                    << List{"text:a" + QByteArray(500, 'b') + 'c'};

    // UTF-8 over fragments
    QTest::newRow("6.2.3 a character cut by fragments") << frame(textFrame, euro.first(1))
            + frame(continuation, euro.mid(1, 1))
            + frame(fin | continuation, euro.last(1)) << List{"text:" + euro};
    QTest::newRow("a ping inside a character") << frame(textFrame, euro.first(2))
            + frame(fin | pingFrame, "p") + frame(fin | continuation, euro.last(1))
                                               << List{"ping:p", "text:" + euro};
    QTest::newRow("6.3.1 invalid") << text("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
                                           "edited")
                                   << List{"refused:1007"};
    QTest::newRow("a character cut by the end") << text(euro.first(2)) << List{"refused:1007"};
    QTest::newRow("a character cut by the end of the last fragment") << frame(textFrame, euro.first(1))
            + frame(fin | continuation, euro.mid(1, 1)) << List{"refused:1007"};
    QTest::newRow("valid after valid") << text(euro) + text(euro) << List{"text:" + euro, "text:" + euro};

    // Close
    QTest::newRow("7.3.1 empty close") << frame(fin | closeFrame, {}) << List{"close:1006:"};
    QTest::newRow("7.3.2 close of one byte") << frame(fin | closeFrame, "a") << List{"refused:1002"};
    QTest::newRow("7.3.3 code") << frame(fin | closeFrame, closePayload(1000)) << List{"close:1000:"};
    QTest::newRow("7.3.4 code and reason")
        << frame(fin | closeFrame, closePayload(4001, "why")) << List{"close:4001:why"};
    QTest::newRow("7.3.5 longest reason") << frame(fin | closeFrame, closePayload(1000, QByteArray(123, 'a')))
                                          << List{"close:1000:" + QByteArray(123, 'a')};
    QTest::newRow("7.3.6 close of 126")
        << frame(fin | closeFrame, closePayload(1000, QByteArray(124, 'a'))) << List{"refused:1002"};
    QTest::newRow("7.5.1 reason is not UTF-8")
        << frame(fin | closeFrame, closePayload(1000, "\xff")) << List{"refused:1007"};
    QTest::newRow("7.1.3 a ping after close")
        << frame(fin | closeFrame, closePayload(1000)) + frame(fin | pingFrame, {}) << List{"close:1000:"};
    QTest::newRow("7.1.5 close inside a message") << frame(textFrame, "a")
            + frame(fin | closeFrame, closePayload(1000))
            + frame(fin | continuation, "b") << List{"close:1000:"};
    for (const int code :
        {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 3999, 4000, 4999})
        QTest::addRow("7.7 code %d", code) << frame(fin | closeFrame, closePayload(quint16(code)))
                                           << List{"close:" + QByteArray::number(code) + ':'};
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
        QTest::addRow("7.9 code %d", code)
            << frame(fin | closeFrame, closePayload(quint16(code))) << List{"refused:1002"};

    // Sizes
    QTest::newRow("too large") << text(QByteArray(limit + 1, 'a')) << List{"refused:1009"};
    QTest::newRow("fragments too large")
        << frame(textFrame, QByteArray(limit, 'a')) + frame(fin | continuation, "a") << List{"refused:1009"};
    QTest::newRow("too large after a message")
        << text("a") + text(QByteArray(limit + 1, 'a')) << List{"text:a", "refused:1009"};
    QTest::newRow("16-bit length that fits 7 bits") << QByteArray("\x81\xfe\x00\x01"
                                                                  "abcd"
                                                                  "a",
        9) << List{"refused:1002"};
    QTest::newRow("64-bit length that fits 16 bits") << QByteArray("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"
                                                                   "abcd",
        14) << List{"refused:1002"};
    QTest::newRow("64-bit length with its highest bit") << QByteArray(
        "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00"
        "abcd",
        14) << List{"refused:1002"};
}

void TestFrames::reads()
{
    QFETCH(QByteArray, bytes);
    for (const qsizetype piece : {bytes.size(), qsizetype(1), qsizetype(3), qsizetype(64)})
        QTEST(read(bytes, piece), "seen");
}

void TestFrames::readsBinaryWhereItIsTaken_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArrayList>("seen");
    using List = QByteArrayList;

    const QByteArray euro("\xe2\x82\xac");
    QTest::newRow("1.2.1 empty") << frame(fin | binaryFrame, {}) << List{"binary:"};
    QTest::newRow("1.2.2 no UTF-8") << frame(fin | binaryFrame, QByteArray(125, '\xfe'))
                                    << List{"binary:" + QByteArray(125, '\xfe')};
    QTest::newRow("in fragments") << frame(binaryFrame, "\xff") + frame(continuation, "\0")
            + frame(fin | continuation, "\xe2")
                                  << List{"binary:\xff\xe2"};
    QTest::newRow("a ping between") << frame(binaryFrame, "\xff") + frame(fin | pingFrame, "p")
            + frame(fin | continuation, "\xfe")
                                    << List{"ping:p", "binary:\xff\xfe"};
    QTest::newRow("text after binary is checked")
        << frame(fin | binaryFrame, "\xff") + text("\xff") << List{"binary:\xff", "refused:1007"};
    QTest::newRow("binary between texts") << text(euro) + frame(fin | binaryFrame, "\xe2") + text(euro)
                                          << List{"text:" + euro, "binary:\xe2", "text:" + euro};
    QTest::newRow("text inside binary")
        << frame(binaryFrame, "a") + frame(fin | textFrame, "b") << List{"refused:1002"};
    QTest::newRow("too large") << frame(fin | binaryFrame, QByteArray(limit + 1, 'a'))
                               << List{"refused:1009"};
    QTest::newRow("fragments too large")
        << frame(binaryFrame, QByteArray(limit, 'a')) + frame(fin | continuation, "a")
        << List{"refused:1009"};
}

void TestFrames::readsBinaryWhereItIsTaken()
{
    QFETCH(QByteArray, bytes);
    for (const qsizetype piece : {bytes.size(), qsizetype(1), qsizetype(3), qsizetype(64)})
        QTEST(read(bytes, piece, FrameReader::BinaryMessages::Taken), "seen");
}

void TestFrames::failsAtTheFirstBadByte_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<qsizetype>("valid"); // bytes before the one that fails

    QTest::newRow("6.4.1 past U+10FFFF") << QByteArray("\xce\xba\xf4\x90\x80\x80zz") << qsizetype(3);
    QTest::newRow("lone continuation") << QByteArray("ab\x80zz") << qsizetype(2);
    QTest::newRow("surrogate") << QByteArray("ab\xed\xa0\x80") << qsizetype(3);
}

void TestFrames::failsAtTheFirstBadByte()
{
    QFETCH(QByteArray, payload);
    QFETCH(qsizetype, valid);
    const QByteArray bytes = text(payload);
    const qsizetype header = bytes.size() - payload.size();
    QVERIFY(read(bytes.first(header + valid), 1).isEmpty());
    QCOMPARE(read(bytes.first(header + valid + 1), 1), QByteArrayList{"refused:1007"});
}

void TestFrames::refusesByTheHeaderAlone_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("seen");

    QTest::newRow("300 MB") << text(QByteArray(70'000, 'a')).first(14) << QByteArray("refused:1009");
    QTest::newRow("reserved opcode") << frame(fin | 3, "abc").first(2) << QByteArray("refused:1002");
    QTest::newRow("unmasked") << frame(fin | textFrame, "abc", {}).first(2) << QByteArray("refused:1002");
    QTest::newRow("long ping") << QByteArray("\x89\xfe", 2) << QByteArray("refused:1002");
}

void TestFrames::refusesByTheHeaderAlone()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, seen);
    QCOMPARE(read(bytes, 1), QByteArrayList{seen});
}

void TestFrames::utf8_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("valid");

    QTest::newRow("ASCII") << QByteArray("0123456789 abcdefghijklmnopqrstuvwxyz") << true;
    QTest::newRow("lowest of two") << QByteArray("\xc2\x80") << true;
    QTest::newRow("overlong two") << QByteArray("\xc1\xbf") << false;
    QTest::newRow("lowest of three") << QByteArray("\xe0\xa0\x80") << true;
    QTest::newRow("overlong three") << QByteArray("\xe0\x9f\xbf") << false;
    QTest::newRow("below the surrogates") << QByteArray("\xed\x9f\xbf") << true;
    QTest::newRow("lowest surrogate") << QByteArray("\xed\xa0\x80") << false;
    QTest::newRow("highest surrogate") << QByteArray("\xed\xbf\xbf") << false;
    QTest::newRow("above the surrogates") << QByteArray("\xee\x80\x80") << true;
    QTest::newRow("noncharacter") << QByteArray("\xef\xbf\xbf") << true;
    QTest::newRow("lowest of four") << QByteArray("\xf0\x90\x80\x80") << true;
    QTest::newRow("overlong four") << QByteArray("\xf0\x8f\xbf\xbf") << false;
    QTest::newRow("U+10FFFF") << QByteArray("\xf4\x8f\xbf\xbf") << true;
    QTest::newRow("U+110000") << QByteArray("\xf4\x90\x80\x80") << false;
    QTest::newRow("five bytes") << QByteArray("\xf8\x88\x80\x80\x80") << false;
    QTest::newRow("FE") << QByteArray("\xfe") << false;
    QTest::newRow("FF") << QByteArray("abcdefgh\xff") << false;
    QTest::newRow("lone continuation") << QByteArray("abcdefgh\x80") << false;
    QTest::newRow("cut") << QByteArray("abcdefgh\xe2\x82") << false;
    QTest::newRow("begun anew") << QByteArray("\xe2\x82"
                                              "a")
                                << false;
    QTest::newRow("mixed") << QByteArray("abcdefghijk\xc3\xbc"
                                         "abcdefghijk\xf0\x9f\x90\xa6")
                           << true;
}

void TestFrames::utf8()
{
    QFETCH(QByteArray, bytes);
    for (const qsizetype piece : {bytes.size(), qsizetype(1), qsizetype(3)}) {
        Utf8Validator validator;
        bool valid = true;
        for (qsizetype i = 0; i < bytes.size(); i += piece)
            valid = validator.feed(QByteArrayView(bytes).sliced(i, std::min(piece, bytes.size() - i)));
        QTEST(valid && validator.complete(), "valid");
    }
}

void TestFrames::writesHeaders_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<QByteArray>("header");

    QTest::newRow("0") << qsizetype(0) << QByteArray("\x81\x00", 2);
    QTest::newRow("125") << qsizetype(125) << QByteArray("\x81\x7d", 2);
    QTest::newRow("126") << qsizetype(126) << QByteArray("\x81\x7e\x00\x7e", 4);
    QTest::newRow("65535") << qsizetype(65535) << QByteArray("\x81\x7e\xff\xff", 4);
    QTest::newRow("65536") << qsizetype(65536) << QByteArray("\x81\x7f\0\0\0\0\0\1\0\0", 10);
}

void TestFrames::writesHeaders()
{
    QFETCH(qsizetype, size);
    QFETCH(QByteArray, header);
    QCOMPARE(QByteArrayView(frames::textHeader(size)).toByteArray(), header);
    header[0] = char(fin | binaryFrame);
    QCOMPARE(QByteArrayView(frames::binaryHeader(size)).toByteArray(), header);
}

void TestFrames::writesControlFrames()
{
    QCOMPARE(frames::ping(), QByteArray("\x89\x00", 2));
    QCOMPARE(frames::pong("ab"),
        QByteArray("\x8a\x02"
                   "ab"));
    QCOMPARE(frames::close(1000), QByteArray("\x88\x02\x03\xe8"));
    QCOMPARE(frames::close(quint16(CloseCode::Abnormal)), QByteArray("\x88\x00", 2));
    QCOMPARE(frames::close(4001, QStringLiteral("no")), QByteArray("\x88\x04\x0f\xa1no"));

    // 62 characters of two bytes are 124; the last must go as a whole.
    const QByteArray cut = frames::close(4001, QString(62, QChar(0xfc)));
    QCOMPARE(cut.size(), 2 + 2 + 122);
    Utf8Validator validator;
    QVERIFY(validator.feed(QByteArrayView(cut).sliced(4)) && validator.complete());
}

QTEST_APPLESS_MAIN(TestFrames)
#include "tst_net_frames.moc"
