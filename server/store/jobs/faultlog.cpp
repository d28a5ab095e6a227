// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/faultlog.h"

#include "server/store/statement.h"

#include <utility>

namespace rookery::store {

FaultLog::FaultLog(QString path, Clock clock)
    : m_path(std::move(path))
    , m_clock(std::move(clock))
{ }

void FaultLog::tell(const char *what, const QString &why)
{
    const auto now = m_clock();
    QString line = m_path.isEmpty() ? QString() : m_path + QStringLiteral(": ");
    line += QStringLiteral("%1: %2").arg(QLatin1String(what), why);
    {
        const std::scoped_lock lock(m_mutex);
        const bool apart = m_faults.count(line) > 0 || m_faults.size() < mostKinds;
        auto [found, isNew] = m_faults.try_emplace(apart ? line : QString(), Fault{now});
        Fault &fault = found->second;
        if (!isNew && now - fault.told < interval) {
            ++fault.untold;
            return;
        }
        if (fault.untold > 0)
            line += QStringLiteral(" (%1 times since this was last told)").arg(fault.untold + 1);
        fault = {now};
    }
    qCCritical(storeLog, "%ls", qUtf16Printable(line));
}

} // namespace rookery::store
