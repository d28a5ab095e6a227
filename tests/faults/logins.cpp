// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/pacer.h"
#include "tests/faults/commands.h"
#include "tests/faults/crowd/bystanders.h"
#include "tests/faults/crowd/stage.h"
#include "tests/wire/load/httpresponse.h"
#include "tests/wire/load/rawclient.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int defaultPerSecond = 1000;
constexpr int defaultSeconds = 10; ///< of each attack
constexpr int turns = 4;
constexpr int others = Bystanders::count;
constexpr int workers = 2; ///< one for the others: what the attack costs the load generator is not theirs
/// Few, so that registering them stays below the limits under test.
constexpr int users = 4;
constexpr int loginsPerMinute = 10; ///< as shipped
constexpr double worstRatio = 2;
constexpr in_addr_t oneAddress = INADDR_LOOPBACK + 0x100; ///< 127.0.1.1
constexpr in_addr_t firstAddress = INADDR_LOOPBACK + 0x10000; ///< 127.1.0.1 and those behind it
constexpr int mostOpen = 5000; ///< attackers who wait for their answer

/// The origin of password attempts, and their targets.
struct Attack
{
    const char *name;
    const char *text;
    bool manyAddresses;
    bool manyNames;
    /// Whether the limits answer 429. An attack from many addresses may also get 503, while hashing is busy.
    bool limited;
};

constexpr std::array attacks{
    Attack{"address", "from one address, for ever new names", false, true, true},
    Attack{"name", "for one name, from ever new addresses", true, false, true},
    Attack{"crowd", "from ever new addresses, for ever new names", true, true, false},
};

std::string logIn(const std::string &name)
{
    const std::string body = R"({"username":")" + name + R"(","password":"not the right one"})";
    return "POST /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
        + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Log-ins at an even pace, each on a connection of its own; on one loop.
class Attackers
{
public:
    Attackers(EventLoop &loop, in_port_t port, const Attack &attack)
        : m_loop(loop)
        , m_port(port)
        , m_attack(attack)
        , m_pacer(loop, [this](Nanos) { next(); })
    { }

    void start(double perSecond) { m_pacer.start(now(), Nanos(double(second) / perSecond)); }
    void stop() { m_pacer.stop(); }
    void close() { m_clients.clear(); }

    std::uint64_t begun() const { return m_begun; }
    std::uint64_t finished() const { return m_finished; }
    /// By status; -1: an answer without a required field, 0: no answer. Call it when all have finished.
    const std::map<int, int> &answers() const { return m_answers; }
    int skipped() const { return m_skipped; }
    /// Counts those that are answered and closed.
    void sweep()
    {
        std::erase_if(m_clients, [this](const std::unique_ptr<RawClient> &client) {
            if (client->end() == RawClient::End::Open)
                return false;
            int status = client->status();
            if ((status == 429 || status == 503) && httpField(client->head(), "retry-after").empty())
                status = -1;
            ++m_answers[status];
            ++m_finished;
            return true;
        });
    }

private:
    void next()
    {
        sweep();
        if (m_clients.size() >= std::size_t(mostOpen)) {
            ++m_skipped;
            return;
        }
        const auto number = std::uint32_t(m_begun++);
        RawClient::What what;
        what.port = m_port;
        what.from = m_attack.manyAddresses ? firstAddress + number : oneAddress;
        what.first = logIn(m_attack.manyNames ? "nobody" + std::to_string(number) : "somebody");
        m_clients.push_back(std::make_unique<RawClient>(m_loop, std::move(what)));
        m_clients.back()->open();
    }

    EventLoop &m_loop;
    const in_port_t m_port;
    const Attack &m_attack;
    std::vector<std::unique_ptr<RawClient>> m_clients;
    std::map<int, int> m_answers;
    std::atomic<std::uint64_t> m_begun = 0;
    std::atomic<std::uint64_t> m_finished = 0;
    int m_skipped = 0;
    Pacer m_pacer;
};

QString answersText(const std::map<int, int> &answers)
{
    QStringList parts;
    for (const auto &[status, count] : answers)
        parts.append(QStringLiteral("%1 × %2").arg(count).arg(status));
    return parts.join(QLatin1String(", "));
}

/// Empty, or what is wrong. `tried`: how many passwords may have been looked at.
QString judge(const Attack &attack, const std::map<int, int> &answers, double seconds)
{
    const auto count = [&answers](int status) {
        const auto found = answers.find(status);
        return found == answers.end() ? 0 : found->second;
    };
    int all = 0;
    for (const auto &[status, times] : answers)
        all += times;
    const int expected =
        count(401) + (attack.limited ? count(429) : 0) + (attack.manyAddresses ? count(503) : 0);
    if (all != expected)
        return QStringLiteral("Log-ins %1 were answered otherwise: %2.")
            .arg(QLatin1String(attack.text), answersText(answers));
    // The owner of the name may be among those who try it: its limit is ten times that of one address.
    const int perMinute = attack.manyAddresses ? 10 * loginsPerMinute : loginsPerMinute;
    const int most = perMinute + int(seconds * perMinute / 60) + 2;
    if (attack.limited && count(401) > most)
        return QStringLiteral("Of the log-ins %1 %2 were looked at, and at most %3 may be.")
            .arg(QLatin1String(attack.text))
            .arg(count(401))
            .arg(most);
    if (attack.limited && count(429) == 0)
        return QStringLiteral("Of the log-ins %1 none was refused.").arg(QLatin1String(attack.text));
    return {};
}

} // namespace

