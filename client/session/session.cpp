// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/session.h"

#include "client/api/restclient.h"
#include "client/api/serveraddress.h"
#include "client/api/trust.h"
#include "client/api/websockettransport.h"
#include "client/cache/cachefile.h"
#include "common/closecode.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

using namespace std::chrono_literals;

/// The most rooms of one hello: 500 always fit into a frame (common/README.md). The others are subscribed to
/// afterwards, each with its resume point.
constexpr qsizetype mostResumePoints = 400;
/// The most subscribe requests that are waiting for an answer.
constexpr int mostSubscribing = 16;
/// The server lets one socket have as many.
constexpr std::ptrdiff_t mostSubscriptions = 1'000;
/// A room one comes into with no more messages than this is read from its beginning.
constexpr qint64 shortHistory = History::pageSize;
constexpr auto resubscribePause = 2s;
constexpr std::chrono::milliseconds longestResubscribePause = 300s;
/// Read marks may be written this late; a crash in between shows some messages as unread again.
constexpr auto savePause = 500ms;

} // namespace

SessionParts SessionParts::forAccount(const Account &account, Trust *trust)
{
    auto rest =
        std::make_unique<RestClient>(account.server, account.token, nullptr, std::chrono::seconds(15), trust);
    if (account.token.isEmpty())
        rest->awaitToken();
    return {WebSocketTransport::factory(trust), std::move(rest)};
}

Session::Session(const Account &account, const QString &cacheDirectory, Trust *trust)
    : Session(account, cacheDirectory, SessionParts::forAccount(account, trust), trust)
{ }

Session::Session(Account account, const QString &cacheDirectory, SessionParts parts, Trust *trust)
    : m_account(std::move(account))
    , m_trust(trust)
    , m_rest(std::move(parts.rest))
    , m_cache(cachefile::path(cacheDirectory, m_account.server, m_account.user.id))
    , m_rooms({Chat::RoomIdRole, Chat::RoomKindRole, Chat::UnreadRole}, m_account.user.id)
    , m_members(
          {Chat::UserIdRole, Chat::OnlineRole, Chat::MemberCountRole, Chat::OnlineCountRole, Chat::RankRole})
    , m_invitations({Chat::InvitedRoomRole, Chat::InviterRole})
    , m_blocks(m_rest.get(), Chat::UserIdRole)
    , m_link(std::move(parts.transports), parts.timings, std::move(parts.policy))
    , m_markers(&m_rooms, &m_link)
    , m_outbox(&m_cache, &m_link)
    , m_history(&m_cache, m_rest.get(), &m_rooms, m_account.user)
{
    m_rooms.load(m_cache.rooms());
    m_startedEmpty = m_rooms.isEmpty();
    m_outbox.load(m_cache.outbox());
    m_drafts = m_cache.drafts();

    connect(&m_cache, &Cache::troubled, this, [this](CacheTrouble trouble, const QString &path) {
        Q_EMIT warned({Warning::Kind::Cache, {}, 0, {}, trouble, path});
    });
    connect(&m_cache, &Cache::rebuilt, this, &Session::saveEverything);
    connect(&m_members, &MemberBook::pageWanted, this, &Session::readMembers);
    connect(&m_inbox, &Inbox::filled, this, &Session::takeInbox);
    connect(&m_markers, &ReadMarkers::answered, this, &Session::takeMark);
    connect(&m_history, &History::stretchRead, this, &Session::storeStretch);
    connect(&m_history, &History::epochChanged, this,
        [this](const QString &roomId, const QString &epoch, qint64 lastSeq) {
            if (RoomState *state = m_rooms.find(roomId)) {
                Room room = state->room;
                room.epoch = epoch;
                room.lastSeq = lastSeq;
                resetRoom(*state, room);
            }
        });
    connect(&m_history, &History::retryWanted, &m_outbox, &Outbox::retry);
    connect(&m_history, &History::discardWanted, &m_outbox, &Outbox::discard);
    connect(&m_outbox, &Outbox::acknowledged, this,
        [this](const QString &roomId, const QString &clientId, qint64 seq, const QDateTime &timestamp) {
            if (TimelineModel *timeline = m_history.find(roomId))
                timeline->acknowledge(clientId, seq, timestamp);
        });
    connect(&m_outbox, &Outbox::failed, this, &Session::onFailed);
    connect(&m_outbox, &Outbox::delayed, this,
        [this](const QString &roomId, const QString &clientId, const SendFailure &failure) {
            if (TimelineModel *timeline = m_history.find(roomId))
                timeline->setDelayed(clientId, failure);
        });
    connect(&m_outbox, &Outbox::superseded, this, [this](const QString &roomId, const QString &clientId) {
        if (TimelineModel *timeline = m_history.find(roomId))
            timeline->removeLocal(clientId);
    });
    connect(&m_outbox, &Outbox::unsaved, this, &Session::onUnsaved);
    m_saving.setSingleShot(true);
    m_saving.setInterval(savePause);
    connect(&m_saving, &QTimer::timeout, this, &Session::saveChanges);

    connect(m_rest.get(), &Rest::unauthorized, this, [this] {
        if (!m_loggedOut)
            m_link.end(Problem::closed(quint16(CloseCode::Unauthorized)));
    });
    connect(&m_link, &Link::established, this, &Session::onHello);
    connect(&m_link, &Link::received, this, &Session::onFrame);
    connect(&m_link, &Link::stateChanged, this, &Session::onLinkStateChanged);
    connect(&m_network, &NetworkWatch::networkBack, &m_link, &Link::networkChanged);
    connect(&m_wake, &WakeWatch::wokeUp, this, [this] {
        m_link.restart(Problem(Problem::Asleep));
        m_link.networkChanged();
    });
    if (!m_account.token.isEmpty())
        startLink();
}

