// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/scratch.h"

#include <QDir>

namespace rookery::bench {

QString scratchTemplate(const QString &program)
{
    const QString disk = QStringLiteral("/var/tmp");
    const QString place = QDir(disk).exists() ? disk : QDir::tempPath();
    return place + QLatin1Char('/') + program + QStringLiteral("-XXXXXX");
}

} // namespace rookery::bench
