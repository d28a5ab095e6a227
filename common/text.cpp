// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/text.h"

#include <QChar>

namespace rookery::text {

namespace {

/// White space, controls, and what is drawn as nothing when it stands alone: Default_Ignorable_Code_Point
/// (UAX #44) and the blank of Braille.
bool isInvisible(char32_t c)
{
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Separator_Space:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    default:
        break;
    }
    return c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || c == 0x2800
        || c == 0x3164 || c == 0xFFA0 || (c >= 0x180B && c <= 0x180F) || (c >= 0xFE00 && c <= 0xFE0F)
        || (c >= 0xE0000 && c <= 0xE0FFF);
}

} // namespace

std::optional<qsizetype> characters(QStringView text)
{
    qsizetype count = 0;
    for (qsizetype i = 0; i < text.size(); ++i, ++count) {
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate())
            ++i;
        else if (text[i].isSurrogate())
            return std::nullopt;
    }
    return count;
}

QString trimmedMessage(const QString &text)
{
    qsizetype begin = 0;
    for (qsizetype i = 0; i < text.size() && text[i].isSpace(); ++i) {
        if (text[i] == u'\n' || text[i] == u'\r')
            begin = i + 1;
    }
    qsizetype end = text.size();
    while (end > begin && text[end - 1].isSpace())
        --end;
    return text.mid(begin, end - begin);
}

bool isBlank(QStringView text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        char32_t c = text[i].unicode();
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            c = QChar::surrogateToUcs4(text[i], text[i + 1]);
            ++i;
        }
        if (!isInvisible(c))
            return false;
    }
    return true;
}

QString cut(const QString &text, qsizetype units)
{
    if (units <= 0)
        return {};
    const bool inPair = units < text.size() && text.at(units - 1).isHighSurrogate();
    return text.left(inPair ? units - 1 : units);
}

} // namespace rookery::text
