// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/refusalcounter.h"

#include <utility>

namespace rookery::core {

RefusalCounter::RefusalCounter(Clock clock)
    : m_clock(std::move(clock))
    , m_since(m_clock())
{ }

bool RefusalCounter::tells(SecurityEvent event, const QString &network, const QString &kind)
{
    const std::scoped_lock lock(m_mutex);
    QString key = QStringLiteral("%1 %2 %3").arg(int(event)).arg(network, kind);
    bool apart = true;
    if (!m_counts.contains(key) && m_counts.size() >= mostKinds) {
        apart = false;
        key = QString::number(int(event));
    }
    Count &count = m_counts[key];
    count.event = event;
    if (apart) {
        count.network = network;
        count.kind = kind;
    }
    if (apart && count.told < linesOfOne && m_told < linesOfAll) {
        ++count.told;
        ++m_told;
        return true;
    }
    ++count.untold;
    return false;
}

QList<RefusalCounter::Sum> RefusalCounter::takeSums()
{
    const auto now = m_clock();
    const std::scoped_lock lock(m_mutex);
    if (now - m_since < window)
        return {};
    QList<Sum> sums;
    for (const Count &count : std::as_const(m_counts)) {
        if (count.untold > 0)
            sums.append({count.event, count.network, count.kind, count.untold});
    }
    m_since = now;
    m_counts.clear();
    m_told = 0;
    return sums;
}

} // namespace rookery::core
