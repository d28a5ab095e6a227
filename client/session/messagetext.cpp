// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/messagetext.h"

#include "common/text.h"

namespace rookery::client {

Outcome<QString> checkMessageText(const QString &text, int longest)
{
    const QString trimmed = text::trimmedMessage(text);
    if (trimmed.isEmpty())
        return Problem(Problem::EmptyMessage);
    // Text with half a surrogate pair is counted in code units: never too few.
    const qsizetype characters = text::characters(trimmed).value_or(trimmed.size());
    if (characters > longest) {
        Problem problem(Problem::LongMessage);
        problem.number = characters;
        problem.limit = longest;
        return problem;
    }
    return trimmed;
}

} // namespace rookery::client
