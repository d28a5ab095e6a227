// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

namespace rookery::bus {

/// Carries frames between the nodes of a cluster. A frame that is sent reaches every node that is connected by then,
/// the one that sends it among them, or it is lost; the frames of one node keep their order. Nothing is stored, and nobody
/// is told of a loss: the frames are numbered by who sends them.
///
/// Lives on one thread, from whose event loop everything is called and told. It never blocks that thread.
class Wire : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Past so many bytes of frames that wait to be sent the connection is cut, and they are lost: what takes them is
    /// not fast enough for the cluster, or hangs.
    static constexpr qsizetype mostQueuedBytes = 8 * 1024 * 1024;

    /// Connects, and does so again with growing pauses whenever it is not connected. To be called once.
    virtual void open() = 0;
    /// Whether frames can be sent and are received. False until opened().
    virtual bool isOpen() const = 0;
    /// The longest frame that it carries.
    virtual qsizetype mostFrameBytes() const = 0;
    /// Sends a frame of any bytes, which is lost where the wire is not open or the frame too long.
    virtual void send(const QByteArray &frame) = 0;
    /// Drops the connection and makes a new one, for who does not hear what he says any more: a connection can be half
    /// dead for hours, and an address can have become another server's.
    virtual void reconnect() = 0;

Q_SIGNALS:
    void received(const QByteArray &frame);
    /// From now on frames are sent and received. What was sent by anybody before may be lost.
    void opened();
    /// It is not open any more, or an attempt to open it has failed. `reason` is a sentence for the operator, without any
    /// password. May come out of send() and reconnect().
    void closed(const QString &reason);
};

} // namespace rookery::bus
