// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/redis/rediswire.h"

#include <QStringList>

namespace rookery::test {

/// A wire and all that it has said.
class WireListener
{
public:
    explicit WireListener(const bus::RedisOptions &options, const QByteArray &channel = "rk:{test.0}")
        : wire(options, channel)
    {
        QObject::connect(&wire, &bus::Wire::opened, &wire, [this] { ++opened; });
        QObject::connect(
            &wire, &bus::Wire::closed, &wire, [this](const QString &reason) { reasons.append(reason); });
        QObject::connect(
            &wire, &bus::Wire::received, &wire, [this](const QByteArray &frame) { frames.append(frame); });
    }

    bool hasReason(const QString &part) const { return reasons.filter(part).size() > 0; }

    int opened = 0;
    QStringList reasons;
    QList<QByteArray> frames;
    bus::RedisWire wire; ///< last: nothing is said to what is gone
};

/// What readRedisUrl() reads; no addresses if it is wrong.
inline bus::RedisOptions optionsOf(
    const QString &url, const QString &password = {}, const QString &caFile = {})
{
    const auto options = bus::readRedisUrl(url, password, caFile);
    if (!options)
        qWarning("%s", qUtf8Printable(options.error().detail));
    return options ? *options : bus::RedisOptions();
}

} // namespace rookery::test
