// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/wire.h"

#include <memory>

namespace rookery::bus {

/// A wire whose frames nobody can read or forge who has not the nodes' key: whoever may connect to the database can listen
/// to NOTIFY and say something there, and so can all who share a Redis. Frames are sealed with XSalsa20 and Poly1305
/// (libsodium's secretbox) under a random nonce. They can still be repeated by others, which the frames' numbers
/// and the seqs of events make harmless.
class SealedWire final : public Wire
{
    Q_OBJECT
public:
    /// Any secret that all nodes share: the key is derived from it.
    SealedWire(std::unique_ptr<Wire> inner, const QByteArray &secret);

    void open() override { m_inner->open(); }
    bool isOpen() const override { return m_inner->isOpen(); }
    qsizetype mostFrameBytes() const override { return m_inner->mostFrameBytes() - overheadBytes; }
    void send(const QByteArray &frame) override;
    void reconnect() override { m_inner->reconnect(); }

    /// How much longer a sealed frame is.
    static const qsizetype overheadBytes;

private:
    void receive(const QByteArray &sealed);

    const std::unique_ptr<Wire> m_inner;
    const QByteArray m_key;
    bool m_hasToldOfStrangers = false; ///< in the log
};

} // namespace rookery::bus
