// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/websocket/utf8validator.h"

#include <cstring>

namespace rookery::net {

bool Utf8Validator::feed(QByteArrayView bytes)
{
    const char *at = bytes.begin();
    const char *const end = bytes.end();
    while (at != end && m_missing != broken) {
        if (m_missing == 0) {
            // Most text is ASCII: eight bytes at a time.
            while (end - at >= 8) {
                quint64 eight;
                std::memcpy(&eight, at, sizeof eight);
                if (eight & 0x8080808080808080ull)
                    break;
                at += 8;
            }
            if (at == end)
                break;
        }
        const auto byte = static_cast<quint8>(*at++);
        if (m_missing > 0) {
            m_missing = byte < m_lowest || byte > m_highest ? broken : quint8(m_missing - 1);
            m_lowest = 0x80;
            m_highest = 0xbf;
        } else if (byte < 0x80) {
            continue;
        } else if (byte >= 0xc2 && byte <= 0xdf) {
            m_missing = 1;
        } else if (byte >= 0xe0 && byte <= 0xef) {
            m_missing = 2;
            m_lowest = byte == 0xe0 ? 0xa0 : 0x80; // excludes overlong forms
            m_highest = byte == 0xed ? 0x9f : 0xbf; // excludes surrogates
        } else if (byte >= 0xf0 && byte <= 0xf4) {
            m_missing = 3;
            m_lowest = byte == 0xf0 ? 0x90 : 0x80; // excludes overlong forms
            m_highest = byte == 0xf4 ? 0x8f : 0xbf; // excludes code points past U+10FFFF
        } else {
            m_missing = broken;
        }
    }
    return m_missing != broken;
}

} // namespace rookery::net
