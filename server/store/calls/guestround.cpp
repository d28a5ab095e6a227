// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/calls/guestround.h"

#include "server/store/queries/guestqueries.h"

#include <QDateTime>

#include <algorithm>

namespace rookery::store {

namespace {

/// How many guests one round examines.
constexpr int guestPortion = 500;

} // namespace

GuestRound examineGuests(Connection &connection, GuestRegister *guests)
{
    GuestRound round;
    QStringList here;
    if (guests)
        here = guests->takeGone(guestPortion);
    guests::noteSeen(connection, here);
    const auto oldest = std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch()) - quietGuestsKept;
    const auto quiet = guests::lastSeenBefore(connection, oldest, guestPortion);
    round.isMore = std::max(here.size(), quiet.size()) == guestPortion;
    here.clear();
    for (const auto &[key, id] : quiet) {
        if (guests && !guests->letGo(id))
            here.append(id);
        else
            round.gone.append(key);
    }
    guests::noteSeen(connection, here);
    return round;
}

} // namespace rookery::store
