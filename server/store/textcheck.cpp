// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/textcheck.h"

namespace rookery::store {

Result<Nothing> checkText(const QString &text, QLatin1String field)
{
    if (!text.isValidUtf16())
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The text is not valid Unicode: it holds half of a surrogate pair."), field};
    if (text.contains(QChar(u'\0')))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The field '%1' must not contain a NUL character.").arg(field), field};
    return Nothing();
}

bool isStorable(const QString &text)
{
    return text.isValidUtf16() && !text.contains(QChar(u'\0'));
}

Result<Nothing> checkName(const QString &name, QLatin1String field)
{
    if (auto checked = checkText(name, field); !checked)
        return checked;
    if (!name.contains(QChar(0xfffe)) && !name.contains(QChar(0xffff)))
        return Nothing();
    return Error{ErrorCode::InvalidField,
        QStringLiteral("The name holds a code point that is not a character."), field};
}

} // namespace rookery::store
