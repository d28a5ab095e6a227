// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/selfstream.h"

#include "server/dialects/native/nativeframes.h"

#include <algorithm>

namespace rookery::ws {

SelfStream::SelfStream(SelfStreamOwner *owner, qint64 seq, qint64 newest)
    : m_owner(owner)
    , m_seq(seq)
    , m_newest(newest)
{ }

void SelfStream::start()
{
    resume();
}

void SelfStream::hear(const SelfEvent &event)
{
    m_newest = std::max(m_newest, event.seq);
    if (m_state != State::Live || event.seq <= m_seq)
        return;
    if (event.seq > m_seq + 1 || !m_owner->canDeliver()) {
        catchUp();
        return;
    }
    m_seq = event.seq;
    m_owner->deliver(nativeframes::selfEvent(event));
}

void SelfStream::catchUp()
{
    if (m_newest <= m_seq) {
        m_state = State::Live;
        return;
    }
    m_state = m_owner->canDeliver() ? State::Reading : State::Waiting;
    if (m_state == State::Reading)
        m_owner->readSelfStream(m_seq);
}

void SelfStream::pageRead(const Result<SelfPage> &page)
{
    if (!page) {
        m_state = State::Waiting;
        m_owner->retrySelfStream();
        return;
    }
    for (const SelfEvent &event : page->events) {
        if (event.seq > m_seq)
            m_owner->deliver(nativeframes::selfEvent(event));
    }
    m_seq = std::max(m_seq, page->upTo);
    m_newest = std::max(m_newest, page->lastSeq);
    catchUp();
}

void SelfStream::resume()
{
    if (m_state == State::Waiting)
        catchUp();
}

} // namespace rookery::ws
