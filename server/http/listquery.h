// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QJsonValue>
#include <QLatin1String>
#include <QString>

namespace rookery::http {

class Request;

/// Position and size of the next page of a list.
struct ListQuery
{
    QString place; ///< empty: from the start
    int limit;
};

/// Reads `placeName` (`after`, `before`) and `limit` from the query. `limit` is 1 to `most`; `usual` if
/// absent.
Result<ListQuery> readListQuery(const Request &request, QLatin1String placeName, int usual, int most);

/// `next` of a page: the value of `placeName` in the next request; null at the end of the list.
QJsonValue nextPage(const QString &next);

} // namespace rookery::http