Session::~Session()
{
    m_link.disconnect(this);
    // The window may be half destroyed; only the cache still needs this.
    blockSignals(true);
    takeInbox();
    saveChanges();
}

void Session::startLink()
{
    m_link.start(webSocketUrl(m_account.server), m_account.token,
        [this](qsizetype bytes) { return resumePoints(bytes); });
}

void Session::setToken(const QByteArray &token)
{
    if (m_loggedOut || !m_account.token.isEmpty() || m_link.state() != Link::State::Idle)
        return;
    m_account.token = token;
    m_rest->setToken(token);
    startLink();
}

LinkState Session::linkState() const
{
    switch (m_link.state()) {
    case Link::State::Idle:
        return m_loggedOut ? LinkState::Ended : LinkState::Connecting;
    case Link::State::Connecting:
        return m_wasConnected ? LinkState::Reconnecting : LinkState::Connecting;
    case Link::State::Connected:
        return LinkState::Connected;
    case Link::State::Waiting:
        return LinkState::Waiting;
    case Link::State::Ended:
        return LinkState::Ended;
    }
    return LinkState::Ended;
}

Problem Session::linkProblem() const
{
    if (m_loggedOut)
        return Problem(Problem::LoggedOut);
    return m_link.state() == Link::State::Idle ? Problem(Problem::AwaitingKeyring) : m_link.problem();
}

std::optional<CertificateProblem> Session::certificateProblem() const
{
    return m_trust ? m_trust->problem(m_account.server) : std::nullopt;
}

void Session::onLinkStateChanged()
{
    if (m_link.state() == Link::State::Connected)
        m_wasConnected = true;
    else if (m_link.state() == Link::State::Waiting)
        QTimer::singleShot(0, &m_network, &NetworkWatch::start);
    Q_EMIT linkStateChanged();
}

QList<ResumePoint> Session::resumePoints(qsizetype bytes)
{
    takeInbox();
    m_toSubscribe.clear();
    m_subscribing = 0;
    ++m_connection;
    QList<ResumePoint> points;
    const auto add = [&points, &bytes](RoomState &state) {
        if (state.knownLast == 0 || state.room.epoch.isEmpty() || points.size() == mostResumePoints)
            return;
        const ResumePoint point{state.room.id, state.room.epoch, state.knownLast};
        bytes -= toJson(json::fromResumePoint(point)).size() + 1;
        if (bytes < 0)
            return;
        state.subscription = RoomState::Subscription::Asked;
        state.askedSeq = state.knownLast;
        points.append(point);
    };
    for (auto &[id, state] : m_rooms.all())
        state.subscription = RoomState::Subscription::None;
    // The shown room comes first.
    if (RoomState *shown = m_rooms.find(m_shown))
        add(*shown);
    for (auto &[id, state] : m_rooms.all()) {
        if (id != m_shown)
            add(state);
    }
    return points;
}

