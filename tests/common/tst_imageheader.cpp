// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/imageheader.h"

#include <QTest>
#include <QtEndian>

using namespace rookery;

namespace {

template <typename T>
QByteArray be(T number)
{
    QByteArray bytes(sizeof(T), '\0');
    qToBigEndian(number, bytes.data());
    return bytes;
}

template <typename T>
QByteArray le(T number)
{
    QByteArray bytes(sizeof(T), '\0');
    qToLittleEndian(number, bytes.data());
    return bytes;
}

QByteArray le24(quint32 number)
{
    return le(number).first(3);
}

QByteArray chunk(const char *kind, const QByteArray &data)
{
    return be(quint32(data.size())) + kind + data + "crc.";
}

QByteArray png(quint32 width, quint32 height, const QByteArray &form = QByteArray("\x08\x06\0\0\0", 5))
{
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", be(width) + be(height) + form);
}

QByteArray jpeg(quint16 width, quint16 height, quint8 marker = 0xc0)
{
    return QByteArray("\xff") + char(marker) + be(quint16(17)) + '\x08' + be(height) + be(width) + '\x03'
        + QByteArray(9, '\x11');
}

QByteArray segment(quint8 marker, qsizetype size)
{
    return QByteArray("\xff") + char(marker) + be(quint16(size + 2)) + QByteArray(size, 'e');
}

const QByteArray jpegStart("\xff\xd8");

QByteArray gif(quint16 width, quint16 height)
{
    return "GIF89a" + le(width) + le(height) + QByteArray("\x80\0\0", 3) + QByteArray(6, 'c');
}

QByteArray gifFrame(quint16 width, quint16 height, quint16 left = 0, quint16 top = 0)
{
    return QByteArray("\x21\xf9\x04\0\0\0\0\0", 8) + ',' + le(left) + le(top) + le(width) + le(height)
        + QByteArray("\0\x02\x02\x44\x01\0", 6);
}

QByteArray riff(const QByteArray &chunks)
{
    return "RIFF" + le(quint32(chunks.size() + 4)) + "WEBP" + chunks;
}

QByteArray webpChunk(const char *kind, const QByteArray &data)
{
    return kind + le(quint32(data.size())) + data + QByteArray(data.size() % 2, '\0');
}

QByteArray vp8(quint16 width, quint16 height)
{
    return webpChunk("VP8 ", QByteArray("\x10\0\0\x9d\x01\x2a", 6) + le(width) + le(height));
}

QByteArray vp8l(quint32 width, quint32 height)
{
    return webpChunk("VP8L", '\x2f' + le(quint32((width - 1) | (height - 1) << 14)));
}

QByteArray vp8x(quint32 width, quint32 height)
{
    return webpChunk("VP8X", QByteArray("\x02\0\0\0", 4) + le24(width - 1) + le24(height - 1));
}

QByteArray anmf(quint32 width, quint32 height, quint32 left = 0)
{
    return webpChunk(
        "ANMF", le24(left / 2) + le24(0) + le24(width - 1) + le24(height - 1) + "dur." + vp8(1, 1));
}

QByteArray bmp(qint32 width, qint32 height, quint32 compression = 0, quint16 depth = 24, quint32 size = 40)
{
    return QByteArray("BM") + QByteArray(12, '\0') + le(size) + le(width) + le(height) + le(quint16(1))
        + le(depth) + le(compression) + QByteArray(20, '\0');
}

QByteArray oldBmp(quint16 width, quint16 height)
{
    return QByteArray("BM") + QByteArray(12, '\0') + le(quint32(12)) + le(width) + le(height) + le(quint16(1))
        + le(quint16(24));
}

} // namespace

class tst_ImageHeader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void searchesNoFurtherThanItSays();
    void limitsAreKept_data();
    void limitsAreKept();
    void counts_data();
    void counts();
    void countRefuses_data();
    void countRefuses();
};

