// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery {

/// An untrusted name or sentence made safe to draw on one line: line ends and tabs become spaces, the other
/// control characters (C0, DEL and C1) U+FFFD. The length does not change.
inline QString printableLine(QString text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text.at(i);
        if (c == QLatin1Char('\n') || c == QLatin1Char('\r') || c == QLatin1Char('\t')
            || c == QChar::LineSeparator || c == QChar::ParagraphSeparator)
            text[i] = QLatin1Char(' ');
        else if (c.category() == QChar::Other_Control)
            text[i] = QChar::ReplacementCharacter;
    }
    return text;
}

} // namespace rookery
