// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/qt/guardsocket.h"

#include <algorithm>
#include <cstring>

namespace rookery::net {

namespace {

/// Small answers are sent in one piece; of large ones at most this much is buffered here.
constexpr qsizetype gathered = 64 * 1024;
/// From this size a copy costs more than a second piece.
constexpr qint64 worthSharing = 16 * 1024;

} // namespace

GuardSocket::GuardSocket(Use use, QObject *parent)
    : QTcpSocket(parent)
    , m_use(use)
{
    QIODevice::open(QIODevice::ReadWrite);
    setSocketState(ConnectedState);
}

GuardSocket::~GuardSocket()
{
    // Otherwise the base class would try to close a socket that it does not have.
    setSocketState(UnconnectedState);
    if (m_owner)
        m_owner->guardGone();
}

void GuardSocket::begin(Owner *owner, const Peer &peer, const QByteArray &request, bool bodyless)
{
    setPeerAddress(peer.address);
    setPeerPort(peer.port);
    m_owner = owner;
    m_request = request;
    m_read = 0;
    m_out.clear();
    m_framer = ResponseFramer(bodyless);
    m_writing = false;
    m_complete = false;
}

void GuardSocket::rest()
{
    m_owner = nullptr;
    m_complete = true;
    m_request.clear();
    m_read = 0;
}

void GuardSocket::orphan()
{
    m_owner = nullptr;
    m_out.clear();
    if (m_complete)
        QMetaObject::invokeMethod(this, &GuardSocket::release, Qt::QueuedConnection);
}

void GuardSocket::release()
{
    m_owner = nullptr;
    m_complete = true;
    if (state() == UnconnectedState)
        return;
    setSocketState(UnconnectedState);
    Q_EMIT stateChanged(UnconnectedState);
    Q_EMIT disconnected();
    if (m_use == Use::Handshake)
        deleteLater();
}

qint64 GuardSocket::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + m_request.size() - m_read;
}

qint64 GuardSocket::readData(char *data, qint64 maxSize)
{
    const qsizetype taken = std::min<qsizetype>(maxSize, m_request.size() - m_read);
    if (taken > 0) // Qt also reads zero bytes, without a buffer
        std::memcpy(data, m_request.constData() + m_read, size_t(taken));
    m_read += taken;
    if (m_read == m_request.size()) { // Qt has its own copy by now
        m_request.clear();
        m_read = 0;
    }
    return taken;
}

qint64 GuardSocket::skipData(qint64 maxSize)
{
    const qsizetype taken = std::min<qsizetype>(maxSize, m_request.size() - m_read);
    m_read += taken;
    return taken;
}

qint64 GuardSocket::writeData(const char *data, qint64 size)
{
    if (m_muted || m_complete)
        return size;
    if (!m_writing && m_owner) {
        m_framer.setConnectionField(m_owner->connectionField());
        m_framer.setFurtherFields(m_owner->furtherFields());
    }
    m_writing = true;
    if (size >= worthSharing && takeInHand(data, size))
        return size;
    const ResponseFramer::State state = m_framer.feed({data, qsizetype(size)}, m_out);
    if (!m_owner)
        m_out.clear();
    if (state == ResponseFramer::State::Complete || state == ResponseFramer::State::Broken)
        complete(state == ResponseFramer::State::Broken);
    else if (m_out.size() >= gathered)
        give();
    return size;
}

/// Shares the body instead of copying it: a thousand clients that do not read their answers would otherwise
/// each hold a copy.
bool GuardSocket::takeInHand(const char *data, qint64 size)
{
    const QByteArray *const body = m_owner ? m_owner->bodyInHand() : nullptr;
    if (!body || body->constData() != data || body->size() != size || !m_framer.passBody(size))
        return false;
    give();
    m_owner->answerWritten(*body, !body->isDetached());
    complete(false);
    return true;
}

void GuardSocket::give()
{
    const QByteArray out = std::exchange(m_out, {});
    if (m_owner && !out.isEmpty())
        m_owner->answerWritten(out, false);
}

void GuardSocket::complete(bool broken)
{
    m_complete = true;
    if (!broken)
        give();
    if (m_owner)
        m_owner->answerComplete(m_framer.closes(), broken);
    else // no owner will do it
        QMetaObject::invokeMethod(this, &GuardSocket::release, Qt::QueuedConnection);
}

void GuardSocket::close()
{
    disconnectFromHost();
}

void GuardSocket::disconnectFromHost()
{
    if (!m_muted && !m_complete)
        complete(m_framer.finish() == ResponseFramer::State::Broken);
}

} // namespace rookery::net
