// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"

#include <QJsonValue>
#include <QLatin1String>
#include <QString>

namespace rookery::http {

class Request;

/// Where a list that is read page by page goes on, and how much of it is wanted.
struct ListQuery
{
    QString place; ///< empty: from the start
    int limit;
};

/// `placeName` (`after`, `before`) and `limit` of the query: from 1 to `most`, and `usual` where it is
/// absent.
Result<ListQuery> readListQuery(const Request &request, QLatin1String placeName, int usual, int most);

/// `next` of a page: what the next request has in `placeName`; null at the end of the list.
QJsonValue nextPage(const QString &next);

} // namespace rookery::http
