// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QByteArrayView>

#include <optional>

/// What an image says of itself before anything of it is decoded: a few bytes can ask a decoder for gigabytes
/// (100,000 × 100,000 pixels in a PNG of 60 bytes). Pure, without allocation but for errors, in time linear
/// to what is looked at; and strict: where two decoders could see two sizes, the image is refused.
namespace rookery {

enum class ImageFormat { Png, Jpeg, Gif, WebP, Bmp };

struct ImageHeader
{
    ImageFormat format = ImageFormat::Png;
    int width = 0; ///< pixels, at least 1
    int height = 0; ///< pixels, at least 1

    bool operator==(const ImageHeader &) const = default;
};

/// What is refused before a decoder sees it.
struct ImageLimits
{
    int side = 16'384; ///< pixels, each of width and height
    qint64 pixels = 40'000'000; ///< of one frame: 160 MB once it is decoded
    int frames = 600;
};

/// In these first bytes the size must stand; only JPEG needs more than a hundred, with all its metadata.
inline constexpr qsizetype imageHeaderBytes = 256 * 1024;

/// The header of the image that begins with these bytes. Nothing where they are too few to tell: ask again
/// with more (never past imageHeaderBytes, and where there are no more the image is cut short). The answer to
/// a beginning is the answer to all that may follow it. UnsupportedMediaType for what is none of the formats;
/// InvalidRequest for what is malformed; PayloadTooLarge past `limits`.
Result<std::optional<ImageHeader>> readImageHeader(QByteArrayView beginning, const ImageLimits &limits = {});

/// How many pictures the whole file holds, one of a still image; at least 1. Walks over its blocks without
/// decoding them. The errors of readImageHeader(); InvalidRequest also where the file is cut short before its
/// pictures, or one of them reaches out of the size that the header tells.
Result<int> countImageFrames(QByteArrayView file, const ImageLimits &limits = {});

} // namespace rookery
