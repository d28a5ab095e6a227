// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/eventloop.h"

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rookery::faults {

/// A TCP client that repeats the same bytes as fast as they are accepted. Belongs to its loop's thread from
/// open() on.
class Flooder final : private load::Watcher
{
public:
    struct What
    {
        in_port_t port = 0; ///< of 127.0.0.1, in host byte order
        in_addr_t from = 0; ///< 127.x.y.z in host byte order
        std::string first; ///< sent once connected
        std::string until; ///< text that must arrive before the rest is sent
        std::string then; ///< sent once
        std::string again; ///< sent repeatedly after it; may be empty
        std::string answer; ///< the text before the status of each answer to `again`, if those are awaited
        bool reads = true; ///< input is discarded; false: nothing is read
        bool leaves = false; ///< closes when it receives anything
    };

    Flooder(load::EventLoop &loop, What what);
    ~Flooder() { close(); }
    Flooder(const Flooder &) = delete;
    Flooder &operator=(const Flooder &) = delete;

    void open();
    bool isOpen() const { return m_descriptor >= 0; }
    /// With a reset, so that no port stays in TIME_WAIT.
    void close();

    std::uint64_t sent() const { return m_sent; } ///< bytes, over all its connections
    std::uint64_t opened() const { return m_opened; } ///< connections that were accepted
    /// How often each status was the answer to `again`; 0: answers in pieces too small to parse.
    const std::map<int, std::uint64_t> &statuses() const { return m_statuses; }

private:
    void ready(std::uint32_t events) override;
    /// The bytes to be sent now; nullptr: none.
    const std::string *part();
    void write();
    bool readAll();
    void takeAnswer(std::string_view bytes);

    load::EventLoop &m_loop;
    const What m_what;
    int m_descriptor = -1;
    bool m_connected = false;
    bool m_mayGoOn = false; ///< `until` has arrived
    int m_part = 0; ///< of `first`, `then`, `again`
    std::size_t m_at = 0; ///< within the part
    bool m_awaits = false; ///< What::answer
    std::string m_received; ///< until `until` has arrived
    std::uint64_t m_sent = 0;
    std::uint64_t m_opened = 0;
    std::map<int, std::uint64_t> m_statuses;
};

} // namespace rookery::faults
