// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery {

/// A name or a sentence from elsewhere, as it may be drawn on one line: line ends and tabs become spaces, the
/// other control characters (C0, DEL and C1) U+FFFD. One character for one.
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
