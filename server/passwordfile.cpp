// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/passwordfile.h"

#include <QFile>

namespace rookery {

Result<QString> readPasswordFile(const QString &path)
{
    constexpr qint64 longest = 1024;
    const auto refusal = [&path](const QString &problem) {
        return Error{ErrorCode::Internal, QStringLiteral("The password file %1 %2.").arg(path, problem)};
    };
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return refusal(QStringLiteral("cannot be read: %1").arg(file.errorString()));
    if (file.permissions().testFlag(QFileDevice::ReadOther))
        qWarning("the password file %s can be read by everybody on this machine", qUtf8Printable(path));
    QByteArray line = file.readLine(longest);
    while (line.endsWith('\n') || line.endsWith('\r'))
        line.chop(1);
    if (line.isEmpty())
        return refusal(QStringLiteral("is empty"));
    if (line.size() >= longest - 2 || line.contains('\0'))
        return refusal(QStringLiteral("does not begin with a line that could be a password"));
    return QString::fromUtf8(line);
}

} // namespace rookery
