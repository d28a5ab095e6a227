// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/listquery.h"

#include "server/http/request.h"

#include <algorithm>

namespace rookery::http {

Result<ListQuery> readListQuery(const Request &request, QLatin1String placeName, int usual, int most)
{
    const auto place = request.query(placeName);
    if (!place)
        return place.error();
    const auto limit = request.queryInteger(QLatin1String("limit"), 1, most);
    if (!limit)
        return limit.error();
    return ListQuery{place->value_or(QString()), int(limit->value_or(std::min(usual, most)))};
}

QJsonValue nextPage(const QString &next)
{
    return next.isEmpty() ? QJsonValue() : next;
}

} // namespace rookery::http