void tst_ImageHeader::reads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("format");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    const auto row = [](const char *name, const QByteArray &bytes, ImageFormat format, int width,
                         int height) { QTest::newRow(name) << bytes << int(format) << width << height; };
    row("PNG", png(640, 480), ImageFormat::Png, 640, 480);
    row("PNG with a palette", png(1, 2, QByteArray("\x04\x03\0\0\x01", 5)), ImageFormat::Png, 1, 2);
    row("JPEG", jpegStart + segment(0xe0, 14) + jpeg(640, 480), ImageFormat::Jpeg, 640, 480);
    row("JPEG, progressive", jpegStart + segment(0xdb, 65) + jpeg(3, 4, 0xc2), ImageFormat::Jpeg, 3, 4);
    row("JPEG with fill bytes", jpegStart + "\xff\xff" + segment(0xfe, 3) + "\xff" + jpeg(3, 4),
        ImageFormat::Jpeg, 3, 4);
    row("JPEG behind much metadata", jpegStart + segment(0xe1, 65'000).repeated(3) + jpeg(3, 4),
        ImageFormat::Jpeg, 3, 4);
    row("GIF", gif(640, 480), ImageFormat::Gif, 640, 480);
    row("GIF87a", gif(640, 480).replace("89a", "87a"), ImageFormat::Gif, 640, 480);
    row("WebP, lossy", riff(vp8(640, 480)), ImageFormat::WebP, 640, 480);
    row("WebP, lossy and scaled", riff(vp8(640 | 0x4000, 480 | 0x8000)), ImageFormat::WebP, 640, 480);
    row("WebP, lossless", riff(vp8l(640, 480)), ImageFormat::WebP, 640, 480);
    row("WebP, extended", riff(vp8x(640, 480)), ImageFormat::WebP, 640, 480);
    row("BMP", bmp(640, 480), ImageFormat::Bmp, 640, 480);
    row("BMP from the top down", bmp(640, -480), ImageFormat::Bmp, 640, 480);
    row("BMP of OS/2", oldBmp(640, 480), ImageFormat::Bmp, 640, 480);
}

/// However little of it there is, it is never taken for something else.
void tst_ImageHeader::reads()
{
    QFETCH(QByteArray, bytes);
    const auto header = readImageHeader(bytes);
    QVERIFY2(header, header ? "" : qPrintable(header.error().detail));
    QVERIFY(*header);
    QTEST(int((*header)->format), "format");
    QTEST((*header)->width, "width");
    QTEST((*header)->height, "height");
    for (qsizetype size = 0; size < bytes.size(); size += size < 400 ? 1 : 997) {
        const auto part = readImageHeader(QByteArrayView(bytes).first(size));
        QVERIFY2(part, qPrintable(QString::number(size)));
        QVERIFY(!*part || *part == *header);
    }
}

