// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace rookery::net {

/// Checks UTF-8 (RFC 3629) that arrives in arbitrary pieces: no overlong forms, no surrogates, nothing past
/// U+10FFFF. Fails at the first byte that no valid text could continue with.
class Utf8Validator
{
public:
    /// False once the text is invalid; stays false until reset().
    bool feed(QByteArrayView bytes);
    /// Whether the text may end here.
    bool complete() const { return m_missing == 0; }
    void reset() { *this = {}; }

private:
    static constexpr quint8 broken = 0xff;

    quint8 m_missing = 0; ///< continuation bytes still to come
    quint8 m_lowest = 0x80; ///< bounds of the next one
    quint8 m_highest = 0xbf;
};

} // namespace rookery::net
