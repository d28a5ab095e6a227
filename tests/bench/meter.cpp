// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/meter.h"

#include "tests/bench/procstats.h"

#include <QJsonArray>

#include <unistd.h>

#include <algorithm>

namespace rookery::bench {

using namespace load;

namespace {

double inSeconds(Nanos nanos)
{
    return double(nanos) / double(second);
}

} // namespace

Meter::Meter(const Crew &crew, std::vector<pid_t> pids, std::vector<pid_t> storage)
    : m_crew(crew)
    , m_pids(std::move(pids))
    , m_storage(std::move(storage))
{ }

Meter::Reading Meter::read() const
{
    Reading reading;
    reading.at = now();
    for (const pid_t pid : m_pids) {
        const auto cpu = procstats::cpuTime(pid);
        if (!cpu)
            throw Failure(
                QStringLiteral("The process %1 is gone, or its CPU time may not be read.").arg(pid));
        reading.processes.push_back(*cpu);
        for (const auto &[kind, time] : procstats::threadTimes(pid))
            reading.threads[kind] += time;
    }
    for (const pid_t pid : m_storage)
        reading.storage += procstats::cpuTime(pid).value_or(0);
    for (int i = 0; i < m_crew.size(); ++i)
        reading.workers.push_back(m_crew.cpuTime(i));
    reading.own = procstats::cpuTime(::getpid()).value_or(0);
    return reading;
}

void Meter::start()
{
    m_start = read();
}

Usage Meter::stop() const
{
    const Reading end = read();
    Usage usage;
    usage.seconds = inSeconds(end.at - m_start.at);
    usage.hasServer = !m_pids.empty();
    for (std::size_t i = 0; i < m_pids.size(); ++i) {
        usage.processes.push_back(inSeconds(end.processes[i] - m_start.processes[i]));
        usage.server += usage.processes.back();
    }
    usage.storage = std::max(0.0, inSeconds(end.storage - m_start.storage));
    for (const auto &[kind, time] : end.threads) {
        const auto before = m_start.threads.find(kind);
        usage.threads[kind] = inSeconds(time - (before == m_start.threads.end() ? 0 : before->second));
    }
    for (std::size_t i = 0; i < end.workers.size(); ++i)
        usage.busiestThread = std::max(usage.busiestThread, inSeconds(end.workers[i] - m_start.workers[i]));
    usage.loadGenerator = inSeconds(end.own - m_start.own);
    return usage;
}

void Meter::report(QJsonObject &json, const Usage &usage, const QString &unit, double count) const
{
    const auto each = [count](double seconds) { return count > 0 ? seconds * 1e6 / count : 0; };
    const QString key = QStringLiteral("cpu_us_per_") + unit;
    if (usage.hasServer) {
        json.insert(key, each(usage.server));
        json.insert(QStringLiteral("server_cpu_percent"), usage.serverPercent());
    }
    if (!m_storage.empty())
        json.insert(QStringLiteral("storage_") + key, each(usage.storage));
    if (!usage.threads.empty()) {
        QJsonObject threads;
        for (const auto &[kind, seconds] : usage.threads)
            threads.insert(QString::fromStdString(kind), each(seconds));
        json.insert(key + QStringLiteral("_by_thread"), threads);
    }
    if (m_pids.size() > 1) {
        QJsonArray processes;
        for (std::size_t i = 0; i < m_pids.size(); ++i)
            processes.append(QJsonObject{{QStringLiteral("pid"), qint64(m_pids[i])},
                {QStringLiteral("name"), QString::fromStdString(procstats::name(m_pids[i]))},
                {key, each(usage.processes[i])}});
        json.insert(QStringLiteral("processes"), processes);
    }
    json.insert(QStringLiteral("load_cpu_percent"), 100 * usage.loadGenerator / usage.seconds);
    json.insert(QStringLiteral("load_busiest_thread_percent"), 100 * usage.busiestThread / usage.seconds);
}

} // namespace rookery::bench
