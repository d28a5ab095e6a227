// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/bus.h"

#include <atomic>

namespace rookery::test {

/// Another bus, on which something happens to the notices that are published.
class ForwardingBus : public bus::Bus
{
public:
    /// Not owned.
    explicit ForwardingBus(bus::Bus *carrier)
        : m_carrier(carrier)
    { }

    void subscribe(QObject *hub, bus::Handler handler) override
    {
        m_carrier->subscribe(hub, std::move(handler));
    }
    void unsubscribe(QObject *hub) override { m_carrier->unsubscribe(hub); }
    void publish(std::vector<bus::Notice> notices, const QObject *sayer = nullptr) override
    {
        m_carrier->publish(std::move(notices), sayer);
    }
    void listen(QObject *hub, const QString &roomId) override { m_carrier->listen(hub, roomId); }
    void ignore(QObject *hub, const QString &roomId) override { m_carrier->ignore(hub, roomId); }
    void listenToUser(QObject *hub, const QString &userId) override { m_carrier->listenToUser(hub, userId); }
    void ignoreUser(QObject *hub, const QString &userId) override { m_carrier->ignoreUser(hub, userId); }
    void enter(QObject *hub, const QString &roomId, const User &user, Role role) override
    {
        m_carrier->enter(hub, roomId, user, role);
    }
    void leave(QObject *hub, const QString &roomId, const QString &userId) override
    {
        m_carrier->leave(hub, roomId, userId);
    }
    void renew(QObject *hub) override { m_carrier->renew(hub); }
    bool isCongested() const override { return m_carrier->isCongested(); }

private:
    bus::Bus *m_carrier;
};

/// Loses events when told to, as a network may.
class LossyBus final : public ForwardingBus
{
public:
    using ForwardingBus::ForwardingBus;

    /// The next so many events that are committed reach nobody. Thread-safe.
    void loseEvents(int count) { m_toLose = count; }
    /// Of these, how many are still to come.
    int toLose() const { return m_toLose; }

    void publish(std::vector<bus::Notice> notices, const QObject *sayer = nullptr) override
    {
        std::erase_if(notices, [this](const bus::Notice &notice) {
            if (!std::holds_alternative<bus::EventCommitted>(notice) || m_toLose <= 0)
                return false;
            --m_toLose;
            return true;
        });
        ForwardingBus::publish(std::move(notices), sayer);
    }

private:
    std::atomic<int> m_toLose = 0;
};

} // namespace rookery::test