void tst_ImageHeader::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char *name, const QByteArray &bytes,
                         ErrorCode code = ErrorCode::InvalidRequest) {
        QTest::newRow(name) << bytes << code;
    };
    constexpr ErrorCode unknown = ErrorCode::UnsupportedMediaType;
    constexpr ErrorCode large = ErrorCode::PayloadTooLarge;
    row("text", "hello", unknown);
    row("HTML", "<html>", unknown);
    row("SVG", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", unknown);
    row("TIFF", QByteArray("II*\0", 4), unknown);
    row("an icon", QByteArray("\0\0\x01\0\x01\0", 6), unknown);
    row("AVI", "RIFF....AVI LIST", unknown);
    row("a PNG whose line ends were changed", "\x89PNG\n\x1a\n" + QByteArray(30, 'x'), unknown);

    // THREATS 15: 60 bytes that ask for 40 GB.
    row("PNG of 100,000 × 100,000", png(100'000, 100'000), large);
    row("PNG of 2^31 × 2^31", png(0x8000'0000, 0x8000'0000), large);
    row("PNG of 1 × 2^32-1", png(1, 0xffff'ffff), large);
    row("PNG without pixels", png(0, 5));
    row("PNG of no colour type", png(1, 1, QByteArray("\x08\x05\0\0\0", 5)));
    row("PNG of a depth its colours cannot have", png(1, 1, QByteArray("\x04\x02\0\0\0", 5)));
    row("PNG with another chunk first", "\x89PNG\r\n\x1a\n" + chunk("tEXt", QByteArray(13, 'x')));
    row("PNG with a longer header", QByteArray(png(1, 1)).replace(8, 4, be(quint32(14))));
    row("JPEG of 65,535 × 65,535", jpegStart + jpeg(65'535, 65'535), large);
    row("JPEG whose height comes later", jpegStart + jpeg(10, 0));
    row("JPEG with its picture before its header", jpegStart + segment(0xda, 10) + jpeg(3, 4));
    row("JPEG within a JPEG", jpegStart + segment(0xe0, 4) + jpegStart + jpeg(3, 4));
    row("JPEG that ends first", jpegStart + "\xff\xd9" + jpeg(3, 4));
    row("JPEG, hierarchical", jpegStart + jpeg(3, 4, 0xde));
    row("JPEG with rubbish between segments", jpegStart + segment(0xe0, 4) + "x" + jpeg(3, 4));
    row("JPEG with a segment of no length", jpegStart + QByteArray("\xff\xe0\0\x01", 4) + jpeg(3, 4));
    row("JPEG of no components", jpegStart + QByteArray(jpeg(3, 4)).replace(9, 1, QByteArray(1, '\0')));
    row("GIF without pixels", gif(0, 1));
    row("GIF of 65,535 × 65,535", gif(65'535, 65'535), large);
    row("WebP of 2^24 × 2^24", riff(vp8x(1 << 24, 1 << 24)), large);
    row("WebP, lossless, of a later version", riff(webpChunk("VP8L", "\x2f" + le(quint32(0x2000'0000)))));
    row("WebP that begins in the middle",
        riff(webpChunk("VP8 ", QByteArray("\x11\0\0\x9d\x01\x2a....", 10))));
    row("WebP of another kind", riff(webpChunk("EXIF", QByteArray(20, 'x'))));
    row("BMP of 2^31 rows", bmp(1, std::numeric_limits<qint32>::min()), large);
    row("BMP of negative width", bmp(-1, 1));
    row("BMP with a PNG in it", bmp(1, 1, 5));
    row("BMP with a header of no known size", bmp(1, 1, 0, 24, 41));
    row("BMP of 3 bits", bmp(1, 1, 0, 3));
}

void tst_ImageHeader::refuses()
{
    QFETCH(QByteArray, bytes);
    const auto header = readImageHeader(bytes);
    QVERIFY(!header);
    QTEST(header.error().code, "code");
    QVERIFY(!header.error().detail.isEmpty());
    QVERIFY(!countImageFrames(bytes));
}

/// A JPEG may put any amount of metadata before its size; somebody has to stop reading.
void tst_ImageHeader::searchesNoFurtherThanItSays()
{
    QByteArray bytes = jpegStart;
    while (bytes.size() < imageHeaderBytes)
        bytes += segment(0xe1, 60'000);
    const auto nearly = readImageHeader(bytes.first(imageHeaderBytes - 1));
    QVERIFY(nearly && !*nearly);
    QVERIFY(!readImageHeader(bytes + jpeg(3, 4)));
}

void tst_ImageHeader::limitsAreKept_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<bool>("good");
    QTest::newRow("widest") << 100 << 10 << true;
    QTest::newRow("too wide") << 101 << 1 << false;
    QTest::newRow("highest") << 10 << 100 << true;
    QTest::newRow("too high") << 1 << 101 << false;
    QTest::newRow("one row of pixels too many") << 100 << 11 << false;
}

void tst_ImageHeader::limitsAreKept()
{
    QFETCH(int, width);
    QFETCH(int, height);
    const ImageLimits limits{100, 1000, 1};
    QTEST(readImageHeader(png(quint32(width), quint32(height)), limits).ok(), "good");
}

void tst_ImageHeader::counts_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("frames");
    const QByteArray idat = chunk("IDAT", "zlib");
    const QByteArray control = chunk("fcTL",
        be(quint32(0)) + be(quint32(4)) + be(quint32(4)) + be(quint32(1)) + be(quint32(1)) + "ndddab");
    QTest::newRow("PNG") << png(5, 5) + chunk("tEXt", "a") + idat + idat + chunk("IEND", {}) << 1;
    QTest::newRow("PNG, animated") << png(5, 5) + control + idat + control + chunk("fdAT", "12345") << 2;
    QTest::newRow("PNG with rubbish behind it") << png(5, 5) + idat + chunk("IEND", {}) + control << 1;
    QTest::newRow("JPEG") << jpegStart + jpeg(3, 4) << 1;
    QTest::newRow("GIF") << gif(9, 9) + gifFrame(9, 9) + ';' << 1;
    QTest::newRow("GIF, animated") << gif(9, 9) + gifFrame(9, 9) + gifFrame(2, 2, 7, 7) + gifFrame(1, 1) << 3;
    QTest::newRow("WebP") << riff(vp8(9, 9)) << 1;
    QTest::newRow("WebP, extended, still") << riff(vp8x(9, 9) + webpChunk("ALPH", "abc") + vp8(9, 9)) << 1;
    QTest::newRow("WebP, animated") << riff(vp8x(9, 9) + anmf(9, 9) + anmf(1, 9, 8)) << 2;
    QTest::newRow("BMP") << bmp(9, 9) << 1;
}

void tst_ImageHeader::counts()
{
    QFETCH(QByteArray, bytes);
    const auto frames = countImageFrames(bytes);
    QVERIFY2(frames, frames ? "" : qPrintable(frames.error().detail));
    QTEST(*frames, "frames");
}

void tst_ImageHeader::countRefuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<ErrorCode>("code");
    constexpr ErrorCode malformed = ErrorCode::InvalidRequest;
    QTest::newRow("PNG without a picture") << png(5, 5) << malformed;
    QTest::newRow("PNG with two headers")
        << png(5, 5) + png(9, 9).sliced(8) + chunk("IDAT", "z") << malformed;
    QTest::newRow("GIF without a picture") << gif(9, 9) + ';' << malformed;
    QTest::newRow("GIF whose picture is larger") << gif(9, 9) + gifFrame(10, 9) << malformed;
    QTest::newRow("GIF whose picture reaches out") << gif(9, 9) + gifFrame(9, 9, 0, 1) << malformed;
    QTest::newRow("GIF with a picture of 65,535 × 65,535")
        << gif(9, 9) + gifFrame(65'535, 65'535) << malformed;
    QTest::newRow("WebP whose picture is larger") << riff(vp8x(9, 9) + vp8(16'000, 9)) << malformed;
    QTest::newRow("WebP whose picture reaches out") << riff(vp8x(9, 9) + anmf(9, 9, 2)) << malformed;
    QTest::newRow("WebP without a picture") << riff(vp8x(9, 9)) << malformed;
    QTest::newRow("GIF of many pictures")
        << gif(1, 1) + gifFrame(1, 1).repeated(601) << ErrorCode::PayloadTooLarge;
    QTest::newRow("WebP of many pictures")
        << riff(vp8x(1, 1) + anmf(1, 1).repeated(601)) << ErrorCode::PayloadTooLarge;
}

void tst_ImageHeader::countRefuses()
{
    QFETCH(QByteArray, bytes);
    QVERIFY(readImageHeader(bytes));
    const auto frames = countImageFrames(bytes);
    QVERIFY(!frames);
    QTEST(frames.error().code, "code");
}

QTEST_APPLESS_MAIN(tst_ImageHeader)
#include "tst_imageheader.moc"
