// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/counter.h"
#include "tests/bench/histogram.h"
#include "tests/wire/load/crew.h"
#include "tests/wire/load/stream.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rookery::bench {

/// The requests of one worker's connections, and the check of the answers; on their loop's thread.
class HttpWork
{
public:
    virtual ~HttpWork() = default;
    /// Writes the next request, head included, into `request`. False: there are no more.
    virtual bool next(std::string &request) = 0;
    /// Empty, or what is wrong with a 200's body.
    virtual std::string check(const std::string &request, std::string_view body) = 0;
};

/// A GET over keep-alive, with the token unless it is empty.
std::string getRequest(const std::string &authority, const std::string &target, const std::string &token);

/// Keep-alive connections that send a request, wait for the answer and repeat (a closed loop), spread over
/// the crew.
class HttpLoad
{
public:
    /// One HttpWork for each worker; they must outlive this object.
    HttpLoad(
        load::Crew &crew, const load::Endpoint &endpoint, std::vector<HttpWork *> works, int connections);
    ~HttpLoad();
    HttpLoad(const HttpLoad &) = delete;
    HttpLoad &operator=(const HttpLoad &) = delete;

    /// Connects and begins to send.
    void start();
    /// Returns after the answers in flight.
    void stop();

    void setMeasuring(bool measuring);
    std::uint64_t answered() const;
    /// For use after stop() has returned.
    Histogram times() const;

private:
    class Connection;
    struct Worker;

    load::Crew &m_crew;
    std::vector<std::unique_ptr<Worker>> m_workers;
};

} // namespace rookery::bench
