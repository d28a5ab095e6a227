// SPDX-License-Identifier: GPL-3.0-or-later
/// Image headers (THREATS 15): the result for a prefix is the result for the whole, within the limits; and if
/// Qt decodes an accepted image, it never produces more pixels than the header promised.

#include "common/imageheader.h"
#include "tests/fuzz/support/fuzz.h"

#include <QBuffer>
#include <QImageReader>
#include <QLoggingCategory>

#include <algorithm>
#include <optional>

using namespace rookery;

namespace {

constexpr ImageLimits limits{64, 2048, 8};

void beginningDecides(QByteArrayView bytes, const std::optional<ImageHeader> &header)
{
    for (qsizetype size = 0; size < bytes.size(); size += 1 + size / 4) {
        const auto part = std::make_unique<char[]>(size_t(size));
        std::copy_n(bytes.begin(), size, part.get());
        const auto answer = readImageHeader({part.get(), size}, limits);
        FUZZ_REQUIRE(answer && (!*answer || *answer == header));
    }
}

void qtSeesNoLargerOne(QByteArrayView bytes, const ImageHeader &header)
{
    static constexpr const char *formats[] = {"png", "jpeg", "gif", "webp", "bmp"};
    QBuffer buffer;
    buffer.setData(bytes.toByteArray());
    buffer.open(QIODevice::ReadOnly);
    QImageReader reader(&buffer, formats[int(header.format)]);
    reader.setAutoTransform(false);
    for (int i = 0; i < limits.frames; ++i) {
        const QImage image = reader.read();
        if (image.isNull())
            return;
        FUZZ_REQUIRE(image.width() <= header.width && image.height() <= header.height);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    static const bool quiet = [] {
        QLoggingCategory::setFilterRules(QStringLiteral("*=false"));
        return true;
    }();
    Q_UNUSED(quiet)
    const QByteArrayView bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto header = readImageHeader(bytes, limits);
    const auto frames = countImageFrames(bytes, limits);
    if (!header) {
        FUZZ_REQUIRE(!header.error().detail.isEmpty() && !frames);
        return 0;
    }
    beginningDecides(bytes, *header);
    if (!*header) {
        FUZZ_REQUIRE(!frames);
        return 0;
    }
    const ImageHeader &found = **header;
    FUZZ_REQUIRE(found.width >= 1 && found.width <= limits.side && found.height >= 1);
    FUZZ_REQUIRE(found.height <= limits.side && found.width * found.height <= limits.pixels);
    FUZZ_REQUIRE(!frames || (*frames >= 1 && *frames <= limits.frames));
    if (frames)
        qtSeesNoLargerOne(bytes, found);
    return 0;
}
