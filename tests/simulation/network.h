// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/wire.h"

#include <map>
#include <set>
#include <vector>

namespace simulation {

using namespace rookery;

class Process;
class SimWire;
class World;

/// What happens to frames that no cut keeps back.
struct Weather
{
    int lossPermille = 0;
    int doublesPermille = 0;
    int lateMostPermille = 0; ///< frames that take up to `mostLate`
    qint64 mostDelay = 5; ///< of the others, in milliseconds
    bool reorders = false; ///< whether a frame may overtake another one
};
inline constexpr qint64 mostLate = 1'500;

/// Carries frames between the wires of the same number of all nodes.
class Network
{
public:
    Network(World *world, int nodes, int wires);

    Weather weather;
    /// Frames from one node to another, perhaps itself, are lost.
    void cut(int wire, int from, int to, bool isCut) { m_cut[key(wire, from, to)] = isCut; }
    /// The node cannot connect, and what is connected is closed.
    void setDown(int wire, int node, bool isDown);
    bool isDown(int wire, int node) const { return m_down[size_t(wire * m_nodes + node)]; }
    /// The node hears nothing on this wire until it connects anew.
    void deafen(int wire, int node);
    /// All of that ends, and the weather is fine.
    void heal();

    void send(const SimWire &from, const QByteArray &frame);

private:
    friend class SimWire;
    size_t key(int wire, int from, int to) const { return size_t((wire * m_nodes + from) * m_nodes + to); }
    SimWire *&at(int wire, int node) { return m_wires[size_t(wire * m_nodes + node)]; }
    void carry(int wire, int from, int to, const QByteArray &frame);
    /// Of Plant::SwallowedFrames and Plant::ForgottenQuestions. Empty: it is lost.
    QByteArray tamper(int to, const QByteArray &frame);

    World *const m_world;
    const int m_nodes;
    std::vector<bool> m_cut;
    std::vector<bool> m_down;
    std::vector<qint64> m_arrived; ///< when the last frame does
    std::vector<SimWire *> m_wires;
    struct Swallowed
    {
        quint64 seen = 0;
        std::set<quint64> numbers = {};
    };
    std::map<std::pair<quint64, int>, Swallowed> m_swallowed; ///< by the node that sends, and who is to hear
};

class SimWire final : public bus::Wire
{
    Q_OBJECT
public:
    SimWire(World *world, Process *process, int number);
    ~SimWire() override;

    void open() override;
    bool isOpen() const override { return m_connection > 0; }
    qsizetype mostFrameBytes() const override { return m_number == 0 ? 64 * 1024 : 5'900; }
    void send(const QByteArray &frame) override;
    void reconnect() override;

    int number() const { return m_number; }
    int node() const;
    /// 0: not open.
    quint64 connection() const { return m_connection; }
    void take(const QByteArray &frame);
    void drop(const QString &reason);

    bool isDeaf = false;

private:
    void connectSoon(qint64 pause);

    World *const m_world;
    Process *const m_process;
    const int m_number;
    quint64 m_connection = 0;
    quint64 m_attempt = 0; ///< which pause before connecting counts
};

} // namespace simulation
