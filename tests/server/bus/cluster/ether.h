// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/wire.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace rookery::test {

class EtherWire;

/// What the wires of several nodes are on, within one process: a frame that one sends is received by all that are open,
/// unless it is lost. Thread-safe.
class Ether
{
public:
    /// Whether the frame is lost on its way from one wire to another one, or back to itself.
    using Loss = std::function<bool(const EtherWire *from, const EtherWire *to, const QByteArray &frame)>;

    void lose(Loss loss)
    {
        const std::scoped_lock lock(m_mutex);
        m_loss = std::move(loss);
    }

private:
    friend class EtherWire;
    std::mutex m_mutex;
    std::vector<EtherWire *> m_wires;
    Loss m_loss;
};

class EtherWire final : public bus::Wire
{
    Q_OBJECT
public:
    explicit EtherWire(std::shared_ptr<Ether> ether, qsizetype mostBytes = 64 * 1024)
        : m_ether(std::move(ether))
        , m_mostBytes(mostBytes)
    { }
    ~EtherWire() override { part(); }

    void open() override
    {
        {
            const std::scoped_lock lock(m_ether->m_mutex);
            m_ether->m_wires.push_back(this);
        }
        m_isOpen = true;
        QMetaObject::invokeMethod(this, &Wire::opened, Qt::QueuedConnection);
    }
    bool isOpen() const override { return m_isOpen; }
    qsizetype mostFrameBytes() const override { return m_mostBytes; }
    void send(const QByteArray &frame) override
    {
        const std::scoped_lock lock(m_ether->m_mutex);
        for (EtherWire *wire : m_ether->m_wires) {
            if (m_ether->m_loss && m_ether->m_loss(this, wire, frame))
                continue;
            QMetaObject::invokeMethod(
                wire, [wire, frame] { Q_EMIT wire->received(frame); }, Qt::QueuedConnection);
        }
    }
    void reconnect() override
    {
        part();
        Q_EMIT closed(QStringLiteral("to be opened again"));
        open();
    }

private:
    void part()
    {
        const std::scoped_lock lock(m_ether->m_mutex);
        std::erase(m_ether->m_wires, this);
        m_isOpen = false;
    }

    const std::shared_ptr<Ether> m_ether;
    const qsizetype m_mostBytes;
    bool m_isOpen = false;
};

} // namespace rookery::test
