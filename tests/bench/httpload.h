// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/counter.h"
#include "tests/bench/crew.h"
#include "tests/bench/histogram.h"
#include "tests/bench/stream.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rookery::bench {

/// What the connections of one worker ask for, and what they must be answered; on their loop's thread.
class HttpWork
{
public:
    virtual ~HttpWork() = default;
    /// Writes the next request, head and all, into `request`. False: there is no more.
    virtual bool next(std::string &request) = 0;
    /// Empty, or what is wrong with a 200's body.
    virtual std::string check(const std::string &request, std::string_view body) = 0;
};

/// A GET over keep-alive, with the token where it is not empty.
std::string getRequest(const std::string &authority, const std::string &target, const std::string &token);

/// Keep-alive connections that ask, wait for the answer and ask again (a closed loop), spread over the crew.
class HttpLoad
{
public:
    /// One HttpWork for each worker, which must outlive this.
    HttpLoad(Crew &crew, const Endpoint &endpoint, std::vector<HttpWork *> works, int connections);
    ~HttpLoad();
    HttpLoad(const HttpLoad &) = delete;
    HttpLoad &operator=(const HttpLoad &) = delete;

    /// Connects and begins to ask.
    void start();
    /// After the answers that are on their way.
    void stop();

    void setMeasuring(bool measuring);
    std::uint64_t answered() const;
    /// For when stop() has returned.
    Histogram times() const;

private:
    class Connection;
    struct Worker;

    Crew &m_crew;
    std::vector<std::unique_ptr<Worker>> m_workers;
};

} // namespace rookery::bench
