// SPDX-License-Identifier: GPL-3.0-or-later
// The part of NativeSession that answers `hello`.

#include "common/ids.h"
#include "common/pagebounds.h"
#include "server/core/costs.h"
#include "server/core/rooms.h"
#include "server/dialects/native/nativesession.h"

#include <utility>

namespace rookery::ws {

namespace {

/// How long a room that is resumed is as `hello` has read it.
constexpr std::chrono::milliseconds greetedFor{2000};

} // namespace

void NativeSession::hello(const QJsonValue &ref, const nativeframes::Hello &request)
{
    if (m_stage != Stage::New) {
        send(nativeframes::error(ref, {},
            {ErrorCode::InvalidRequest, QStringLiteral("'hello' comes once, as the first frame."),
                QStringLiteral("type")}));
        return;
    }
    m_stage = Stage::Greeting;
    hold();
    spend(core::costs::hello);
    if (!request.resume.isEmpty())
        m_greetedRooms = std::make_unique<GreetedRooms>(GreetedRooms{core().rooms->removals()});
    core().rooms->list(principal(), {{}, {}, request.pages ? pages::frameRooms : pages::unpagedRooms},
        callContext(), answered([this, ref, request](const Result<store::RoomsPage> &rooms) {
            greet(ref, request, rooms);
        }));
}

void NativeSession::greet(
    const QJsonValue &ref, const nativeframes::Hello &request, const Result<store::RoomsPage> &rooms)
{
    if (!rooms) {
        greetingFailed(ref, rooms.error());
        return;
    }
    noteGreeted(request, *rooms);
    if (request.pages)
        greeted(ref, request, nativeframes::encode(*rooms, frameBytes()));
    else
        greetUnpaged(ref, request, *rooms);
}

void NativeSession::noteGreeted(const nativeframes::Hello &request, const store::RoomsPage &rooms)
{
    if (!m_greetedRooms)
        return;
    m_greetedRooms->fresh.setRemainingTime(greetedFor);
    QSet<QString> resumed;
    for (const ResumePoint &point : request.resume)
        resumed.insert(point.room);
    for (const Room &room : rooms.rooms) {
        if (resumed.contains(room.id))
            m_greetedRooms->rooms.insert(room.id, room);
    }
}

const Room *NativeSession::greetedRoom(const SubscriptionRequest &request) const
{
    if (!request.resumed || !m_greetedRooms || m_greetedRooms->fresh.hasExpired())
        return nullptr;
    const auto room = m_greetedRooms->rooms.constFind(request.room);
    const bool holds =
        room != m_greetedRooms->rooms.cend() && core().rooms->holdsStill(*room, m_greetedRooms->removals);
    return holds ? &*room : nullptr;
}

void NativeSession::greetUnpaged(
    const QJsonValue &ref, const nativeframes::Hello &request, const store::RoomsPage &rooms)
{
    const qsizetype bytes = context().limits.outboundBytes;
    const nativeframes::RoomItems all = nativeframes::encode(rooms, bytes);
    if (all.next.isEmpty()) {
        greeted(ref, request, all);
        return;
    }
    // Include the rooms that the client resumes.
    store::RoomsQuery query{{}, {}, pages::frameRooms};
    for (const ResumePoint &point : request.resume) {
        if (isId(point.room))
            query.also.append(point.room);
    }
    core().rooms->list(principal(), query, callContext(),
        answered([this, ref, request, bytes](const Result<store::RoomsPage> &first) {
            if (first)
                greeted(ref, request, nativeframes::encode(*first, bytes));
            else
                greetingFailed(ref, first.error());
        }));
}

void NativeSession::greetingFailed(const QJsonValue &ref, const Error &error)
{
    m_stage = Stage::New;
    m_greetedRooms.reset();
    send(nativeframes::error(ref, {}, error));
    opened();
}

void NativeSession::greeted(
    const QJsonValue &ref, const nativeframes::Hello &request, const nativeframes::RoomItems &rooms)
{
    m_stage = Stage::Greeted;
    send(nativeframes::hello(ref, principal(), context().limits, rooms, openSelf(request, rooms)));
    if (m_self)
        m_self->start();
    const auto early = std::exchange(m_early, {});
    for (const auto &[room, member] : early)
        membershipChanged(room, member);
    for (const ResumePoint &point : request.resume)
        m_requests.append(std::make_shared<SubscriptionRequest>(
            SubscriptionRequest{++m_requestCount, ref, point.room, point.epoch, point.seq, true}));
    findNext();
    opened();
}

} // namespace rookery::ws
