// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/metrics/counters.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace rookery::metrics {

const std::array<Field, sizeof(Totals) / sizeof(std::uint64_t)> fields = {{
    {"connections_opened_total", "Connections accepted.", &Counters::connectionsOpened,
        &Totals::connectionsOpened},
    {"connections_ended_total", "Connections that are over.", &Counters::connectionsEnded,
        &Totals::connectionsEnded},
    {"bytes_read_total", "Bytes read from sockets; over TLS those inside.", &Counters::bytesRead,
        &Totals::bytesRead},
    {"bytes_written_total", "Bytes written to sockets; over TLS those inside.", &Counters::bytesWritten,
        &Totals::bytesWritten},
    {"writes_total", "Calls that wrote to a socket.", &Counters::writes, &Totals::writes},
    {"http_requests_total", "HTTP requests that reached a handler.", &Counters::requests, &Totals::requests},
    {"http_refusals_total", "HTTP requests that were refused before a handler saw them.", &Counters::refusals,
        &Totals::refusals},
    {"websockets_opened_total", "WebSocket handshakes that were accepted.", &Counters::webSocketsOpened,
        &Totals::webSocketsOpened},
    {"websocket_messages_received_total", "WebSocket messages received.", &Counters::messagesReceived,
        &Totals::messagesReceived},
    {"websocket_messages_sent_total", "WebSocket messages queued for sending.", &Counters::messagesSent,
        &Totals::messagesSent},
    {"websocket_slow_readers_total", "WebSockets closed because their reader was too slow.",
        &Counters::slowReaders, &Totals::slowReaders},
    {"store_transactions_total", "Transactions committed.", &Counters::transactions, &Totals::transactions},
    {"store_changes_total", "Changes that these transactions carried out.", &Counters::changes,
        &Totals::changes},
}};

namespace {

/// The counters of all threads that have counted.
class Register
{
public:
    static Register &instance()
    {
        // Never destroyed: a thread may end after static objects have.
        static auto &made = *new Register;
        return made;
    }

    void add(const Counters *counters)
    {
        const std::lock_guard lock(m_mutex);
        m_living.push_back(counters);
    }
    void remove(const Counters *counters)
    {
        const std::lock_guard lock(m_mutex);
        add(*counters, m_ended);
        m_living.erase(std::find(m_living.begin(), m_living.end(), counters));
    }
    Totals totals()
    {
        const std::lock_guard lock(m_mutex);
        Totals sum = m_ended;
        for (const Counters *counters : m_living)
            add(*counters, sum);
        return sum;
    }

private:
    static void add(const Counters &counters, Totals &sum)
    {
        for (const Field &field : fields)
            sum.*field.total += (counters.*field.counter).value();
    }

    std::mutex m_mutex;
    std::vector<const Counters *> m_living;
    Totals m_ended;
};

/// In cache lines of its own, so that no other thread's writing slows the counting.
struct alignas(64) Own
{
    Own() { Register::instance().add(&counters); }
    ~Own() { Register::instance().remove(&counters); }
    Own(const Own &) = delete;
    Own &operator=(const Own &) = delete;

    Counters counters;
};

} // namespace

Counters &ofThisThread()
{
    thread_local Own own;
    return own.counters;
}

Totals totals()
{
    return Register::instance().totals();
}

} // namespace rookery::metrics
