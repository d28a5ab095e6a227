// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/text.h"

#include <algorithm>

namespace rookery::text {

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
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.isSpace(); });
}

QString cut(const QString &text, qsizetype units)
{
    if (units <= 0)
        return {};
    const bool inPair = units < text.size() && text.at(units - 1).isHighSurrogate();
    return text.left(inPair ? units - 1 : units);
}

} // namespace rookery::text
