// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/client.h"
#include "tests/faults/proxy/random.h"
#include "tests/wire/load/eventloop.h"
#include "tests/wire/load/stream.h"

#include <QJsonObject>

#include <optional>

namespace rookery::faults {

/// Common code of the clients over HTTP: one request at a time on keep-alive connections. The
/// subclass repeats a request that has no answer.
class RestClient : public Client, private load::Watcher
{
public:
    struct Access
    {
        std::string name; ///< in findings
        std::string token;
        Patience patience;
        std::uint64_t seed = 1;
    };
    ~RestClient() override;

    void start() override;
    void stop() override;
    void tick(load::Nanos now) override;
    bool isConnected() const override { return m_stream.isOpen(); }
    const std::string &name() const override { return m_access.name; }
    const std::vector<std::unique_ptr<RoomView>> &views() const override { return m_noViews; }

protected:
    RestClient(load::EventLoop &loop, const load::Endpoint &endpoint, Access access, Findings &findings);

    struct Request
    {
        std::string line; ///< method and target
        std::string body; ///< JSON; empty: none
    };
    /// The request to send now; nullopt: none.
    virtual std::optional<Request> nextRequest() = 0;
    /// The answer to the last request. False: close this connection and open another one.
    virtual bool answered(int status, const QJsonObject &body) = 0;
    /// The connection has ended; a request in flight has no answer.
    virtual void startOver() = 0;

    /// Whether a request with this answer may be repeated.
    static bool isForATime(int status) { return status == tooManyRequests || status / 100 == 5; }
    Findings &findings() { return m_findings; }
    Random &random() { return m_random; }

private:
    static constexpr int tooManyRequests = 429;

    void ready(std::uint32_t events) override;
    void ask();
    void write();
    void read();
    void listen(std::uint32_t events);
    void giveUp();
    void disconnect();

    load::EventLoop &m_loop;
    const load::Endpoint &m_endpoint;
    Access m_access;
    Findings &m_findings;
    Random m_random;
    load::Stream m_stream;
    std::vector<std::unique_ptr<RoomView>> m_noViews;
    std::string m_out;
    std::string m_in;
    std::uint32_t m_listening = 0;
    load::Nanos m_opensAt = 0;
    load::Nanos m_since = 0; ///< of the request in flight
    bool m_isAsking = false; ///< a request is in flight
    bool m_wanted = false;
    bool m_established = false;
};

} // namespace rookery::faults
