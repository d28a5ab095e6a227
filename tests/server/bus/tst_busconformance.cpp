// SPDX-License-Identifier: GPL-3.0-or-later
// The contract of a bus, by every bus that there is: a row in main() for each.
#include "server/bus/cluster/clusterbus.h"
#include "server/bus/cluster/node.h"
#include "server/bus/codec.h"
#include "server/bus/memory/memorybus.h"
#include "tests/server/bus/busconformance.h"
#include "tests/server/bus/cluster/ether.h"
#include "tests/server/bus/forwardingbus.h"

#include <QCoreApplication>
#include <QTest>

#include <array>
#include <atomic>

namespace {

using namespace rookery;

class OneProcess : public bustest::World
{
public:
    bus::Bus *bus(int /*node*/) override { return &m_bus; }
    void pass(std::chrono::milliseconds time) override { m_now += time; }

private:
    std::chrono::milliseconds m_now{1'000'000};
    bus::MemoryBus m_bus{std::make_shared<threads::Postboxes>(), 20'000, [this] { return m_now; }};
};

/// Every notice is written down and read on its way, as between processes.
class WritingBus : public test::ForwardingBus
{
public:
    using ForwardingBus::ForwardingBus;
    void publish(std::vector<bus::Notice> notices, const QObject *sayer) override
    {
        std::vector<bus::Notice> read;
        for (const bus::Notice &notice : notices) {
            const auto written = bus::encode(notice);
            if (!written)
                qFatal("a notice cannot be written");
            const auto one = bus::decode(*written);
            if (!one || !*one)
                qFatal("a notice cannot be read: %s", written->constData());
            read.push_back(**one);
        }
        ForwardingBus::publish(std::move(read), sayer);
    }
};

class WritingProcess : public OneProcess
{
public:
    bus::Bus *bus(int node) override { return node == 0 ? &m_first : &m_second; }

private:
    WritingBus m_first{OneProcess::bus(0)};
    WritingBus m_second{OneProcess::bus(1)};
};

/// Two processes, as far as the bus can tell: they have nothing in common but what carries frames.
class TwoNodes : public bustest::World
{
public:
    TwoNodes()
    {
        for (auto &bus : m_buses) {
            bus = std::make_unique<bus::ClusterBus>(
                std::make_shared<threads::Postboxes>(), [this] { return std::chrono::milliseconds(m_now); });
            const auto wires = [ether = m_ether] {
                std::vector<std::unique_ptr<bus::Wire>> made;
                made.push_back(std::make_unique<test::EtherWire>(ether));
                return made;
            };
            bus->start(nullptr, wires, {.ticksByItself = false});
        }
        meet();
    }

    bus::Bus *bus(int node) override { return m_buses[size_t(node)].get(); }
    void pass(std::chrono::milliseconds time) override
    {
        for (std::chrono::milliseconds passed{0}; passed < time; passed += bus::Node::beatInterval) {
            m_now += bus::Node::beatInterval.count();
            meet();
        }
    }

private:
    /// Each has said something that the other has heard.
    void meet()
    {
        for (int round = 0; round < 2; ++round) {
            for (const auto &bus : m_buses)
                bus->tick();
        }
    }

    std::atomic<qint64> m_now = 1'000'000;
    std::shared_ptr<test::Ether> m_ether = std::make_shared<test::Ether>();
    std::array<std::unique_ptr<bus::ClusterBus>, 2> m_buses;
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    bustest::BusConformance memory([] { return std::make_unique<OneProcess>(); });
    bustest::BusConformance written([] { return std::make_unique<WritingProcess>(); });
    bustest::BusConformance nodes([] { return std::make_unique<TwoNodes>(); });
    return QTest::qExec(&memory, argc, argv) + QTest::qExec(&written, argc, argv)
        + QTest::qExec(&nodes, argc, argv);
}
