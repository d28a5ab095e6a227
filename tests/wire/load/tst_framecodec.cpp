// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/framecodec.h"

#include <QTest>

using namespace rookery::load;

class tst_FrameCodec : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writing_data();
    void writing();
    void reading_data();
    void reading();
    void readingInPieces();
    void several();
    void invalid_data();
    void invalid();
};

void tst_FrameCodec::writing_data()
{
    QTest::addColumn<int>("length");
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("empty") << 0 << QByteArray::fromHex("8180");
    QTest::newRow("125") << 125 << QByteArray::fromHex("81fd");
    QTest::newRow("126") << 126 << QByteArray::fromHex("81fe007e");
    QTest::newRow("65535") << 65535 << QByteArray::fromHex("81feffff");
    QTest::newRow("65536") << 65536 << QByteArray::fromHex("81ff0000000000010000");
}

void tst_FrameCodec::writing()
{
    QFETCH(int, length);
    QFETCH(QByteArray, head);
    const std::string payload(std::size_t(length), 'x');
    std::string out = "before";
    appendFrame(out, Opcode::Text, payload, 0x0a0b0c0d);
    const QByteArray frame = QByteArray::fromStdString(out.substr(6));
    QCOMPARE(frame.left(head.size()), head);
    const QByteArray key = frame.mid(head.size(), 4);
    const QByteArray masked = frame.mid(head.size() + 4);
    QCOMPARE(masked.size(), length);
    // RFC 6455 section 5.3: octet i is masked with octet i modulo 4 of the key.
    for (int i = 0; i < length; ++i)
        QCOMPARE(char(masked[i] ^ key[i % 4]), 'x');
}

void tst_FrameCodec::reading_data()
{
    QTest::addColumn<int>("length");
    for (const int length : {0, 1, 125, 126, 127, 65535, 65536, 100'000})
        QTest::addRow("%d", length) << length;
}

/// As a server writes it.
static std::string unmasked(unsigned char first, std::size_t length, char content = 'y')
{
    std::string frame(1, char(first));
    if (length < 126) {
        frame += char(length);
    } else if (length <= 0xffff) {
        frame += char(126);
        frame += char(length >> 8);
        frame += char(length);
    } else {
        frame += char(127);
        for (int shift = 56; shift >= 0; shift -= 8)
            frame += char(std::uint64_t(length) >> shift);
    }
    return frame + std::string(length, content);
}

void tst_FrameCodec::reading()
{
    QFETCH(int, length);
    const std::string bytes = unmasked(0x81, std::size_t(length)) + "rest";
    std::string_view rest = bytes;
    Frame frame;
    QCOMPARE(readFrame(rest, frame), FrameState::Complete);
    QCOMPARE(frame.opcode, Opcode::Text);
    QVERIFY(frame.final);
    QCOMPARE(frame.payload, std::string_view(std::string(std::size_t(length), 'y')));
    QCOMPARE(rest, std::string_view("rest"));
}

void tst_FrameCodec::readingInPieces()
{
    for (const std::size_t length : {std::size_t(3), std::size_t(200), std::size_t(70'000)}) {
        const std::string bytes = unmasked(0x82, length);
        for (std::size_t have = 0; have < bytes.size(); have = have < 20 ? have + 1 : have + 997) {
            std::string_view part = std::string_view(bytes).substr(0, have);
            Frame frame;
            QCOMPARE(readFrame(part, frame), FrameState::Incomplete);
            QCOMPARE(part.size(), have); // nothing taken
        }
    }
}

void tst_FrameCodec::several()
{
    const std::string bytes = unmasked(0x01, 2, 'a') + unmasked(0x89, 0) + unmasked(0x80, 3, 'b');
    std::string_view rest = bytes;
    Frame frame;
    QCOMPARE(readFrame(rest, frame), FrameState::Complete);
    QCOMPARE(frame.opcode, Opcode::Text);
    QVERIFY(!frame.final);
    QCOMPARE(readFrame(rest, frame), FrameState::Complete);
    QCOMPARE(frame.opcode, Opcode::Ping);
    QCOMPARE(readFrame(rest, frame), FrameState::Complete);
    QCOMPARE(frame.opcode, Opcode::Continuation);
    QVERIFY(frame.final);
    QCOMPARE(frame.payload, std::string_view("bbb"));
    QVERIFY(rest.empty());
    QCOMPARE(readFrame(rest, frame), FrameState::Incomplete);
}

void tst_FrameCodec::invalid_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("masked by a server") << QByteArray::fromHex("818000000000");
    QTest::newRow("a reserved bit") << QByteArray::fromHex("c100");
    QTest::newRow("longer than any") << QByteArray::fromHex("817f0000000001000001");
    QTest::newRow("2^63") << QByteArray::fromHex("817f8000000000000000");
}

void tst_FrameCodec::invalid()
{
    QFETCH(QByteArray, bytes);
    std::string_view rest(bytes.constData(), std::size_t(bytes.size()));
    Frame frame;
    QCOMPARE(readFrame(rest, frame), FrameState::Invalid);
}

QTEST_APPLESS_MAIN(tst_FrameCodec)
#include "tst_framecodec.moc"
