// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QUuid>

#include <initializer_list>
#include <utility>

/// What frames are read by and made of.
namespace rookery::test {

inline QString text(const QJsonObject &frame, const char *field)
{
    return frame[QLatin1String(field)].toString();
}

inline QJsonObject object(std::initializer_list<std::pair<const char *, QJsonValue>> fields)
{
    QJsonObject json;
    for (const auto &[name, value] : fields)
        json.insert(QLatin1String(name), value);
    return json;
}

inline QString newUuid()
{
    return QUuid::createUuid().toString(QUuid::WithoutBraces);
}

} // namespace rookery::test
