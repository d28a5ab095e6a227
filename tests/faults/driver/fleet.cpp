// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/fleet.h"

#include <algorithm>

namespace rookery::faults {

namespace {

constexpr load::Nanos tick = 2 * load::millisecond;
constexpr double unusedPatience = 60;

} // namespace

Fleet::Fleet()
    : m_crew(1, unusedPatience)
{ }

Fleet::~Fleet()
{
    stop();
    // The loop may still have events of this turn for the clients.
    m_crew.barrier();
}

void Fleet::start()
{
    onLoop([this] {
        for (const auto &client : m_clients) {
            client->setProducing(true);
            client->start();
        }
        m_ticker = std::make_unique<Ticker>(loop(), tick, [this](load::Nanos now) {
            for (const auto &client : m_clients)
                client->tick(now);
        });
    });
}

void Fleet::setProducing(bool producing)
{
    onLoop([&] {
        for (const auto &client : m_clients)
            client->setProducing(producing);
    });
}

void Fleet::stop()
{
    onLoop([this] {
        if (m_ticker)
            m_ticker->stop();
        for (const auto &client : m_clients)
            client->stop();
    });
}

void Fleet::onLoop(const std::function<void()> &call)
{
    m_crew.onAll([&call](int) { call(); });
}

bool Fleet::reaches(const std::function<bool()> &condition, double seconds)
{
    const load::Nanos deadline = load::now() + load::Nanos(seconds * double(load::second));
    for (;;) {
        bool reached = false;
        onLoop([&] { reached = condition(); });
        if (reached)
            return true;
        if (load::interrupted())
            throw load::Interrupted();
        if (load::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

bool Fleet::allDone() const
{
    return std::all_of(
        m_clients.begin(), m_clients.end(), [](const auto &client) { return client->isDone(); });
}

bool Fleet::noneConnected() const
{
    return std::none_of(
        m_clients.begin(), m_clients.end(), [](const auto &client) { return client->isConnected(); });
}

} // namespace rookery::faults
