// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>

#include <map>
#include <string>
#include <utility>

namespace rookery::faults {

/// Who is in one room, as received by a client: members, present or not, and visitors.
class Roll
{
public:
    /// A list of members, from `subscribed`, `members` or GET …/members.
    void replace(const QJsonArray &members);
    /// A `member` frame, or an entry of such a list: a user who is neither a member nor online is removed.
    void change(const QJsonObject &member);

    bool operator==(const Roll &other) const = default;
    /// "ID member online, ID online", for findings.
    std::string text() const;

private:
    std::map<std::string, std::pair<bool, bool>> m_users; ///< by id: member, online
};

} // namespace rookery::faults