void Session::onFrame(const ServerFrame &frame)
{
    std::visit([this](const auto &each) { on(each); }, frame);
}

void Session::on(const SubscribedFrame &frame)
{
    RoomState *state = m_rooms.find(frame.room.id);
    if (!state)
        return;
    takeInbox();
    state->subscription = RoomState::Subscription::Live;
    state->streamSeq = state->askedSeq >= 0 ? state->askedSeq : frame.room.lastSeq;
    if (!std::exchange(state->isNews, false))
        state->liveFrom = std::max(state->liveFrom, frame.room.lastSeq);
    m_rooms.update(*state, frame.room);
    m_members.set(frame.room.id, frame.members);
    m_history.catchUp(frame.room.id);
    saveSoon();
}

void Session::on(const ResetFrame &frame)
{
    takeInbox();
    if (RoomState *state = m_rooms.find(frame.room.id)) {
        state->askedSeq = -1;
        state->streamSeq = frame.room.lastSeq;
        resetRoom(*state, frame.room);
    }
}

void Session::on(const EventFrame &frame)
{
    const RoomEvent &event = frame.event;
    RoomState *state = m_rooms.find(event.roomId);
    if (!state || state->subscription == RoomState::Subscription::None)
        return;
    if (state->subscription == RoomState::Subscription::Asked) {
        // The answer itself could not be read.
        state->subscription = RoomState::Subscription::Live;
        state->streamSeq = state->askedSeq >= 0 ? state->askedSeq : event.seq - 1;
    }
    if (event.seq <= state->streamSeq)
        return;
    if (event.seq > state->streamSeq + 1 && state->holeAt != state->streamSeq) {
        // An event did not come, or could not even be recognised as one. Once, the server is asked for it
        // again; where it stays away the hole is left, and known to the cache.
        state->holeAt = state->streamSeq;
        m_link.restart(Problem(Problem::EventsMissing));
        return;
    }
    state->streamSeq = event.seq;
    m_inbox.add(event);
}

void Session::on(const MemberFrame &frame)
{
    if (m_rooms.find(frame.roomId))
        m_members.update(frame.roomId, frame.member);
}

void Session::on(const RoomAddedFrame &frame)
{
    if (RoomState *state = m_rooms.find(frame.room.id)) {
        m_rooms.update(*state, frame.room); // the user has another role there
        saveSoon();
        Q_EMIT roomChanged(frame.room.id);
        return;
    }
    const bool isNews = frame.room.kind == RoomKind::Direct;
    if (addRoom(frame.room, isNews ? 0 : frame.room.lastSeq, isNews))
        saveChanges();
}

void Session::on(const RoomRemovedFrame &frame)
{
    takeInbox();
    removeRoom(frame.roomId, false);
}

void Session::on(const ErrorFrame &frame)
{
    if (!frame.roomId.isEmpty())
        subscriptionRefused(frame.roomId, frame.error);
}

bool Session::maySubscribe() const
{
    std::ptrdiff_t count = 0;
    for (const auto &[id, state] : m_rooms.all()) {
        count += state.subscription != RoomState::Subscription::None ? 1 : 0;
        if (count == mostSubscriptions)
            return false;
    }
    return true;
}

void Session::subscribeShown()
{
    RoomState *shown = m_rooms.find(m_shown);
    if (!shown || shown->subscription != RoomState::Subscription::None
        || m_link.state() != Link::State::Connected)
        return;
    if (!maySubscribe()) {
        for (auto &[id, state] : m_rooms.all()) {
            if (state.subscription != RoomState::Subscription::Live || id == m_rooms.active())
                continue;
            state.subscription = RoomState::Subscription::None;
            m_link.request(unsubscribeRequest(id), this, [](const RequestOutcome &) {});
            break;
        }
    }
    subscribe(*shown);
}

void Session::subscribe(RoomState &state)
{
    if (m_link.state() != Link::State::Connected || !maySubscribe())
        return;
    state.subscription = RoomState::Subscription::Asked;
    state.askedSeq = -1;
    if (state.room.id == m_shown)
        m_toSubscribe.prepend(state.room.id);
    else
        m_toSubscribe.enqueue(state.room.id);
    subscribeNext();
}

