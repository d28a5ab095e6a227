// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::http {

/// The price of a request of this route (`GET /api/v1/rooms/{room}`), in the units of core/costs.h, charged
/// to its user and network. A route that is not in the table costs core::costs::request.
int routeCost(const QString &route);

/// The routes of the table, for the test that each of them exists.
QStringList routesWithCosts();

} // namespace rookery::http
