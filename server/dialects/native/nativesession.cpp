// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/nativesession.h"

#include "common/ids.h"
#include "common/pagebounds.h"
#include "server/core/costs.h"
#include "server/core/names.h"

#include <QMetaObject>
#include <QScopedValueRollback>
#include <QTimer>

#include <algorithm>

namespace rookery::ws {

namespace {

/// How many rooms catch up at once. Each keeps up to a page of history in memory while the socket is full.
constexpr int catchUpBound = 4;
/// The same of rooms that `hello` has read: what they miss is read together, as much as one page for each of `catchUpBound`
/// rooms (core::Messages::missed()).
constexpr int greetedBound = 100;

Error notSubscribed()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no subscription to this room."),
        QStringLiteral("room")};
}

struct NamedMembers
{
    QString roomId;
    core::MembersPage page;
};

/// The most pending requests for pages.
constexpr qsizetype pagesBound = 16;

Error tooManyPages()
{
    static constexpr std::chrono::milliseconds retryAfter{1000};
    return {ErrorCode::Overloaded, QStringLiteral("Too many pages are asked for at once."), {}, retryAfter};
}

Error withdrawn()
{
    return {ErrorCode::InvalidRequest, QStringLiteral("The subscription ended before it was answered.")};
}

Error replaced()
{
    return {ErrorCode::InvalidRequest,
        QStringLiteral("A later 'subscribe' of this socket to the same room has taken its place.")};
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
    } else if (std::holds_alternative<nativeframes::Ping>(request)) {
        send(nativeframes::pong(parsed.ref));
    } else if (std::holds_alternative<nativeframes::Rooms>(request)
        || std::holds_alternative<nativeframes::Members>(request)) {
        askForPage(parsed.ref, parsed.room, request);
    } else if (const auto *read = std::get_if<nativeframes::Read>(&request)) {
        if (!m_marks) {
            ReadMarksOwner *owner = this;
            m_marks = std::make_unique<ReadMarks>(owner);
        }
        if (const auto refusal = m_marks->add(parsed.ref, read->room, read->seq))
            send(nativeframes::error(parsed.ref, parsed.room, *refusal));
    } else {
        handleChange(parsed.ref, request);
    }
}

void NativeSession::askForPage(const QJsonValue &ref, const QString &room, nativeframes::Request request)
{
    if (!m_pages)
        m_pages = std::make_unique<PageRequests>();
    if (m_pages->waiting.size() >= pagesBound) {
        send(nativeframes::error(ref, room, tooManyPages()));
        return;
    }
    m_pages->waiting.append({ref, room, std::move(request)});
    readPages();
}

void NativeSession::readPages()
{
    if (!m_pages || m_pages->isReading || !canTakeHistory() || isEnding())
        return;
    if (m_pages->waiting.isEmpty()) {
        m_pages.reset();
        return;
    }
    const PageRequest asked = m_pages->waiting.takeFirst();
    m_pages->isReading = true;
    m_pages->left.clear();
    if (const auto *wanted = std::get_if<nativeframes::Rooms>(&asked.request)) {
        core().rooms->list(principal(), {{}, wanted->after, pages::frameRooms}, callContext(),
            answered([this, ref = asked.ref](Result<store::RoomsPage> page) {
                if (!page) {
                    pageRead(nativeframes::error(ref, {}, page.error()));
                    return;
                }
                // `room_removed` has been sent already.
                page->rooms.removeIf(
                    [this](const Room &room) { return m_pages && m_pages->left.contains(room.id); });
                pageRead(nativeframes::rooms(ref, nativeframes::encode(*page, frameBytes())));
            }));
        return;
    }
    const auto &wanted = std::get<nativeframes::Members>(asked.request);
    core().rooms->read<NamedMembers>(
        principal(), wanted.room, callContext(),
        [this, after = wanted.after](const Room &room, Done<NamedMembers> done) {
            core().rooms->members(room, after, pages::frameMembers, callContext(),
                [roomId = room.id, done = std::move(done)](const Result<core::MembersPage> &page) {
                    if (page)
                        done(NamedMembers{roomId, *page});
                    else
                        done(page.error());
                });
        },
        answered([this, asked](const Result<NamedMembers> &members) {
            pageRead(members ? nativeframes::members(asked.ref, members->roomId, members->page)
                             : nativeframes::error(asked.ref, asked.room, members.error()));
        }));
}

