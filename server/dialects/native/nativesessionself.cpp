// SPDX-License-Identifier: GPL-3.0-or-later
// The part of NativeSession that concerns nobody but its user: the self stream and read markers.

#include "server/core/costs.h"
#include "server/core/rooms.h"
#include "server/dialects/native/nativesession.h"

#include <QTimer>

#include <algorithm>

namespace rookery::ws {

std::optional<nativeframes::SelfState> NativeSession::openSelf(
    const nativeframes::Hello &request, const nativeframes::RoomItems &rooms)
{
    if (!request.self)
        return std::nullopt;
    const auto &point = *request.self;
    nativeframes::SelfState state{rooms.epoch, rooms.selfSeq};
    state.isReset = (point.epoch && *point.epoch != state.epoch) || (point.seq && *point.seq > state.seq);
    SelfStreamOwner *owner = this;
    m_self = std::make_unique<SelfStream>(owner,
        state.isReset ? 0 : std::max<qint64>(0, point.seq.value_or(state.seq)),
        std::max(state.seq, m_earlySelf));
    return state;
}

void NativeSession::readSelfStream(qint64 after)
{
    spend(core::costs::list);
    core().rooms->selfEvents(
        principal(), after, callContext(), answered([this](const Result<SelfPage> &page) {
            if (!isEnding())
                m_self->pageRead(page);
        }));
}

void NativeSession::retrySelfStream()
{
    static constexpr std::chrono::milliseconds pause{1000};
    QTimer::singleShot(pause, callContext(), answered([this] { m_self->resume(); }));
}

void NativeSession::selfEvent(const SelfEvent &event)
{
    if (m_stage == Stage::Greeting)
        m_earlySelf = event.seq;
    if (m_self && !isEnding())
        m_self->hear(event);
}

void NativeSession::markRead(
    const QString &room, qint64 seq, std::function<void(const Result<store::MarkedRead> &)> done)
{
    spend(core::costs::mark);
    const auto mark = [this, seq](const Room &found, const auto &answer) {
        core().rooms->markRead(principal(), found, seq, callContext(), answered(answer));
    };
    if (const NativeSubscription *subscription = subscriptionOf(room)) {
        mark(subscription->room(), done);
        return;
    }
    spend(core::costs::lookUp);
    core().rooms->find(
        principal(), room, callContext(), answered([mark, done = std::move(done)](const Result<Room> &found) {
            if (found)
                mark(*found, done);
            else
                done(found.error());
        }));
}

void NativeSession::writeMarksLater()
{
    static constexpr std::chrono::milliseconds pause{200};
    QTimer::singleShot(pause, callContext(), answered([this] {
        if (!m_marks)
            return;
        m_marks->write();
        if (m_marks->isIdle())
            m_marks.reset();
    }));
}

} // namespace rookery::ws
