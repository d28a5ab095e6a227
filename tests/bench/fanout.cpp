#include "tests/bench/bench.h"
#include "tests/bench/deliverysink.h"

namespace rookery::bench {

namespace {

constexpr Nanos drainPatience = 20 * second;

/// One worker's members; the first worker's has the sender, which keeps its number of messages on their way:
/// its own copy of one lets the next one go.
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
    Gathering members(crew, bench.endpoint());
    for (int i = 0; i < crew.size(); ++i) {
        sinks.push_back(std::make_unique<FanoutSink>(bench, crew.failures()));
        members.flock(i).setSink(sinks.back().get());
    }
    for (int i = 0; i < options.members; ++i)
        members.add(bench.seat(options.dialect, rooms, std::size_t(i)));
    progress(QStringLiteral("opening %1 sockets").arg(options.members));
    members.open(options.concurrency);

    const auto sum = [&sinks](auto read) {
        std::uint64_t total = 0;
        for (const auto &sink : sinks)
            total += read(*sink);
        return total;
    };
    const auto deliveries = [&] { return sum([](const FanoutSink &sink) { return sink.deliveries(); }); };
    FanoutSink &sender = *sinks.front();
    crew.loop(0).post([&] { sender.start(&members.flock(0).session(0), options.inFlight); });
    crew.pass(options.warmUp);

    progress(QStringLiteral("measuring for %1 s").arg(options.seconds));
    Meter meter = bench.meter();
    const std::uint64_t before = deliveries();
    const std::uint64_t sentBefore = sender.sent();
    meter.start();
    for (const auto &sink : sinks)
        sink->setMeasuring(true);
    crew.pass(options.seconds);
    const Usage usage = meter.stop();
    const double measured = double(deliveries() - before);
    const double sent = double(sender.sent() - sentBefore);
    for (const auto &sink : sinks)
        sink->setMeasuring(false);
    if (measured == 0)
        throw Failure(QStringLiteral("Nothing was delivered: the server does not echo what is sent."));

    sender.finish();
    crew.barrier();
    const std::uint64_t wanted = sender.sent() * std::uint64_t(options.members);
    const Nanos deadline = now() + drainPatience;
    crew.waitUntil([&] { return deliveries() >= wanted || now() > deadline; }, 2 * drainPatience,
        [] { return QString(); });
    crew.barrier();

    Histogram times;
    for (const auto &sink : sinks)
        times.merge(sink->times());
    const std::uint64_t duplicates = sum([](const FanoutSink &sink) { return sink.duplicates(); });
    const std::uint64_t lost = wanted - std::min(wanted, deliveries());

    Report report;
    QJsonObject &json = report.json;
    json.insert(QStringLiteral("members"), options.members);
    json.insert(QStringLiteral("in_flight"), options.inFlight);
    json.insert(QStringLiteral("size"), options.size);
    json.insert(QStringLiteral("seconds"), usage.seconds);
    json.insert(QStringLiteral("sent"), sent);
    json.insert(QStringLiteral("deliveries"), measured);
    json.insert(QStringLiteral("deliveries_per_second"), measured / usage.seconds);
    json.insert(QStringLiteral("checked"), double(deliveries()));
    json.insert(QStringLiteral("lost"), double(lost));
    json.insert(QStringLiteral("duplicates"), double(duplicates));
    addTimes(json, times);
    meter.report(json, usage, QStringLiteral("delivery"), measured);
    report.line = QStringLiteral("1 room x %1: %2 deliveries/s, %3; %4")
                      .arg(options.members)
                      .arg(numberText(measured / usage.seconds), cpuText(json, QStringLiteral("delivery")),
                          timesText(times));
    if (lost > 0 || duplicates > 0)
        report.fault = QStringLiteral("%1 deliveries are missing, %2 came twice").arg(lost).arg(duplicates);
    return report;
}

} // namespace rookery::bench