void Session::subscribeNext()
{
    while (m_subscribing < mostSubscribing && !m_toSubscribe.isEmpty()
        && m_link.state() == Link::State::Connected) {
        if (RoomState *state = m_rooms.find(m_toSubscribe.dequeue()))
            askToSubscribe(*state);
    }
}

void Session::askToSubscribe(RoomState &state)
{
    ResumePoint from{state.room.id, {}, 0};
    const bool readsAll = state.knownLast == 0 && state.room.lastSeq <= shortHistory && state.readSeq == 0;
    if ((state.knownLast > 0 || readsAll) && !state.room.epoch.isEmpty()) {
        from.epoch = state.room.epoch;
        from.seq = state.askedSeq = state.knownLast;
    }
    ++m_subscribing;
    // The server lets few rooms catch up at a time, and the others wait for them.
    m_link.request(
        subscribeRequest(from), this,
        [this, roomId = from.room, connection = m_connection](const RequestOutcome &outcome) {
            if (connection != m_connection)
                return;
            --m_subscribing;
            QMetaObject::invokeMethod(this, &Session::subscribeNext, Qt::QueuedConnection);
            if (const auto *error = std::get_if<Error>(&outcome))
                subscriptionRefused(roomId, *error);
            else if (const auto *frame = std::get_if<ServerFrame>(&outcome))
                onFrame(*frame);
        },
        Link::Patience::Unlimited);
}

void Session::subscriptionRefused(const QString &roomId, const Error &error)
{
    RoomState *state = m_rooms.find(roomId);
    if (!state)
        return;
    takeInbox();
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::Forbidden) {
        removeRoom(roomId, false);
        return;
    }
    // Where nothing has been asked for, either it is asked for later or never again.
    if (std::exchange(state->subscription, RoomState::Subscription::None) == RoomState::Subscription::None)
        return;
    m_toSubscribe.removeOne(roomId);
    if (!isRetryable(error.code))
        return;
    QTimer::singleShot(
        std::clamp<std::chrono::milliseconds>(error.retryAfter, resubscribePause, longestResubscribePause),
        this, [this, roomId] {
            RoomState *again = m_rooms.find(roomId);
            if (again && again->subscription == RoomState::Subscription::None)
                subscribe(*again);
        });
}

bool Session::addRoom(const Room &room, qint64 readSeq, bool isNews)
{
    if (m_rooms.count() >= mostRooms) {
        Problem problem(Problem::ManyRooms);
        problem.limit = mostRooms;
        m_link.giveUp(problem);
        return false;
    }
    m_listed.insert(room.id);
    // Whoever calls saves it before its first event can come.
    RoomState &state = m_rooms.add(room, readSeq);
    state.isNews = isNews;
    state.liveFrom = isNews ? readSeq : room.lastSeq;
    subscribe(state);
    // It may have been opened before the user was in it.
    if (TimelineModel *timeline = m_history.find(room.id)) {
        for (const OutboxItem &item : m_outbox.items(room.id))
            m_history.addUnsent(timeline, item);
    }
    m_history.catchUp(room.id);
    return true;
}

void Session::removeRoom(const QString &roomId, bool isLeft)
{
    if (!m_rooms.find(roomId))
        return;
    const QString title = m_rooms.title(roomId);
    m_rooms.remove(roomId);
    m_listed.remove(roomId);
    m_toSubscribe.removeOne(roomId);
    m_cache.removeRoom(roomId);
    if (isLeft) {
        m_outbox.dropRoom(roomId);
        saveDraft(roomId, {});
    }
    m_members.clear(roomId);
    m_history.clear(roomId);
    Q_EMIT roomRemoved(roomId);
    // Last, so that this warning is the one that stays visible.
    failUnsent(roomId, title);
}

void Session::failUnsent(const QString &roomId, const QString &title)
{
    const int unsent = m_outbox.failRoom(roomId);
    if (unsent > 0)
        Q_EMIT warned({Warning::Kind::LostRoom, title, unsent});
}

void Session::onUnsaved()
{
    if (std::exchange(m_hasWarnedOfUnsaved, true))
        return;
    Q_EMIT warned({Warning::Kind::Unsaved});
}

