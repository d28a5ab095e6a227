// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/crowd/bystanders.h"

#include "tests/wire/load/failure.h"

#include <algorithm>

namespace rookery::faults {

using namespace bench;
using namespace load;

namespace {

constexpr int openedAtOnce = 64;
constexpr double lookEvery = 0.25; ///< seconds
constexpr double settling = 1; ///< seconds that are not measured

} // namespace

Bystanders::Bystanders(Bench &bench, const std::vector<std::string> &rooms)
    : m_crew(bench.crew())
    , m_sink(bench)
    , m_readers(m_crew, bench.endpoints())
{
    m_readers.flock(0).setSink(&m_sink);
    for (int i = 0; i < count; ++i)
        m_readers.add(bench.seat(Dialect::Native, rooms, std::size_t(i)), 0);
    m_sink.setSender(&m_readers.flock(0).session(0));
}

Bystanders::~Bystanders()
{
    stop();
    m_crew.barrier();
}

void Bystanders::open()
{
    m_readers.open(openedAtOnce);
}

void Bystanders::start()
{
    m_crew.on(0, [this] { m_sink.start(); });
    m_crew.pass(settling);
    m_sink.setMeasuring(true);
}

Histogram Bystanders::pass(double seconds, const std::function<void()> &look)
{
    takeTimes();
    const Nanos end = now() + Nanos(seconds * double(second));
    while (now() < end) {
        m_crew.pass(std::min(lookEvery, seconds));
        if (look)
            look();
    }
    return takeTimes();
}

Histogram Bystanders::takeTimes()
{
    Histogram times;
    m_crew.on(0, [&] { times = m_sink.takeTimes(); });
    return times;
}

void Bystanders::stop()
{
    m_crew.on(0, [this] { m_sink.stop(); });
}

void Bystanders::checkComplete()
{
    if (!m_crew.reaches([this] { return m_sink.deliveries(); }, std::uint64_t(m_sink.sent()) * count))
        throw Failure(QStringLiteral("The others miss something."));
}

} // namespace rookery::faults
