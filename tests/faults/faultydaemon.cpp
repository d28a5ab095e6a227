// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultydaemon.h"

namespace rookery::test {

FaultyDaemon::FaultyDaemon()
    : daemon({},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_USER"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_WORK_PER_NETWORK"), QStringLiteral("0")}})
    , disk(daemon.dataDirectory().toStdString())
{
    for (const auto &[name, value] : disk.environment())
        daemon.setEnvironment(QString::fromStdString(name), QString::fromStdString(value));
}

} // namespace rookery::test
