// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/roll.h"

namespace rookery::faults {

void Roll::replace(const QJsonArray &members)
{
    m_users.clear();
    for (const QJsonValue &member : members)
        change(member.toObject());
}

void Roll::change(const QJsonObject &member)
{
    const std::string user =
        member.value(QLatin1String("user")).toObject().value(QLatin1String("id")).toString().toStdString();
    const bool isMember = member.value(QLatin1String("member")).toBool();
    const bool isOnline = member.value(QLatin1String("online")).toBool();
    if (isMember || isOnline)
        m_users[user] = {isMember, isOnline};
    else
        m_users.erase(user);
}

std::string Roll::text() const
{
    std::string all;
    for (const auto &[user, state] : m_users) {
        all += (all.empty() ? "" : ", ") + user + (state.first ? " member" : "")
            + (state.second ? " online" : "");
    }
    return all;
}

} // namespace rookery::faults
