// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/httpload.h"
#include "tests/bench/program.h"
#include "tests/wire/load/httpclient.h"

#include <QCoreApplication>
#include <QProcessEnvironment>

namespace rookery::bench {

using namespace load;

namespace {

const QString target = QStringLiteral("/api/users/profile");
/// Connecting and the first answers, before each slice is measured.
constexpr double runUpSeconds = 0.2;

/// The same request and the same answer, repeatedly.
class SameRequest final : public HttpWork
{
public:
    SameRequest(std::string request, const std::string &body)
        : m_request(std::move(request))
        , m_body(body)
    { }

    bool next(std::string &request) override
    {
        if (request.empty())
            request = m_request;
        return true;
    }
    std::string check(const std::string &, std::string_view body) override
    {
        return body == m_body ? std::string()
                              : "the answer is another one: " + std::string(body.substr(0, 200));
    }

private:
    std::string m_request;
    const std::string &m_body;
};

/// One side of the comparison: the server, or its peer.
struct Side
{
    Side(const Endpoint &at, std::string sent, Meter measured)
        : endpoint(at)
        , token(std::move(sent))
        , meter(std::move(measured))
    { }

    const Endpoint &endpoint;
    std::string token;
    Meter meter;
    double requests = 0;
    double seconds = 0;
    double cpu = 0;
    Usage usage;
    Histogram times;

    double perSecond() const { return requests / seconds; }
    double cpuEach() const { return cpu * 1e6 / requests; }
};

void runSlice(Bench &bench, Side &side, const std::string &body, double seconds)
{
    Crew &crew = bench.crew();
    std::vector<std::unique_ptr<SameRequest>> works;
    std::vector<HttpWork *> pointers;
    for (int i = 0; i < crew.size(); ++i) {
        works.push_back(std::make_unique<SameRequest>(
            getRequest(side.endpoint.authority(), target.toStdString(), side.token), body));
        pointers.push_back(works.back().get());
    }
    HttpLoad load(crew, side.endpoint, pointers, bench.options().connections);
    load.start();
    crew.pass(runUpSeconds);
    const std::uint64_t before = load.answered();
    side.meter.start();
    load.setMeasuring(true);
    crew.pass(seconds);
    const Usage usage = side.meter.stop();
    side.requests += double(load.answered() - before);
    load.setMeasuring(false);
    load.stop();
    side.seconds += usage.seconds;
    side.cpu += usage.server;
    side.usage.seconds += usage.seconds;
    side.usage.server += usage.server;
    for (const auto &[kind, spent] : usage.threads)
        side.usage.threads[kind] += spent;
    side.usage.loadGenerator += usage.loadGenerator;
    side.usage.busiestThread += usage.busiestThread;
    side.usage.hasServer = usage.hasServer;
    side.times.merge(load.times());
}

} // namespace

Report runRest(const Options &options)
{
    Bench bench(options, options.connections, 1);
    HttpClient client(bench.endpoint());
    client.setToken(bench.token(0));
    const std::string body = client.getText(target);

    std::unique_ptr<Program> program;
    if (options.peerUrl.isEmpty()) {
        Program::What what;
        what.path = QCoreApplication::applicationDirPath() + QStringLiteral("/barehttpserver");
        what.arguments = {target, QString::fromStdString(body)};
        what.environment = QProcessEnvironment::systemEnvironment().toStringList();
        what.announcement = "barehttpserver ready: ";
        program = std::make_unique<Program>(std::move(what));
        program->start();
    }
    const Endpoint peerEndpoint(program ? program->url() : options.peerUrl);
    std::vector<pid_t> peerPids;
    if (program)
        peerPids.push_back(program->pid());
    else if (options.peerPid > 0)
        peerPids.push_back(options.peerPid);

    Side server(bench.endpoint(), bench.token(0), bench.meter());
    Side peer(peerEndpoint, std::string(), Meter(bench.crew(), std::move(peerPids)));
    progress(QStringLiteral("measuring for %1 times %2 s each").arg(options.slices).arg(options.seconds));
    // In turns, so that whatever else the machine does meets both.
    for (int i = 0; i < options.slices; ++i) {
        runSlice(bench, server, body, options.seconds);
        runSlice(bench, peer, body, options.seconds);
    }
    if (server.requests == 0 || peer.requests == 0)
        throw Failure(QStringLiteral("Nothing was answered."));

    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("connections"), options.connections);
    json.insert(QStringLiteral("seconds"), server.seconds);
    json.insert(QStringLiteral("requests"), server.requests);
    json.insert(QStringLiteral("requests_per_second"), server.perSecond());
    json.insert(QStringLiteral("peer_requests"), peer.requests);
    json.insert(QStringLiteral("peer_requests_per_second"), peer.perSecond());
    json.insert(QStringLiteral("ratio_requests"), server.perSecond() / peer.perSecond());
    addTimes(json, server.times);
    addTimes(json, peer.times, QStringLiteral("peer_"));
    server.meter.report(json, server.usage, QStringLiteral("request"), server.requests);
    report.line = QStringLiteral("%1 requests/s, %2; %3; a bare QHttpServer: %4 requests/s, ratio %5")
                      .arg(numberText(server.perSecond()), cpuText(json, QStringLiteral("request")),
                          timesText(server.times), numberText(peer.perSecond()),
                          numberText(server.perSecond() / peer.perSecond()));
    if (server.usage.hasServer && peer.usage.hasServer) {
        json.insert(QStringLiteral("peer_cpu_us_per_request"), peer.cpuEach());
        json.insert(QStringLiteral("peer_cpu_percent"), peer.usage.serverPercent());
        json.insert(QStringLiteral("ratio_cpu"), peer.cpuEach() / server.cpuEach());
        report.line += QStringLiteral(", %1 µs CPU per request, ratio %2")
                           .arg(numberText(peer.cpuEach()), numberText(peer.cpuEach() / server.cpuEach()));
    }
    return report;
}

} // namespace rookery::bench
