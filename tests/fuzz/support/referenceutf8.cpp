// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/support/referenceutf8.h"

#include <algorithm>
#include <bit>

namespace rookery::fuzz {

Utf8 utf8Of(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const auto first = quint8(bytes.front());
        const int length = first < 0x80 ? 1 : std::countl_one(first);
        if (first >= 0x80 && (length < 2 || length > 4))
            return Utf8::Invalid;
        // The code points that are still possible after each byte, as the range [low, high].
        quint32 low = length == 1 ? first : first & (0x7fu >> length);
        for (int i = 1; i < length && i < bytes.size(); ++i) {
            if ((quint8(bytes[i]) & 0xc0) != 0x80)
                return Utf8::Invalid;
            low = low << 6 | (quint8(bytes[i]) & 0x3f);
        }
        const int missing = int(std::max<qsizetype>(0, length - bytes.size()));
        low <<= 6 * missing;
        const quint32 high = low | ((1u << 6 * missing) - 1);
        constexpr quint32 lowest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (high < lowest[length] || low > 0x10ffff || (low >= 0xd800 && high <= 0xdfff))
            return Utf8::Invalid;
        if (missing > 0)
            return Utf8::Cut;
        bytes = bytes.sliced(length);
    }
    return Utf8::Complete;
}

} // namespace rookery::fuzz
