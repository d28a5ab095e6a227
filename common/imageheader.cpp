// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/imageheader.h"

#include "common/imagebytes.h"

#include <algorithm>
#include <array>

namespace rookery {

namespace {

using Header = Result<std::optional<ImageHeader>>;

constexpr QByteArrayView pngSignature("\x89PNG\r\n\x1a\n");

/// The header if the size is within the limits.
Header sized(ImageFormat format, qint64 width, qint64 height, const ImageLimits &limits)
{
    if (width < 1 || height < 1)
        return malformedImage(QStringLiteral("it has no size"));
    if (width > limits.side || height > limits.side || width * height > limits.pixels)
        return Error{ErrorCode::PayloadTooLarge,
            QStringLiteral("The image is too large: %1 × %2 pixels.").arg(width).arg(height)};
    return std::optional(ImageHeader{format, int(width), int(height)});
}

/// PNG (third edition), section 11.2.1. The decoder checks the CRC.
Header readPng(ImageBytes bytes, const ImageLimits &limits)
{
    bytes.skip(pngSignature.size());
    const quint32 length = bytes.u32be();
    const bool isHeader = bytes.takes("IHDR");
    const quint32 width = bytes.u32be();
    const quint32 height = bytes.u32be();
    const quint8 depth = bytes.u8();
    const quint8 colour = bytes.u8();
    const quint8 compression = bytes.u8();
    const quint8 filter = bytes.u8();
    const quint8 interlace = bytes.u8();
    if (bytes.ranOut())
        return std::optional<ImageHeader>();
    const bool anyDepth = depth == 8 || depth == 16;
    const bool fewColours = depth == 1 || depth == 2 || depth == 4;
    const bool form = colour == 0 ? anyDepth || fewColours
        : colour == 3             ? depth == 8 || fewColours
                                  : (colour == 2 || colour == 4 || colour == 6) && anyDepth;
    if (length != 13 || !isHeader || !form || compression != 0 || filter != 0 || interlace > 1)
        return malformedImage(QStringLiteral("the header of the PNG is none"));
    return sized(ImageFormat::Png, width, height, limits);
}

/// ITU-T T.81, annex B: segments up to the frame header.
Header readJpeg(ImageBytes bytes, const ImageLimits &limits)
{
    bytes.skip(2);
    for (;;) {
        const bool isMarker = bytes.u8() == 0xff;
        quint8 marker = bytes.u8();
        while (marker == 0xff) // fill bytes
            marker = bytes.u8();
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        const bool startsFrame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        // Only tables, restart intervals, application data and comments may come before it.
        const bool mayPrecede = marker == 0xc4 || marker == 0xcc || marker == 0xdb || marker == 0xdd
            || (marker >= 0xe0 && marker <= 0xef) || marker == 0xfe;
        if (!isMarker || (!startsFrame && !mayPrecede))
            return malformedImage(QStringLiteral("the JPEG has no frame header where one must be"));
        const quint16 length = bytes.u16be();
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        if (mayPrecede) {
            if (length < 2)
                return malformedImage(QStringLiteral("a segment of the JPEG has no length"));
            bytes.skip(length - 2);
            continue;
        }
        const quint8 precision = bytes.u8();
        const quint16 height = bytes.u16be();
        const quint16 width = bytes.u16be();
        const quint8 components = bytes.u8();
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        // A height of 0 means that it follows after the picture, too late to refuse it.
        if (length != 8 + 3 * components || components < 1 || components > 4 || precision < 2
            || precision > 16)
            return malformedImage(QStringLiteral("the frame header of the JPEG is none"));
        return sized(ImageFormat::Jpeg, width, height, limits);
    }
}

/// GIF89a specification, section 18.
Header readGif(ImageBytes bytes, const ImageLimits &limits)
{
    bytes.skip(6);
    const quint16 width = bytes.u16le();
    const quint16 height = bytes.u16le();
    if (bytes.ranOut())
        return std::optional<ImageHeader>();
    return sized(ImageFormat::Gif, width, height, limits);
}

/// RFC 9649 (WebP), section 2; RFC 6386 (VP8), section 9.1.
Header readWebP(ImageBytes bytes, const ImageLimits &limits)
{
    bytes.skip(12);
    const QByteArrayView kind = bytes.take(4);
    bytes.skip(4); // the chunk's length
    if (kind == "VP8X") {
        bytes.skip(4); // flags
        const qint64 width = qint64(bytes.u24le()) + 1;
        const qint64 height = qint64(bytes.u24le()) + 1;
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        return sized(ImageFormat::WebP, width, height, limits);
    }
    if (kind == "VP8L") {
        const bool isHeader = bytes.u8() == 0x2f;
        const quint32 bits = bytes.u32le();
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        if (!isHeader || bits >> 29 != 0)
            return malformedImage(QStringLiteral("the header of the WebP is none"));
        return sized(ImageFormat::WebP, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, limits);
    }
    if (kind == "VP8 ") {
        const bool isKeyFrame = (bytes.u24le() & 1) == 0;
        const bool isHeader = bytes.takes("\x9d\x01\x2a");
        const quint16 width = bytes.u16le();
        const quint16 height = bytes.u16le();
        if (bytes.ranOut())
            return std::optional<ImageHeader>();
        if (!isKeyFrame || !isHeader)
            return malformedImage(QStringLiteral("the header of the WebP is none"));
        return sized(ImageFormat::WebP, width & 0x3fff, height & 0x3fff, limits); // the rest is the scaling
    }
    if (bytes.ranOut())
        return std::optional<ImageHeader>();
    return malformedImage(QStringLiteral("the WebP begins with no picture"));
}

/// BITMAPCOREHEADER, and BITMAPINFOHEADER with its later versions.
Header readBmp(ImageBytes bytes, const ImageLimits &limits)
{
    bytes.skip(14);
    const quint32 size = bytes.u32le();
    const bool isOld = size == 12;
    const qint64 width = isOld ? qint64(bytes.u16le()) : qint64(qint32(bytes.u32le()));
    qint64 height = isOld ? qint64(bytes.u16le()) : qint64(qint32(bytes.u32le()));
    const quint16 planes = bytes.u16le();
    const quint16 depth = bytes.u16le();
    const quint32 compression = isOld ? 0 : bytes.u32le();
    if (bytes.ranOut())
        return std::optional<ImageHeader>();
    constexpr std::array<quint32, 7> sizes{12, 40, 52, 56, 64, 108, 124};
    constexpr std::array<quint16, 6> depths{1, 4, 8, 16, 24, 32};
    // 4 and 5 contain a JPEG or PNG, with a size of its own.
    const bool plain = compression <= 3 || compression == 6;
    if (std::ranges::find(sizes, size) == sizes.end() || std::ranges::find(depths, depth) == depths.end()
        || planes != 1 || !plain)
        return malformedImage(QStringLiteral("the header of the BMP is none that is read here"));
    if (height < 0) // top-down rows
        height = -height;
    return sized(ImageFormat::Bmp, width, height, limits);
}

/// Whether the bytes begin with the signature, or are a prefix of it.
bool mayBe(QByteArrayView bytes, QByteArrayView signature)
{
    const qsizetype size = std::min(bytes.size(), signature.size());
    return bytes.first(size) == signature.first(size);
}

} // namespace

Result<std::optional<ImageHeader>> readImageHeader(QByteArrayView beginning, const ImageLimits &limits)
{
    struct Format
    {
        QByteArrayView signature;
        Header (*read)(ImageBytes, const ImageLimits &);
    };
    static constexpr std::array<Format, 5> formats{Format{pngSignature, readPng},
        Format{QByteArrayView("\xff\xd8\xff"), readJpeg}, Format{QByteArrayView("GIF87a"), readGif},
        Format{QByteArrayView("GIF89a"), readGif}, Format{QByteArrayView("BM"), readBmp}};

    const QByteArrayView bytes = beginning.first(std::min(beginning.size(), imageHeaderBytes));
    const auto notYet = [&bytes](Header header) {
        if (header && !*header && bytes.size() == imageHeaderBytes)
            return Header(malformedImage(QStringLiteral("its size does not stand in its beginning")));
        return header;
    };
    bool mayBecome = false;
    for (const Format &format : formats) {
        if (!mayBe(bytes, format.signature))
            continue;
        if (bytes.size() >= format.signature.size())
            return notYet(format.read(ImageBytes(bytes), limits));
        mayBecome = true;
    }
    if (mayBe(bytes, "RIFF") && (bytes.size() <= 8 || mayBe(bytes.sliced(8), "WEBP"))) {
        if (bytes.size() >= 12)
            return notYet(readWebP(ImageBytes(bytes), limits));
        mayBecome = true;
    }
    if (mayBecome)
        return std::optional<ImageHeader>();
    return Error{
        ErrorCode::UnsupportedMediaType, QStringLiteral("The file is no PNG, JPEG, GIF, WebP or BMP image.")};
}

} // namespace rookery
