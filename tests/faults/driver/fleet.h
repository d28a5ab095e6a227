// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/client.h"
#include "tests/faults/driver/findings.h"
#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/ticker.h"
#include "tests/wire/load/crew.h"

#include <functional>
#include <memory>
#include <vector>

namespace rookery::faults {

/// The clients of one run on a thread of their own, with the ledger that they share. Owned by another thread,
/// which only waits.
class Fleet
{
public:
    Fleet();
    ~Fleet();
    Fleet(const Fleet &) = delete;
    Fleet &operator=(const Fleet &) = delete;

    load::EventLoop &loop() { return m_crew.loop(0); }
    Ledger &ledger() { return m_ledger; }
    Findings &findings() { return m_findings; }
    /// For onLoop() and reaches(), or while nothing runs.
    const std::vector<std::unique_ptr<Client>> &clients() const { return m_clients; }

    /// Call before start().
    void add(std::unique_ptr<Client> client) { m_clients.push_back(std::move(client)); }
    /// Connects them and enables producing.
    void start();
    void setProducing(bool producing);
    /// Disconnects them permanently.
    void stop();

    /// Runs `call` on the thread of the clients and waits for it.
    void onLoop(const std::function<void()> &call);
    /// Waits until `condition`, which is evaluated on the thread of the clients, is true. False after
    /// `seconds`. Throws Interrupted.
    bool reaches(const std::function<bool()> &condition, double seconds);
    bool allDone() const;
    bool noneConnected() const;

private:
    load::Crew m_crew;
    Findings m_findings;
    Ledger m_ledger{m_findings};
    std::vector<std::unique_ptr<Client>> m_clients;
    std::unique_ptr<Ticker> m_ticker;
};

} // namespace rookery::faults
