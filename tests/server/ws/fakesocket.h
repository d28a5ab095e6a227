// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace rookery::test {

/// A socket whose peer is the test: it reads when the test says so.
class FakeSocket : public net::WebSocket
{
public:
    explicit FakeSocket(qint64 outboundBytes)
        : m_outboundBytes(outboundBytes)
    { }

    void sendText(const QByteArray &utf8) override
    {
        if (closeCode)
            return;
        m_queue.append(utf8);
        m_queued += utf8.size();
        mostQueued = qMax(mostQueued, m_queued);
        m_full = m_full || m_queued > m_outboundBytes / 4;
    }
    void sendFrame(const QByteArray &frame) override
    {
        const QByteArray lengths("\x7e\x7f");
        const qsizetype extra = frame[1] == lengths[0] ? 2 : frame[1] == lengths[1] ? 8 : 0;
        sendText(frame.sliced(2 + extra));
    }
    void close(CloseCode code, const QString &reason = {}) override
    {
        if (closeCode)
            return;
        closeCode = quint16(code);
        closeReason = reason;
    }
    void ping(const QByteArray &payload) override { pings.append(payload); }
    qint64 queuedBytes() const override { return m_queued; }
    void setReading(bool on) override { isRead = on; }
    void pauseReading(std::chrono::milliseconds time) override { pausedFor += time; }
    QHostAddress clientAddress() const override { return QHostAddress(QHostAddress::LocalHost); }

    /// Takes the oldest frame; an empty object if there is none.
    QJsonObject read()
    {
        if (m_queue.isEmpty())
            return {};
        const QByteArray frame = m_queue.takeFirst();
        m_queued -= frame.size();
        if (m_full && m_queued < m_outboundBytes / 4) {
            resumed();
        }
        return QJsonDocument::fromJson(frame).object();
    }
    /// As if the queue were full, until resume().
    void stall()
    {
        m_queued += m_outboundBytes;
        m_full = true;
    }
    void resume()
    {
        m_queued -= m_outboundBytes;
        resumed();
    }
    bool hasFrames() const { return !m_queue.isEmpty(); }
    /// The peer sends a frame.
    void receive(const QJsonObject &frame)
    {
        if (listener())
            listener()->textReceived(QJsonDocument(frame).toJson(QJsonDocument::Compact));
    }

    /// The peer answers a ping.
    void receivePong(const QByteArray &payload)
    {
        if (listener())
            listener()->pongReceived(payload);
    }

    QList<QByteArray> pings;
    quint16 closeCode = 0;
    QString closeReason;
    qint64 mostQueued = 0;
    bool isRead = true;
    std::chrono::milliseconds pausedFor{0};

private:
    void resumed()
    {
        m_full = false;
        if (listener())
            listener()->drained();
    }

    qint64 m_outboundBytes;
    QList<QByteArray> m_queue;
    qint64 m_queued = 0;
    bool m_full = false;
};

} // namespace rookery::test
