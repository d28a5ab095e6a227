// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/networkwatch.h"

#include <QNetworkInformation>

namespace rookery::client {

void NetworkWatch::start()
{
    if (m_started)
        return;
    m_started = true;
    if (!QNetworkInformation::loadBackendByFeatures(QNetworkInformation::Feature::Reachability))
        return;
    connect(QNetworkInformation::instance(), &QNetworkInformation::reachabilityChanged, this,
        [this](QNetworkInformation::Reachability reachability) {
            if (reachability != QNetworkInformation::Reachability::Disconnected
                && reachability != QNetworkInformation::Reachability::Unknown)
                Q_EMIT networkBack();
        });
}

} // namespace rookery::client
