// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/messagetext.h"

namespace rookery::client {

Result<QString> checkMessageText(const QString &text, int longest)
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
        return Error{
            ErrorCode::MissingField, QStringLiteral("The message is empty."), QStringLiteral("text")};

    qsizetype characters = 0;
    for (const QChar c : trimmed)
        characters += c.isLowSurrogate() ? 0 : 1;
    if (characters > longest)
        return Error{ErrorCode::MessageTooLong,
            QStringLiteral("The message has %1 characters; at most %2 can be sent.")
                .arg(characters)
                .arg(longest),
            QStringLiteral("text")};
    return trimmed;
}

} // namespace rookery::client