Outcome runLogins(const Options &options)
{
    const int perSecond = options.clients > 0 ? options.clients : defaultPerSecond;
    const double seconds = options.seconds > 0 ? options.seconds : defaultSeconds;
    Stage stage(options, others + mostOpen, users,
        {QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE=%1").arg(loginsPerMinute)}, workers);
    Bench &bench = stage.bench();
    const auto rooms = bench.openRooms(Dialect::Native, 1);
    Crew &crew = bench.crew();
    const int worker = crew.size() - 1;
    Bystanders bystanders(bench, rooms);
    std::vector<std::unique_ptr<Attackers>> all;
    for (const Attack &attack : attacks)
        all.push_back(std::make_unique<Attackers>(crew.loop(worker), stage.daemon().port(), attack));
    const AtExit leave([&] {
        crew.on(worker, [&] {
            for (const auto &attackers : all) {
                attackers->stop();
                attackers->close();
            }
        });
        crew.barrier();
    });
    bystanders.open();

    bystanders.start();

    Outcome outcome;
    Report &report = outcome.report;
    QJsonObject &json = report.json;
    QStringList lines;
    const Nanos began = now();
    for (std::size_t i = 0; i < attacks.size(); ++i) {
        const Attack &attack = attacks[i];
        Attackers &attackers = *all[i];
        progress(QStringLiteral("%1 log-ins/s %2, for %3 s, and as long without, in turns")
                     .arg(perSecond)
                     .arg(QLatin1String(attack.text))
                     .arg(seconds));
        Histogram quiet;
        Histogram meanwhile;
        const auto finished = [&] {
            crew.on(worker, [&] { attackers.sweep(); });
            return attackers.finished();
        };
        // In turns, so that other load on the machine affects both.
        for (int turn = 0; turn < turns; ++turn) {
            quiet.merge(bystanders.pass(seconds / turns));
            crew.on(worker, [&] { attackers.start(perSecond); });
            meanwhile.merge(bystanders.pass(seconds / turns));
            crew.on(worker, [&] { attackers.stop(); });
            if (!crew.reaches(finished, attackers.begun()))
                throw Failure(QStringLiteral("Log-ins %1 are not answered: %2 of %3 are.")
                                  .arg(QLatin1String(attack.text))
                                  .arg(attackers.finished())
                                  .arg(attackers.begun()));
        }
        const double ratio = double(meanwhile.percentile(99)) / double(quiet.percentile(99));
        const QString prefix = QLatin1String(attack.name) + u'_';
        addTimes(json, meanwhile, prefix);
        addTimes(json, quiet, prefix + QLatin1String("quiet_"));
        json.insert(prefix + QLatin1String("p99_ratio"), ratio);
        json.insert(prefix + QLatin1String("logins"), qint64(attackers.finished()));
        lines.append(QStringLiteral("%1: %2, p99 %3 ms and in quiet %4 ms, ratio %5")
                         .arg(QLatin1String(attack.text), answersText(attackers.answers()))
                         .arg(double(meanwhile.percentile(99)) / double(millisecond), 0, 'f', 1)
                         .arg(double(quiet.percentile(99)) / double(millisecond), 0, 'f', 1)
                         .arg(ratio, 0, 'f', 2));
        if (!report.fault.isEmpty())
            continue;
        report.fault = judge(attack, attackers.answers(), double(now() - began) / double(second));
        if (report.fault.isEmpty() && options.clients == 0 && ratio > worstRatio)
            report.fault = QStringLiteral("The others' p99 must not more than double by log-ins %1.")
                               .arg(QLatin1String(attack.text));
        else if (report.fault.isEmpty() && attackers.skipped() > 0)
            report.fault = QStringLiteral("More than %1 log-ins waited for an answer.").arg(mostOpen);
    }
    bystanders.stop();
    bystanders.checkComplete();
    json.insert(QStringLiteral("acknowledged"), qint64(bystanders.sent()));
    json.insert(QStringLiteral("logins_per_second"), perSecond);
    json.insert(QStringLiteral("seconds"), seconds);
    report.line = QStringLiteral("%1 log-ins/s beside %2 others; %3")
                      .arg(perSecond)
                      .arg(others)
                      .arg(lines.join(QLatin1String("; ")));
    return outcome;
}

} // namespace rookery::faults