void NativeSession::pageRead(const QByteArray &frame)
{
    send(frame);
    if (!m_pages)
        return;
    // Always asynchronous, because core::Rooms may answer from inside the call.
    QTimer::singleShot(spend(core::costs::list), callContext(), answered([this] {
        if (m_pages)
            m_pages->isReading = false;
        readPages();
    }));
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
        SubscriptionRequest{++m_requestCount, ref, request.room, request.epoch, request.seq}));
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
    // A subscription may be settled at once, and a thousand of them must not nest.
    if (m_finding)
        return;
    const QScopedValueRollback guard(m_finding, true);
    while (!m_waiting && canTakeHistory() && !isEnding()) {
        auto next = std::find_if(m_requests.cbegin(), m_requests.cend(),
            [](const auto &request) { return !request->finding && !request->resumed; });
        if (next == m_requests.cend())
            next = std::find_if(m_requests.cbegin(), m_requests.cend(),
                [](const auto &request) { return !request->finding; });
        if (next == m_requests.cend()) {
            m_greetedRooms.reset();
            return;
        }
        const Room *const greeted = greetedRoom(**next);
        if (greeted ? m_busyGreeted >= greetedBound : m_busy >= catchUpBound)
            return;
        if (const auto wait = spend(greeted ? core::costs::resumed : core::costs::subscription);
            wait.count() > 0) {
            // This subscription is started on credit; the next one waits for the budget.
            m_waiting = true;
            QTimer::singleShot(wait, callContext(), answered([this] {
                m_waiting = false;
                findNext();
            }));
        }
        const auto request = *next;
        request->finding = true;
        request->greeted = greeted != nullptr;
        ++(greeted ? m_busyGreeted : m_busy);
        if (greeted) {
            roomFound(request, Room(*greeted));
            continue;
        }
        core().rooms->find(
            principal(), request->room, callContext(), answered([this, request](const Result<Room> &room) {
                // Handle a room at once: if the user were removed before the next turn, the new subscription
                // would not be evicted. Queue errors: core::Rooms may answer from inside the call, and a
                // thousand bad names must not nest a thousand calls.
                if (room)
                    roomFound(request, room);
                else
                    QMetaObject::invokeMethod(callContext(),
                        answered([this, request, room] { roomFound(request, room); }), Qt::QueuedConnection);
            }));
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
        slotFreed(request->greeted);
        return;
    }
    const NativeSubscription *other = subscriptionTo(room->id);
    if (other && other->requestNumber() > request->number) {
        send(nativeframes::error(request->ref, request->room, replaced()));
        slotFreed(request->greeted);
        return;
    }
    m_announced.removeOne(room->id);
    m_removed.removeOne(room->id);
    // Create it before the older one is destroyed: others must not see the user leave and come back.
    SubscriptionOwner *owner = this;
    auto subscription = std::make_unique<NativeSubscription>(owner, core(), user(), *room, request);
    drop(room->id, replaced());
    NativeSubscription *opening = subscription.get();
    m_subscriptions.insert(placeOf(room->id), std::move(subscription));
    noteName(*room);
    opening->open(context().membersLists);
}

void NativeSession::slotFreed(bool greeted)
{
    --(greeted ? m_busyGreeted : m_busy);
    findNext();
}

NativeSession::Subscriptions::const_iterator NativeSession::placeOf(const QString &roomId) const
{
    return std::lower_bound(m_subscriptions.begin(), m_subscriptions.end(), roomId,
        [](const auto &subscription, const QString &id) { return subscription->room().id < id; });
}

NativeSubscription *NativeSession::subscriptionTo(const QString &roomId) const
{
    const auto place = placeOf(roomId);
    return place != m_subscriptions.end() && (*place)->room().id == roomId ? place->get() : nullptr;
}

std::unique_ptr<NativeSubscription> NativeSession::takeSubscription(const QString &roomId)
{
    const auto place = m_subscriptions.begin() + (placeOf(roomId) - m_subscriptions.cbegin());
    auto taken = std::move(*place);
    m_subscriptions.erase(place);
    if (m_byName && !taken->room().name.isEmpty())
        m_byName->remove(core::nameKey(taken->room().name));
    return taken;
}

NativeSubscription *NativeSession::subscriptionOf(const QString &idOrName) const
{
    if (isId(idOrName)) {
        if (NativeSubscription *subscription = subscriptionTo(idOrName.toLower()))
            return subscription;
    }
    if (!m_byName) {
        m_byName = std::make_unique<QHash<QString, QString>>();
        for (const auto &subscription : m_subscriptions)
            noteName(subscription->room());
    }
    const QString roomId = m_byName->value(core::nameKey(idOrName));
    return roomId.isEmpty() ? nullptr : subscriptionTo(roomId);
}

void NativeSession::noteName(const Room &room) const
{
    if (m_byName && !room.name.isEmpty())
        m_byName->insert(core::nameKey(room.name), room.id);
}

bool NativeSession::awaits(const QString &roomId) const
{
    return std::any_of(m_requests.cbegin(), m_requests.cend(),
        [&roomId](const auto &request) { return request->room == roomId; });
}

void NativeSession::drop(const QString &roomId)
{
    drop(roomId, withdrawn());
}

void NativeSession::drop(const QString &roomId, const Error &unanswered)
{
    if (!subscriptionTo(roomId))
        return;
    auto subscription = takeSubscription(roomId);
    subscription->silence();
    if (!subscription->isAnswered())
        send(nativeframes::error(subscription->ref(), subscription->askedFor(), unanswered));
    const bool settled = subscription->isSettled();
    const bool greeted = subscription->isGreeted();
    discard(std::move(subscription));
    if (!settled)
        slotFreed(greeted);
}

void NativeSession::subscriptionSettled(NativeSubscription *subscription)
{
    slotFreed(subscription->isGreeted());
}

