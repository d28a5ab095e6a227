// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/imagebytes.h"
#include "common/imageheader.h"

namespace rookery {

namespace {

Error cutShort()
{
    return malformedImage(QStringLiteral("it is cut short"));
}

Error outOfTheCanvas()
{
    return malformedImage(QStringLiteral("a picture of it is larger than the image"));
}

bool fits(qint64 left, qint64 top, qint64 width, qint64 height, const ImageHeader &header)
{
    return width > 0 && height > 0 && left + width <= header.width && top + height <= header.height;
}

/// PNG chunks; those of animations (APNG, in the third edition) give the number of frames.
Result<int> countPng(ImageBytes bytes, const ImageHeader &header)
{
    int frames = 0;
    bool hasPicture = false;
    bytes.skip(8 + 25);
    while (!bytes.atEnd()) {
        const quint32 length = bytes.u32be();
        const QByteArrayView kind = bytes.take(4);
        if (bytes.ranOut())
            break;
        if (kind == "IEND" || length >> 31)
            break;
        hasPicture = hasPicture || kind == "IDAT";
        if (kind == "IHDR")
            return malformedImage(QStringLiteral("the PNG has two headers"));
        if (kind != "fcTL") {
            bytes.skip(qint64(length) + 4);
            continue;
        }
        bytes.skip(4);
        const quint32 width = bytes.u32be();
        const quint32 height = bytes.u32be();
        const quint32 left = bytes.u32be();
        const quint32 top = bytes.u32be();
        if (bytes.ranOut())
            break;
        if (length != 26 || !fits(left, top, width, height, header))
            return outOfTheCanvas();
        bytes.skip(length - 20 + 4);
        ++frames;
    }
    if (!hasPicture)
        return cutShort();
    return std::max(1, frames);
}

void skipGifSubBlocks(ImageBytes &bytes)
{
    for (quint8 size = bytes.u8(); size > 0; size = bytes.u8())
        bytes.skip(size);
}

/// GIF89a specification, section 12 and appendix B.
Result<int> countGif(ImageBytes bytes, const ImageHeader &header)
{
    const auto skipColours = [&bytes](quint8 flags) {
        if (flags & 0x80)
            bytes.skip(3 * (2 << (flags & 7)));
    };
    int frames = 0;
    bytes.skip(10);
    const quint8 flags = bytes.u8();
    bytes.skip(2);
    skipColours(flags);
    while (!bytes.atEnd()) {
        const quint8 block = bytes.u8();
        if (block == 0x3b) // the trailer
            break;
        if (block == 0x21) { // an extension
            bytes.skip(1);
            skipGifSubBlocks(bytes);
            continue;
        }
        if (block != 0x2c)
            return malformedImage(QStringLiteral("the GIF holds a block of no known kind"));
        const quint16 left = bytes.u16le();
        const quint16 top = bytes.u16le();
        const quint16 width = bytes.u16le();
        const quint16 height = bytes.u16le();
        const quint8 imageFlags = bytes.u8();
        if (bytes.ranOut())
            break;
        if (!fits(left, top, width, height, header))
            return outOfTheCanvas();
        skipColours(imageFlags);
        bytes.skip(1); // the LZW code size
        skipGifSubBlocks(bytes);
        ++frames;
    }
    if (frames == 0)
        return cutShort();
    return frames;
}

/// RFC 9649, sections 2.5 to 2.7.
Result<int> countWebP(QByteArrayView file, const ImageHeader &header, const ImageLimits &limits)
{
    int frames = 0;
    int pictures = 0;
    ImageBytes bytes(file);
    bytes.skip(12);
    while (!bytes.atEnd()) {
        const QByteArrayView kind = bytes.take(4);
        const qint64 length = bytes.u32le();
        if (bytes.ranOut())
            break;
        const qint64 padded = length + (length & 1);
        if (kind == "ANMF") {
            const qint64 left = 2 * qint64(bytes.u24le());
            const qint64 top = 2 * qint64(bytes.u24le());
            const qint64 width = qint64(bytes.u24le()) + 1;
            const qint64 height = qint64(bytes.u24le()) + 1;
            if (bytes.ranOut())
                break;
            if (length < 16 || !fits(left, top, width, height, header))
                return outOfTheCanvas();
            bytes.skip(padded - 12);
            ++frames;
        } else if (kind == "VP8 " || kind == "VP8L") {
            // It repeats the size; a decoder may use either.
            const QByteArray alone = QByteArrayLiteral("RIFF\0\0\0\0WEBP") + kind.toByteArray()
                + QByteArray(4, '\0') + bytes.take(std::min<qint64>(length, 10)).toByteArray();
            const auto inner = readImageHeader(alone, limits);
            if (!inner)
                return inner.error();
            if (!*inner)
                return cutShort();
            if (**inner != header)
                return outOfTheCanvas();
            bytes.skip(padded - std::min<qint64>(length, 10));
            ++pictures;
        } else {
            bytes.skip(padded);
        }
    }
    if (frames + pictures == 0)
        return cutShort();
    return frames > 0 ? frames : 1;
}

} // namespace

Result<int> countImageFrames(QByteArrayView file, const ImageLimits &limits)
{
    const auto header = readImageHeader(file, limits);
    if (!header)
        return header.error();
    if (!*header)
        return cutShort();
    Result<int> frames = 1;
    switch ((*header)->format) {
    case ImageFormat::Png:
        frames = countPng(ImageBytes(file), **header);
        break;
    case ImageFormat::Gif:
        frames = countGif(ImageBytes(file), **header);
        break;
    case ImageFormat::WebP:
        frames = countWebP(file, **header, limits);
        break;
    case ImageFormat::Jpeg:
    case ImageFormat::Bmp:
        break;
    }
    if (frames && *frames > limits.frames)
        return Error{ErrorCode::PayloadTooLarge,
            QStringLiteral("The image has more than %1 pictures.").arg(limits.frames)};
    return frames;
}

} // namespace rookery
