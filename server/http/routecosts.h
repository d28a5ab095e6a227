// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace rookery::http {

/// What a request of this route (`GET /api/v1/rooms/{room}`) draws from the budget of its user and its
/// network, in the units of core/costs.h. A route that is not in the table costs core::costs::request.
int routeCost(const QString &route);

/// The routes of the table, for the test that each of them exists.
QStringList routesWithCosts();

} // namespace rookery::http