void NativeSession::subscriptionEnded(NativeSubscription *subscription, const Error &error)
{
    const QString roomId = subscription->room().id;
    if (subscriptionTo(roomId) != subscription)
        return;
    if (!subscription->isAnswered()) {
        auto ended = takeSubscription(roomId);
        ended->silence();
        send(nativeframes::error(ended->ref(), ended->askedFor(), error));
        const bool greeted = ended->isGreeted();
        discard(std::move(ended));
        slotFreed(greeted);
        return;
    }
    drop(roomId);
    if (error.code == ErrorCode::NotFound) {
        m_removed.append(roomId);
        send(nativeframes::roomRemoved(roomId));
    } else {
        send(nativeframes::error({}, roomId, error));
    }
}

void NativeSession::handleChange(const QJsonValue &ref, const nativeframes::Request &request)
{
    const auto textField = QStringLiteral("text");
    if (const auto *message = std::get_if<nativeframes::Send>(&request)) {
        change(ref, message->room, message->draft,
            [this, draft = message->draft, textField](
                const auto &room, SentHandler done) { sendToRoom(room, draft, textField, std::move(done)); });
    } else if (const auto *edit = std::get_if<nativeframes::Edit>(&request)) {
        change(ref, edit->room, edit->draft,
            [this, target = edit->target, draft = edit->draft, textField](const auto &room,
                SentHandler done) { editInRoom(room, target, draft, textField, std::move(done)); });
    } else if (const auto *unwanted = std::get_if<nativeframes::Delete>(&request)) {
        change(ref, unwanted->room, unwanted->draft,
            [this, target = unwanted->target, draft = unwanted->draft](
                const auto &room, SentHandler done) { deleteInRoom(room, target, draft, std::move(done)); });
    }
}

void NativeSession::change(const QJsonValue &ref, const QString &room, const core::Draft &draft, Act act)
{
    if (!hasSteps()) {
        if (const NativeSubscription *subscription = subscriptionOf(room)) {
            act(subscription->sharedRoom(), sentHandler(ref, room));
            return;
        }
    }
    const qsizetype bytes = 2 * (draft.text.size() + room.size());
    const auto received = std::chrono::steady_clock::now();
    addStep(bytes, [this, received, ref, asked = room, draft, act = std::move(act)] {
        spend(core::costs::lookUp);
        core().rooms->find(principal(), asked, callContext(),
            answered([this, received, ref, asked, draft, act](const Result<Room> &found) {
                if (isEnding())
                    return;
                if (found)
                    afterWaiting(received,
                        [&] { act(std::make_shared<const Room>(*found), sentHandler(ref, asked)); });
                else
                    refuseMessage(draft, found.error(), sentHandler(ref, asked));
                stepFinished();
            }));
    });
}

Session::SentHandler NativeSession::sentHandler(const QJsonValue &ref, const QString &room)
{
    return [this, ref, room](const Result<core::Sent> &sent) {
        send(sent ? nativeframes::ack(ref, *sent) : nativeframes::error(ref, room, sent.error()));
    };
}

void NativeSession::resume()
{
    // By id: resuming a subscription may end others.
    QStringList rooms;
    rooms.reserve(qsizetype(m_subscriptions.size()));
    for (const auto &subscription : m_subscriptions)
        rooms.append(subscription->room().id);
    for (const QString &id : std::as_const(rooms)) {
        NativeSubscription *subscription = subscriptionTo(id);
        if (subscription && canTakeHistory())
            subscription->resume();
    }
    if (m_self)
        m_self->resume();
    readPages();
    findNext();
}

void NativeSession::farewell(std::chrono::milliseconds retryAfter)
{
    send(nativeframes::goingAway(retryAfter));
}

void NativeSession::publishDirect(const core::Broadcast &broadcast)
{
    const QString &roomId = broadcast.room().id;
    if (subscriptionTo(roomId) || m_announced.contains(roomId) || awaits(roomId))
        return;
    Room room = broadcast.room();
    room.role = Role::Member;
    room.lastSeq = std::max(room.lastSeq, broadcast.event().seq);
    membershipChanged(room, true);
}

void NativeSession::membershipChanged(const Room &room, bool member)
{
    if (m_stage == Stage::Greeting)
        m_early.insert(room.id, {room, member});
    if (m_stage != Stage::Greeted)
        return; // `hello` will say it
    if (member) {
        if (m_pages)
            m_pages->left.remove(room.id);
        if (!m_announced.contains(room.id) && !subscriptionTo(room.id))
            m_announced.append(room.id);
        send(nativeframes::roomAdded(room));
        return;
    }
    m_announced.removeOne(room.id);
    if (m_pages)
        m_pages->left.insert(room.id);
    drop(room.id);
    if (!m_removed.removeOne(room.id))
        send(nativeframes::roomRemoved(room.id));
}

void NativeSession::invitationChanged(const Invitation &invitation, bool open)
{
    // Before `hello` there is nothing to update: the client reads the list after it.
    if (m_stage == Stage::Greeted)
        send(open ? nativeframes::invited(invitation) : nativeframes::invitationEnded(invitation.roomId));
}

} // namespace rookery::ws
