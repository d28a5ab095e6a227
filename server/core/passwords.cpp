// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/passwords.h"

#include "server/auth/passwordtext.h"
#include "server/core/names.h"

namespace rookery::core {

namespace {

Error badLength(const Limits &limits, const QString &field)
{
    return {ErrorCode::InvalidField,
        QStringLiteral("The password must be %1 to %2 bytes long.")
            .arg(limits.passwordBytesMin)
            .arg(limits.passwordBytesMax),
        field};
}

} // namespace

Result<QStringList> spellingsOf(const QString &password, const Limits &limits, const QString &field)
{
    if (password.toUtf8().size() > limits.passwordBytesMax)
        return badLength(limits, field);
    const auto normalised = auth::normalisedPassword(password);
    if (!normalised || *normalised == password)
        return QStringList{password};
    return QStringList{*normalised, password};
}

Result<QString> newPassword(
    const QString &password, const QString &name, const Limits &limits, const QString &field)
{
    if (password.toUtf8().size() > limits.passwordBytesMax)
        return badLength(limits, field);
    const auto normalised = auth::normalisedPassword(password);
    if (!password.isEmpty() && !normalised)
        return Error{ErrorCode::InvalidField,
            QStringLiteral("The password must not hold control, invisible or unassigned characters."), field};
    const qsizetype bytes = normalised.value_or(QString()).toUtf8().size();
    if (!normalised || bytes < limits.passwordBytesMin || bytes > limits.passwordBytesMax)
        return badLength(limits, field);
    if (isSameName(*normalised, name))
        return Error{
            ErrorCode::InvalidField, QStringLiteral("The password must not be the user name."), field};
    if (auth::isCommonPassword(*normalised))
        return Error{ErrorCode::InvalidField,
            QStringLiteral("This password is one of the most common ones; choose another."), field};
    return *normalised;
}

} // namespace rookery::core
