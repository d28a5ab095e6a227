// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/proxy/proxyconnection.h"
#include "tests/wire/load/eventloop.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

namespace rookery::faults {

/// A TCP proxy on the loopback interface that applies a Planner's faults to its connections, and the faults
/// below at any time. Has a thread of its own; needs no Qt. All public members are thread-safe, but must not
/// be called from within a Planner. A call has taken effect when it returns.
class FaultProxy final : private ProxyConnectionOwner
{
public:
    /// Listens on a free port of 127.0.0.1. `target` is the server's port there, 0: none yet. Throws
    /// std::system_error.
    explicit FaultProxy(std::uint16_t target = 0);
    /// Resets all open connections.
    ~FaultProxy();
    FaultProxy(const FaultProxy &) = delete;
    FaultProxy &operator=(const FaultProxy &) = delete;

    std::uint16_t port() const { return m_port; }
    /// For connections accepted from now on.
    void setTarget(std::uint16_t port);
    /// For connections accepted from now on; null: no faults. The numbers start again at 0.
    void setPlanner(Planner planner);

    /// All open connections.
    void cutAll(Cut how);
    /// Passes nothing in that direction, on current and future connections, until release().
    void hold(Direction direction);
    /// Ends every hold() and every stall.
    void release();
    /// Discards everything that arrives in that direction on connections that are open now.
    void dropAll(Direction direction);
    /// While set, connections are reset as soon as they are accepted.
    void setRefusing(bool refusing);

    struct Figures
    {
        std::uint64_t accepted = 0;
        std::uint64_t open = 0;
        std::uint64_t cut = 0; ///< ended or refused by a fault, not by a peer
        std::uint64_t toServer = 0; ///< bytes passed on
        std::uint64_t toClient = 0;
    };
    Figures figures();

private:
    /// A watched descriptor that forwards its events to a member of the proxy.
    struct Bell final : load::Watcher
    {
        Bell(FaultProxy &owner, void (FaultProxy::*member)())
            : proxy(owner)
            , call(member)
        { }
        void ready(std::uint32_t) override { (proxy.*call)(); }

        FaultProxy &proxy;
        void (FaultProxy::*call)();
    };

    void onLoop(const std::function<void()> &call);
    void acceptAll();
    void accept(int client);
    void ring();
    void forAll(const std::function<void(ProxyConnection &)> &call);
    void connectionDue(TimePoint when) override;
    void connectionOver(ProxyConnection &connection) override;

    load::EventLoop m_loop;
    int m_listener = -1;
    int m_timer = -1;
    std::uint16_t m_port = 0;
    Bell m_acceptBell;
    Bell m_timerBell;

    // The following members belong to the proxy's thread.
    std::uint16_t m_target;
    Planner m_planner;
    std::uint64_t m_planned = 0; ///< the number of the next connection for the planner
    std::uint64_t m_nextKey = 0;
    std::optional<TimePoint> m_due; ///< when the timer is set to fire
    bool m_refusing = false;
    bool m_holdsToServer = false;
    bool m_holdsToClient = false;
    std::unordered_map<std::uint64_t, std::unique_ptr<ProxyConnection>> m_connections; ///< by number()
    std::vector<std::unique_ptr<ProxyConnection>> m_over; ///< until the end of the turn
    Figures m_figures; ///< of finished connections, and `accepted`

    std::thread m_thread;
};

} // namespace rookery::faults
