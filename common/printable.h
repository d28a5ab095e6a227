// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <utility>

namespace rookery {

/// Embeddings, overrides and isolates (UAX #9, 2): what is left open turns the text behind it around, which
/// somebody else wrote.
inline bool isBidiControl(QChar c)
{
    return (c >= QChar(0x202A) && c <= QChar(0x202E)) || (c >= QChar(0x2066) && c <= QChar(0x2069));
}

/// The text with WORD JOINER, which shows nothing, for every control of the direction. The length does not
/// change.
inline QString withoutBidiControls(QString text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (isBidiControl(text.at(i)))
            text[i] = QChar(0x2060);
    }
    return text;
}

/// An untrusted name or sentence made safe to draw on one line: line ends and tabs become spaces, the other
/// control characters (C0, DEL and C1) U+FFFD, and controls of the direction nothing. The length does not
/// change.
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
    return withoutBidiControls(std::move(text));
}

} // namespace rookery
