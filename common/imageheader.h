// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QByteArrayView>

#include <optional>

/// Format and size from an image's header, read before anything is decoded: a few bytes can make a decoder
/// allocate gigabytes (100,000 × 100,000 pixels in a PNG of 60 bytes). Pure; allocates only for errors; time
/// is linear in the bytes read. Strict: an image is refused if two decoders could see different sizes.
namespace rookery {

enum class ImageFormat { Png, Jpeg, Gif, WebP, Bmp };

struct ImageHeader
{
    ImageFormat format = ImageFormat::Png;
    int width = 0; ///< pixels, at least 1
    int height = 0; ///< pixels, at least 1

    bool operator==(const ImageHeader &) const = default;
};

/// Images beyond these limits are refused before they reach a decoder.
struct ImageLimits
{
    int side = 16'384; ///< pixels, for both width and height
    qint64 pixels = 40'000'000; ///< of one frame: 160 MB when decoded
    int frames = 600;
};

/// The size must be within these first bytes; only JPEG needs more than a hundred, with all its metadata.
inline constexpr qsizetype imageHeaderBytes = 256 * 1024;

/// The header of the image that begins with these bytes. nullopt if more bytes are needed: call again with
/// more (never more than imageHeaderBytes; if there are no more, the image is truncated). More bytes never
/// change a result that is not nullopt. Errors: UnsupportedMediaType for an unknown format; InvalidRequest
/// for a malformed header; PayloadTooLarge past `limits`.
Result<std::optional<ImageHeader>> readImageHeader(QByteArrayView beginning, const ImageLimits &limits = {});

/// The number of pictures in the whole file, 1 for a still image; at least 1. Walks over its blocks without
/// decoding them. Errors: those of readImageHeader(); InvalidRequest also if the file is truncated before its
/// pictures, or a picture extends beyond the size in the header.
Result<int> countImageFrames(QByteArrayView file, const ImageLimits &limits = {});

} // namespace rookery
