// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace rookery::jsonnumber {

inline bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The index after the number that begins at `begin`; -1 if it has not the form of RFC 8259 section 6.
inline qsizetype endOf(QByteArrayView text, qsizetype begin)
{
    qsizetype end = begin;
    const auto here = [&] { return end < text.size() ? text[end] : '\0'; };
    const auto digits = [&] {
        const qsizetype first = end;
        while (isDigit(here()))
            ++end;
        return end > first;
    };
    if (here() == '-')
        ++end;
    bool good = here() == '0' ? (++end, !isDigit(here())) : digits();
    if (good && here() == '.')
        good = (++end, digits());
    if (good && (here() == 'e' || here() == 'E')) {
        ++end;
        if (here() == '+' || here() == '-')
            ++end;
        good = digits();
    }
    return good ? end : -1;
}

} // namespace rookery::jsonnumber
