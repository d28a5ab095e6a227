// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/httpload.h"

#include "tests/wire/load/httpresponse.h"
#include "tests/wire/load/refusal.h"

#include <atomic>

namespace rookery::bench {

using namespace load;

struct HttpLoad::Worker
{
    EventLoop &loop;
    const Endpoint &endpoint;
    FailureNote &failures;
    HttpWork &work;
    std::vector<std::unique_ptr<Connection>> connections;
    std::atomic<bool> stopping = false;
    std::atomic<bool> measuring = false;
    std::atomic<int> busy = 0;
    Counter answered;
    Histogram times;
};

/// One connection; on its worker's loop.
class HttpLoad::Connection final : private Watcher
{
public:
    explicit Connection(Worker &worker)
        : m_worker(worker)
    { }

    void open();
    void close();

private:
    void ready(std::uint32_t events) override;
    void ask();
    void flush();
    void receive();
    void answered(const HttpResponse &response);
    void fail(const std::string &reason);
    void rest();
    void listenFor(std::uint32_t events);

    Worker &m_worker;
    Stream m_stream;
    std::string m_request;
    std::string_view m_unsent;
    std::string m_in;
    Nanos m_askedAt = 0;
    std::uint32_t m_listening = 0;
    bool m_established = false;
    bool m_busy = false;
};

void HttpLoad::Connection::open()
{
    m_established = false;
    if (!m_stream.open(m_worker.endpoint)) {
        fail(m_stream.problem());
        return;
    }
    m_busy = true;
    ++m_worker.busy;
    m_listening = m_stream.events();
    m_worker.loop.watch(m_stream.descriptor(), m_listening, this);
}

void HttpLoad::Connection::close()
{
    if (m_stream.isOpen())
        m_worker.loop.unwatch(m_stream.descriptor());
    m_stream.close(true);
    rest();
}

void HttpLoad::Connection::rest()
{
    if (std::exchange(m_busy, false))
        --m_worker.busy;
}

void HttpLoad::Connection::fail(const std::string &reason)
{
    close();
    m_worker.failures.note(m_worker.endpoint.text() + ": " + reason);
}

void HttpLoad::Connection::ready(std::uint32_t events)
{
    if (!m_stream.isOpen())
        return;
    if (!m_established) {
        const Stream::State state = m_stream.establish();
        if (state == Stream::State::Again) {
            listenFor(m_stream.events());
        } else if (state == Stream::State::Done) {
            m_established = true;
            ask();
        } else {
            fail(m_stream.problem());
        }
        return;
    }
    if ((events & EPOLLOUT) != 0)
        flush();
    if (m_stream.isOpen() && (events & ~std::uint32_t(EPOLLOUT)) != 0)
        receive();
}

void HttpLoad::Connection::ask()
{
    if (m_worker.stopping || !m_worker.work.next(m_request)) {
        listenFor(EPOLLIN);
        rest();
        return;
    }
    m_askedAt = now();
    m_unsent = m_request;
    flush();
}

void HttpLoad::Connection::flush()
{
    const Stream::State state = m_stream.write(m_unsent);
    if (state == Stream::State::Done)
        listenFor(EPOLLIN);
    else if (state == Stream::State::Again)
        listenFor(m_stream.events() | EPOLLIN);
    else
        fail(m_stream.problem());
}

void HttpLoad::Connection::receive()
{
    auto &buffer = m_worker.loop.readBuffer();
    for (;;) {
        std::size_t count = 0;
        const Stream::State state = m_stream.read(buffer.data(), buffer.size(), count);
        if (state == Stream::State::Again)
            return;
        if (state != Stream::State::Done) {
            fail(state == Stream::State::Ended ? "the server closed a keep-alive connection"
                                               : m_stream.problem());
            return;
        }
        m_in.append(buffer.data(), count);
        std::string_view rest = m_in;
        HttpResponse response;
        const HttpState parsed = readHttpResponse(rest, response);
        if (parsed == HttpState::Invalid) {
            fail("an answer is not HTTP/1.1 with a Content-Length");
            return;
        }
        if (parsed == HttpState::Complete) {
            answered(response);
            return;
        }
    }
}

void HttpLoad::Connection::answered(const HttpResponse &response)
{
    if (response.status != 200) {
        fail(explainRefusal(response.status, response.body));
        return;
    }
    const std::string problem = m_worker.work.check(m_request, response.body);
    if (!problem.empty()) {
        fail(problem);
        return;
    }
    m_worker.answered.add();
    if (m_worker.measuring.load(std::memory_order_relaxed))
        m_worker.times.record(now() - m_askedAt);
    m_in.clear();
    ask();
}

void HttpLoad::Connection::listenFor(std::uint32_t events)
{
    if (events == m_listening)
        return;
    m_listening = events;
    m_worker.loop.change(m_stream.descriptor(), events, this);
}

std::string getRequest(const std::string &authority, const std::string &target, const std::string &token)
{
    std::string request = "GET " + target + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!token.empty())
        request += "Authorization: Bearer " + token + "\r\n";
    return request + "\r\n";
}

HttpLoad::HttpLoad(Crew &crew, const Endpoint &endpoint, std::vector<HttpWork *> works, int connections)
    : m_crew(crew)
{
    for (int i = 0; i < crew.size(); ++i) {
        m_workers.emplace_back(new Worker{
            crew.loop(i), endpoint, crew.failures(), *works[std::size_t(i)], {}, {}, {}, {}, {}, {}});
    }
    for (int i = 0; i < connections; ++i) {
        Worker &worker = *m_workers[std::size_t(i % crew.size())];
        worker.connections.push_back(std::make_unique<Connection>(worker));
    }
}

HttpLoad::~HttpLoad()
{
    m_crew.onAll([this](int worker) {
        for (const auto &connection : m_workers[std::size_t(worker)]->connections)
            connection->close();
    });
    m_crew.barrier();
}

void HttpLoad::start()
{
    m_crew.onAll([this](int worker) {
        for (const auto &connection : m_workers[std::size_t(worker)]->connections)
            connection->open();
    });
}

void HttpLoad::stop()
{
    for (const auto &worker : m_workers)
        worker->stopping = true;
    const auto atRest = [this] {
        std::uint64_t sum = 0;
        for (const auto &worker : m_workers)
            sum += std::uint64_t(std::ssize(worker->connections) - worker->busy);
        return sum;
    };
    std::uint64_t all = 0;
    for (const auto &worker : m_workers)
        all += worker->connections.size();
    if (!m_crew.reaches(atRest, all))
        throw Failure(QStringLiteral("A request was not answered within %1 s.").arg(m_crew.patience()));
    m_crew.barrier();
}

void HttpLoad::setMeasuring(bool measuring)
{
    for (const auto &worker : m_workers)
        worker->measuring = measuring;
}

std::uint64_t HttpLoad::answered() const
{
    std::uint64_t sum = 0;
    for (const auto &worker : m_workers)
        sum += worker->answered.value();
    return sum;
}

Histogram HttpLoad::times() const
{
    Histogram all;
    for (const auto &worker : m_workers)
        all.merge(worker->times);
    return all;
}

} // namespace rookery::bench
