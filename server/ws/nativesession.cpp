#include "server/ws/nativesession.h"

#include "common/ids.h"
#include "server/core/names.h"
#include "server/core/rooms.h"

#include <algorithm>

namespace rookery::ws {

namespace {

/// How many rooms catch up at once: each holds up to a page of history in memory while the socket is full.
constexpr int catchUpBound = 4;

Error notSubscribed()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no subscription to this room."),
        QStringLiteral("room")};
}

Error withdrawn()
{
    return {ErrorCode::InvalidRequest, QStringLiteral("The subscription ended before it was answered.")};
}

} // namespace

NativeSession::~NativeSession() = default;

void NativeSession::handle(const QByteArray &utf8)
{
    const nativeframes::Parsed parsed = nativeframes::parse(utf8);
    if (!parsed.request) {
        send(nativeframes::error(parsed.ref, parsed.room, parsed.request.error()));
        return;
    }
    const nativeframes::Request &request = *parsed.request;
    if (const auto *greeting = std::get_if<nativeframes::Hello>(&request)) {
        hello(parsed.ref, *greeting);
    } else if (m_stage != Stage::Greeted) {
        send(nativeframes::error(parsed.ref, parsed.room,
            {ErrorCode::InvalidRequest, QStringLiteral("The first frame must be 'hello'."),
                QStringLiteral("type")}));
    } else if (const auto *wanted = std::get_if<nativeframes::Subscribe>(&request)) {
        subscribe(parsed.ref, *wanted);
    } else if (const auto *unwanted = std::get_if<nativeframes::Unsubscribe>(&request)) {
        unsubscribe(parsed.ref, unwanted->room);
    } else if (const auto *message = std::get_if<nativeframes::Send>(&request)) {
        sendMessage(parsed.ref, *message);
    } else {
        send(nativeframes::pong(parsed.ref));
    }
}

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
    core().rooms->list(
        principal(), this, [this, ref, resume = request.resume](const Result<QList<Room>> &rooms) {
            greet(ref, resume, rooms);
        });
}

void NativeSession::greet(
    const QJsonValue &ref, const QList<ResumePoint> &resume, const Result<QList<Room>> &rooms)
{
    if (!rooms) {
        m_stage = Stage::New;
        send(nativeframes::error(ref, {}, rooms.error()));
        opened();
        return;
    }
    m_stage = Stage::Greeted;
    send(nativeframes::hello(ref, user(), sessionId(), context().limits.pingInterval, *rooms));
    const auto early = std::exchange(m_early, {});
    for (const auto &[room, member] : early)
        membershipChanged(room, member);
    for (const ResumePoint &point : resume)
        m_requests.append(std::make_shared<SubscriptionRequest>(
            SubscriptionRequest{ref, point.room, point.epoch, point.seq, true}));
    findNext();
    opened();
}

void NativeSession::subscribe(const QJsonValue &ref, const nativeframes::Subscribe &request)
{
    if (qsizetype(m_subscriptions.size()) + m_requests.size() >= nativeframes::subscriptionBound) {
        send(nativeframes::error(ref, request.room,
            {ErrorCode::InvalidRequest,
                QStringLiteral("A socket may subscribe to at most %1 rooms.")
                    .arg(nativeframes::subscriptionBound)}));
        return;
    }
    m_requests.append(std::make_shared<SubscriptionRequest>(
        SubscriptionRequest{ref, request.room, request.epoch, request.seq}));
    findNext();
}

void NativeSession::unsubscribe(const QJsonValue &ref, const QString &room)
{
    QString ended;
    for (const auto &request : std::as_const(m_requests)) {
        if (request->room == room && !request->withdrawn) {
            request->withdrawn = true;
            send(nativeframes::error(request->ref, room, withdrawn()));
            ended = room;
        }
    }
    m_requests.removeIf([](const auto &request) { return request->withdrawn && !request->finding; });
    if (const NativeSubscription *subscription = subscriptionOf(room)) {
        ended = subscription->room().id;
        drop(ended);
    }
    send(ended.isEmpty() ? nativeframes::error(ref, room, notSubscribed())
                         : nativeframes::unsubscribed(ref, ended));
}

void NativeSession::findNext()
{
    while (m_busy < catchUpBound && canTakeHistory() && !isEnding()) {
        auto next = std::find_if(m_requests.cbegin(), m_requests.cend(),
            [](const auto &request) { return !request->finding && !request->resumed; });
        if (next == m_requests.cend())
            next = std::find_if(m_requests.cbegin(), m_requests.cend(),
                [](const auto &request) { return !request->finding; });
        if (next == m_requests.cend())
            return;
        const auto request = *next;
        request->finding = true;
        ++m_busy;
        // Queued, because core::Rooms may answer from within the call, and a thousand bad names must not
        // become a thousand nested calls.
        core().rooms->find(principal(), request->room, this, [this, request](const Result<Room> &room) {
            QMetaObject::invokeMethod(
                this, [this, request, room] { roomFound(request, room); }, Qt::QueuedConnection);
        });
    }
}

