// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/hub.h"

#include <utility>

namespace rookery::test {

/// Somebody who is in a room as long as the object lives, and hears nothing.
class Visitor final : public core::RoomListener
{
public:
    Visitor(core::Hub *hub, QString roomId, User user, bool member = false)
        : m_hub(hub)
        , m_roomId(std::move(roomId))
        , m_user(std::move(user))
        , m_member(member)
    {
        m_hub->addListener(m_roomId, this);
    }
    ~Visitor() override { m_hub->removeListener(m_roomId, this); }

    const User &user() const override { return m_user; }
    Role role() const override { return m_member ? Role::Member : Role::None; }
    bool hearsMembers() const override { return false; }
    void publish(const core::Broadcast &) override { }
    void memberChanged(const core::MemberChange &) override { }
    void evicted() override { }

private:
    core::Hub *m_hub;
    QString m_roomId;
    User m_user;
    bool m_member; ///< when it came
};

} // namespace rookery::test
