// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/messagetext.h"

namespace rookery::client {

Outcome<QString> checkMessageText(const QString &text, int longest)
{
    qsizetype begin = 0;
    for (qsizetype i = 0; i < text.size() && text[i].isSpace(); ++i) {
        if (text[i] == u'\n' || text[i] == u'\r')
            begin = i + 1;
    }
    qsizetype end = text.size();
    while (end > begin && text[end - 1].isSpace())
        --end;
    const QString trimmed = text.mid(begin, end - begin);
    if (trimmed.isEmpty())
        return Problem(Problem::EmptyMessage);

    qsizetype characters = 0;
    for (const QChar c : trimmed)
        characters += c.isLowSurrogate() ? 0 : 1;
    if (characters > longest) {
        Problem problem(Problem::LongMessage);
        problem.number = characters;
        problem.limit = longest;
        return problem;
    }
    return trimmed;
}

} // namespace rookery::client