void Session::resetRoom(RoomState &state, const Room &room)
{
    m_rooms.reset(state, room);
    state.liveFrom = room.lastSeq;
    m_cache.forgetHistory(room.id);
    saveChanges();
    m_history.reset(room.id);
}

TimelineSource *Session::timeline(const QString &roomId)
{
    takeInbox();
    return m_history.open(roomId, m_outbox.items(roomId));
}

void Session::setActiveRoom(const QString &roomId)
{
    if (m_rooms.active() == roomId)
        return;
    m_rooms.setActive(roomId);
    m_markers.changed(roomId);
    saveSoon();
    // A window that loses the focus still shows its room.
    setShownRoom(roomId);
}

void Session::setShownRoom(const QString &roomId)
{
    if (roomId.isEmpty() || roomId == m_shown)
        return;
    m_history.relax(m_shown);
    m_shown = roomId;
    subscribeShown();
}

void Session::takeInbox()
{
    const QList<Stretch> stretches = m_inbox.take();
    if (stretches.isEmpty())
        return;
    QStringList confirmed;
    QList<RoomEvent> news;
    QSet<QString> withOtherBans;
    QList<Stretch> kept;
    for (const Stretch &stretch : stretches) {
        const RoomState *state = m_rooms.find(stretch.roomId);
        if (!state)
            continue;
        confirmed += absorb(stretch);
        m_history.bound(stretch.roomId);
        kept.append(stretch);
        for (const RoomEvent &event : stretch.events) {
            const auto *posted = event.as<Posted>();
            if (posted && !posted->isDeleted() && event.seq > state->liveFrom
                && event.sender.id != m_account.user.id)
                news.append(event);
            const auto *member = event.as<MemberChanged>();
            if (member && (member->before == Role::Banned || member->role == Role::Banned))
                withOtherBans.insert(stretch.roomId);
        }
    }
    m_cache.store(kept, m_rooms.takeChanged(), confirmed);
    m_markers.changed(m_rooms.active());
    for (const RoomEvent &event : std::as_const(news))
        Q_EMIT messageArrived(event.roomId, event.sender.name, event.text());
    for (const QString &roomId : std::as_const(withOtherBans))
        Q_EMIT bansChanged(roomId);
}

QStringList Session::absorb(const Stretch &stretch)
{
    const QStringList confirmed = m_outbox.confirm(stretch.roomId, stretch.events, m_account.user.id);
    TimelineModel *timeline = m_history.find(stretch.roomId);
    if (timeline) {
        timeline->addStretch(stretch.events, stretch.span);
        // Those above what is shown.
        for (const QString &clientId : confirmed)
            timeline->removeLocal(clientId);
        if (!m_shown.isEmpty() && stretch.roomId != m_shown)
            m_history.relax(stretch.roomId);
    }
    if (RoomState *state = m_rooms.find(stretch.roomId)) {
        for (const RoomEvent &event : stretch.events) {
            if (const auto *deleted = event.as<Deleted>())
                m_outbox.dropChangesOf(stretch.roomId, deleted->target);
        }
        const Room before = state->room;
        m_rooms.take(*state, stretch);
        if (before.name != state->room.name || before.topic != state->room.topic
            || before.role != state->room.role)
            Q_EMIT roomChanged(stretch.roomId);
    }
    return confirmed;
}

void Session::storeStretch(const Stretch &stretch)
{
    if (m_rooms.find(stretch.roomId))
        m_cache.store({stretch}, m_rooms.takeChanged(), absorb(stretch));
}

void Session::saveChanges()
{
    m_saving.stop();
    const QList<CachedRoom> changed = m_rooms.takeChanged();
    if (!changed.isEmpty())
        m_cache.store({}, changed, {});
}

void Session::saveSoon()
{
    if (!m_saving.isActive())
        m_saving.start();
}

void Session::saveEverything()
{
    m_rooms.markAllChanged();
    saveChanges();
    m_cache.replaceOutbox(m_outbox.allItems());
    for (auto it = m_drafts.cbegin(); it != m_drafts.cend(); ++it)
        m_cache.saveDraft(it.key(), it.value());
}

void Session::flushCache()
{
    takeInbox();
    saveChanges();
    m_cache.flush();
}

} // namespace rookery::client
