// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/sealedwire.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

#include <sodium.h>

#include <algorithm>
#include <utility>

namespace rookery::bus {

namespace {

/// The last byte is the version.
constexpr QByteArrayView sealedMark("RKS1");

QByteArray sealingKey(const QByteArray &secret)
{
    static_assert(crypto_secretbox_KEYBYTES == 32, "as SHA-256 has");
    return QMessageAuthenticationCode::hash(
        "rookery frames between nodes", secret, QCryptographicHash::Sha256);
}

const unsigned char *unsignedBytes(const QByteArray &bytes, qsizetype from = 0)
{
    return reinterpret_cast<const unsigned char *>(bytes.constData()) + from;
}

} // namespace

const qsizetype SealedWire::overheadBytes =
    sealedMark.size() + qsizetype(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES);

SealedWire::SealedWire(std::unique_ptr<Wire> inner, const QByteArray &secret)
    : m_inner(std::move(inner))
    , m_key(sealingKey(secret))
{
    if (sodium_init() < 0)
        qFatal("libsodium cannot be used");
    connect(m_inner.get(), &Wire::received, this, &SealedWire::receive);
    connect(m_inner.get(), &Wire::opened, this, &Wire::opened);
    connect(m_inner.get(), &Wire::closed, this, &Wire::closed);
}

void SealedWire::send(const QByteArray &frame)
{
    QByteArray sealed(overheadBytes + frame.size(), Qt::Uninitialized);
    std::copy(sealedMark.begin(), sealedMark.end(), sealed.begin());
    auto *const nonce = reinterpret_cast<unsigned char *>(sealed.data()) + sealedMark.size();
    randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, unsignedBytes(frame),
        static_cast<unsigned long long>(frame.size()), nonce, unsignedBytes(m_key));
    m_inner->send(sealed);
}

void SealedWire::receive(const QByteArray &sealed)
{
    const qsizetype size = sealed.size() - overheadBytes;
    QByteArray frame(std::max<qsizetype>(size, 0), Qt::Uninitialized);
    const qsizetype box = sealedMark.size() + qsizetype(crypto_secretbox_NONCEBYTES);
    if (size < 0 || !sealed.startsWith(sealedMark)
        || crypto_secretbox_open_easy(reinterpret_cast<unsigned char *>(frame.data()),
               unsignedBytes(sealed, box), static_cast<unsigned long long>(sealed.size() - box),
               unsignedBytes(sealed, sealedMark.size()), unsignedBytes(m_key))
            != 0) {
        if (!std::exchange(m_hasToldOfStrangers, true))
            qWarning(
                "something that no node of this database has sealed was said on the bus, and is not heeded: "
                "somebody else may write there, or a node of another version");
        return;
    }
    Q_EMIT received(frame);
}

} // namespace rookery::bus
