// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench.h"
#include "tests/bench/deliverytally.h"

namespace rookery::bench {

using namespace load;

namespace {

/// One worker's members. The first worker's sink has the sender, which keeps its number of messages in
/// flight: its own copy of one allows the next one.
class FanoutSink final : public DeliverySink
{
public:
    FanoutSink(const Bench &bench, FailureNote &failures)
        : DeliverySink(bench.run(), failures)
        , m_size(std::size_t(bench.options().size))
    { }

    /// On the sender's loop.
    void start(Session *sender, int inFlight)
    {
        m_sender = sender;
        for (int i = 0; i < inFlight; ++i)
            sendNext();
    }
    void finish() { m_finishing = true; }
    std::uint64_t sent() const { return m_sent.value(); }

private:
    void delivered(Session &session, const MessageTag &) override
    {
        if (&session == m_sender && !m_finishing)
            sendNext();
    }
    void sendNext()
    {
        const MessageTag tag{run(), m_sender->stream, std::uint32_t(m_sent.value()), now()};
        m_sent.add();
        m_sender->sendMessage(tag.text(m_size));
    }

    std::size_t m_size;
    Session *m_sender = nullptr;
    std::atomic<bool> m_finishing = false;
    Counter m_sent;
};

} // namespace

Report runFanout(const Options &options)
{
    Bench bench(options, options.members, options.members);
    Crew &crew = bench.crew();
    const auto rooms = bench.openRooms(options.dialect, 1);

    std::vector<std::unique_ptr<FanoutSink>> sinks;
    DeliveryTally tally;
    Gathering members(crew, bench.endpoints());
    for (int i = 0; i < crew.size(); ++i) {
        sinks.push_back(std::make_unique<FanoutSink>(bench, crew.failures()));
        tally.add(sinks.back().get());
        members.flock(i).setSink(sinks.back().get());
    }
    for (int i = 0; i < options.members; ++i)
        members.add(bench.seat(options.dialect, rooms, std::size_t(i)));
    progress(QStringLiteral("opening %1 sockets").arg(options.members));
    members.open(options.concurrency);

    FanoutSink &sender = *sinks.front();
    crew.loop(0).post([&] { sender.start(&members.flock(0).session(0), options.inFlight); });
    crew.pass(options.warmUp);

    progress(QStringLiteral("measuring for %1 s").arg(options.seconds));
    Meter meter = bench.meter();
    const std::uint64_t before = tally.deliveries();
    const std::uint64_t sentBefore = sender.sent();
    meter.start();
    tally.setMeasuring(true);
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double measured = double(tally.deliveries() - before);
    const double sent = double(sender.sent() - sentBefore);

    sender.finish();
    crew.barrier();
    const std::uint64_t wanted = sender.sent() * std::uint64_t(options.members);
    tally.drain(crew, wanted);

    const Histogram times = tally.times();
    Report report;
    QJsonObject &json = report.json;
    tally.conclude(report, usage, measured, wanted);
    json.insert(QStringLiteral("members"), options.members);
    json.insert(QStringLiteral("in_flight"), options.inFlight);
    json.insert(QStringLiteral("size"), options.size);
    json.insert(QStringLiteral("sent"), sent);
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("delivery"), measured);
    report.line = QStringLiteral("1 room of %1: %2 deliveries/s, %3; %4")
                      .arg(options.members)
                      .arg(numberText(measured / usage.seconds), cpuText(json, QStringLiteral("delivery")),
                          timesText(times));
    return report;
}

} // namespace rookery::bench