void NativeSession::roomFound(const std::shared_ptr<SubscriptionRequest> &request, const Result<Room> &room)
{
    m_requests.removeOne(request);
    if (isEnding())
        return;
    if (request->withdrawn || !room) {
        if (!request->withdrawn)
            send(nativeframes::error(request->ref, request->room, room.error()));
        slotFreed();
        return;
    }
    m_announced.remove(room->id);
    m_removed.remove(room->id);
    // Made before an older one goes, so that nobody sees the user leave and come back.
    SubscriptionOwner *owner = this;
    auto subscription = std::make_unique<NativeSubscription>(owner, core(), principal(), *room, *request);
    drop(room->id);
    NativeSubscription *opening = subscription.get();
    m_subscriptions[room->id] = std::move(subscription);
    opening->open();
}

void NativeSession::slotFreed()
{
    --m_busy;
    findNext();
}

NativeSubscription *NativeSession::subscriptionOf(const QString &idOrName) const
{
    const auto found = m_subscriptions.find(isId(idOrName) ? idOrName.toLower() : idOrName);
    if (found != m_subscriptions.end())
        return found->second.get();
    for (const auto &[id, subscription] : m_subscriptions) {
        const QString &name = subscription->room().name;
        if (!name.isEmpty() && core::isSameName(name, idOrName))
            return subscription.get();
    }
    return nullptr;
}

bool NativeSession::awaits(const QString &roomId) const
{
    return std::any_of(m_requests.cbegin(), m_requests.cend(),
        [&roomId](const auto &request) { return request->room == roomId; });
}

void NativeSession::drop(const QString &roomId)
{
    const auto found = m_subscriptions.find(roomId);
    if (found == m_subscriptions.end())
        return;
    auto subscription = std::move(found->second);
    m_subscriptions.erase(found);
    subscription->silence();
    if (!subscription->isAnswered())
        send(nativeframes::error(subscription->ref(), roomId, withdrawn()));
    const bool settled = subscription->isSettled();
    retire(std::move(subscription));
    if (!settled)
        slotFreed();
}

void NativeSession::subscriptionSettled(NativeSubscription * /*subscription*/)
{
    slotFreed();
}

void NativeSession::subscriptionEnded(NativeSubscription *subscription, const Error &error)
{
    const QString roomId = subscription->room().id;
    const auto found = m_subscriptions.find(roomId);
    if (found == m_subscriptions.end() || found->second.get() != subscription)
        return;
    if (!subscription->isAnswered()) {
        auto ended = std::move(found->second);
        m_subscriptions.erase(found);
        ended->silence();
        send(nativeframes::error(ended->ref(), roomId, error));
        retire(std::move(ended));
        slotFreed();
        return;
    }
    drop(roomId);
    if (error.code == ErrorCode::NotFound) {
        m_removed.insert(roomId);
        send(nativeframes::roomRemoved(roomId));
    } else {
        send(nativeframes::error({}, roomId, error));
    }
}

void NativeSession::sendMessage(const QJsonValue &ref, const nativeframes::Send &request)
{
    if (steps().isIdle()) {
        if (const NativeSubscription *subscription = subscriptionOf(request.room)) {
            sendNow(ref, subscription->sharedRoom(), request);
            return;
        }
    }
    const bool taken = steps().add([this, ref, request] {
        core().rooms->find(principal(), request.room, this, [this, ref, request](const Result<Room> &room) {
            if (isEnding())
                return;
            if (room)
                sendNow(ref, std::make_shared<const Room>(*room), request);
            else
                send(nativeframes::error(ref, request.room, room.error()));
            steps().finished();
        });
    });
    if (!taken)
        send(nativeframes::error(ref, request.room, tooManyWaiting()));
}

void NativeSession::sendNow(
    const QJsonValue &ref, std::shared_ptr<const Room> room, const nativeframes::Send &request)
{
    sendToRoom(std::move(room), request.draft, QStringLiteral("text"),
        [this, ref, named = request.room](const Result<core::Sent> &sent) {
            send(sent ? nativeframes::ack(ref, *sent) : nativeframes::error(ref, named, sent.error()));
        });
}

void NativeSession::resume()
{
    // By id, because a subscription that goes on may end.
    QStringList rooms;
    rooms.reserve(qsizetype(m_subscriptions.size()));
    for (const auto &[id, subscription] : m_subscriptions)
        rooms.append(id);
    for (const QString &id : std::as_const(rooms)) {
        const auto found = m_subscriptions.find(id);
        if (found != m_subscriptions.end() && canTakeHistory())
            found->second->resume();
    }
    findNext();
}

void NativeSession::farewell(std::chrono::milliseconds retryAfter)
{
    send(nativeframes::goingAway(retryAfter));
}

void NativeSession::publishDirect(const core::Broadcast &broadcast)
{
    const QString &roomId = broadcast.room().id;
    if (m_subscriptions.contains(roomId) || m_announced.contains(roomId) || awaits(roomId))
        return;
    Room room = broadcast.room();
    room.member = true;
    room.lastSeq = std::max(room.lastSeq, broadcast.event().seq);
    membershipChanged(room, true);
}

void NativeSession::membershipChanged(const Room &room, bool member)
{
    if (m_stage == Stage::Greeting)
        m_early.insert(room.id, {room, member});
    if (m_stage != Stage::Greeted)
        return; // `hello` will tell
    if (member) {
        if (m_announced.contains(room.id))
            return;
        m_announced.insert(room.id);
        send(nativeframes::roomAdded(room));
        return;
    }
    m_announced.remove(room.id);
    drop(room.id);
    if (!m_removed.remove(room.id))
        send(nativeframes::roomRemoved(room.id));
}

} // namespace rookery::ws
