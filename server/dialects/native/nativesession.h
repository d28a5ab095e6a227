// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/pagebounds.h"
#include "server/core/rooms.h"
#include "server/dialects/native/nativeframes.h"
#include "server/dialects/native/nativesubscription.h"
#include "server/dialects/native/readmarks.h"
#include "server/dialects/native/selfstream.h"
#include "server/ws/session.h"

#include <QDeadlineTimer>
#include <QHash>
#include <QSet>
#include <QStringList>

#include <algorithm>
#include <memory>
#include <vector>

namespace rookery::ws {

/// A socket of `/ws/v1`, with any number of rooms (common/README.md).
class NativeSession : public Session,
                      private SubscriptionOwner,
                      private SelfStreamOwner,
                      private ReadMarksOwner
{
public:
    using Session::Session;
    ~NativeSession() override;

private:
    enum class Stage : quint8 { New, Greeting, Greeted };
    using Subscriptions = std::vector<std::unique_ptr<NativeSubscription>>;

    void open() override { opened(); }
    void handle(const QByteArray &utf8) override;
    void resume() override;
    void farewell(std::chrono::milliseconds retryAfter) override;
    void publishDirect(const core::Broadcast &broadcast) override;
    void membershipChanged(const Room &room, bool member) override;
    void invitationChanged(const Invitation &invitation, bool open) override;
    void selfEvent(const SelfEvent &event) override;

    void hello(const QJsonValue &ref, const nativeframes::Hello &request);
    void greet(
        const QJsonValue &ref, const nativeframes::Hello &request, const Result<store::RoomsPage> &rooms);
    /// Keeps the rooms that the client resumes, for greetedRoom().
    void noteGreeted(const nativeframes::Hello &request, const store::RoomsPage &rooms);
    /// For a client that does not read pages: it drops every room that is not in `hello`.
    void greetUnpaged(
        const QJsonValue &ref, const nativeframes::Hello &request, const store::RoomsPage &rooms);
    void greeted(
        const QJsonValue &ref, const nativeframes::Hello &request, const nativeframes::RoomItems &rooms);
    /// Answers what `hello` says of the self stream, which starts behind it.
    std::optional<nativeframes::SelfState> openSelf(
        const nativeframes::Hello &request, const nativeframes::RoomItems &rooms);
    void greetingFailed(const QJsonValue &ref, const Error &error);
    void subscribe(const QJsonValue &ref, const nativeframes::Subscribe &request);
    void unsubscribe(const QJsonValue &ref, const QString &room);
    /// For requests that change messages of a room. Looks up the room by id or name and calls `act` with it,
    /// in the order of the requests. If the room is refused, answers `draft` with the error.
    using Act = std::function<void(const std::shared_ptr<const Room> &room, SentHandler done)>;
    void change(const QJsonValue &ref, const QString &room, const core::Draft &draft, Act act);
    void handleChange(const QJsonValue &ref, const nativeframes::Request &request);
    /// Sends the answer to a message; `room` is as the client wrote it.
    SentHandler sentHandler(const QJsonValue &ref, const QString &room);

    /// The most bytes of list items in one frame.
    qsizetype frameBytes() const
    {
        return std::min<qsizetype>(pages::frameBytes, context().limits.outboundBytes / 2);
    }
    /// Pages are read one at a time, and only while the socket can take them.
    void askForPage(const QJsonValue &ref, const QString &room, nativeframes::Request request);
    void readPages();
    void pageRead(const QByteArray &frame);

    void findNext();
    void roomFound(const std::shared_ptr<SubscriptionRequest> &request, const Result<Room> &room);
    /// What `hello` has read of the request's room, where that can still be used; null: it must be looked up.
    const Room *greetedRoom(const SubscriptionRequest &request) const;
    /// `greeted`: the slot's SubscriptionRequest::greeted.
    void slotFreed(bool greeted);
    /// The position of the subscription to this room, or where it would be inserted.
    Subscriptions::const_iterator placeOf(const QString &roomId) const;
    NativeSubscription *subscriptionTo(const QString &roomId) const;
    /// Removes it from the list.
    std::unique_ptr<NativeSubscription> takeSubscription(const QString &roomId);
    NativeSubscription *subscriptionOf(const QString &idOrName) const;
    void noteName(const Room &room) const;
    bool awaits(const QString &roomId) const;
    /// Ends a subscription. Sends nothing, except an error for a request that has not been answered yet.
    void drop(const QString &roomId);
    /// `unanswered` is the error for a request that has not been answered yet.
    void drop(const QString &roomId, const Error &unanswered);

    void deliver(const QByteArray &utf8) override { send(utf8); }
    void deliverFrame(const QByteArray &frame) override { sendFrame(frame); }
    bool canDeliver() const override { return canTakeHistory(); }
    void readSelfStream(qint64 after) override;
    void retrySelfStream() override;
    void markRead(const QString &room, qint64 seq,
        std::function<void(const Result<store::MarkedRead> &)> done) override;
    void writeMarksLater() override;
    std::chrono::milliseconds pay(int microseconds) override { return spend(microseconds); }
    const core::Hub &hub() const override { return *core().hub; }
    void subscriptionSettled(NativeSubscription *subscription) override;
    void roomRenamed() override { m_byName.reset(); }
    void subscriptionEnded(NativeSubscription *subscription, const Error &error) override;

    /// Room ids of the subscriptions by core::nameKey(). Made when a client first uses a room's name; a
    /// look-up costs the same for any number of subscriptions (THREATS 31).
    mutable std::unique_ptr<QHash<QString, QString>> m_byName;
    QList<std::shared_ptr<SubscriptionRequest>> m_requests; ///< pending, without a subscription yet
    Subscriptions m_subscriptions; ///< by room id
    QHash<QString, std::pair<Room, bool>> m_early; ///< membership changes before `hello` was answered
    QStringList m_announced; ///< rooms announced by `room_added` and not subscribed to
    QStringList m_removed; ///< rooms announced by `room_removed` because their feed ended first
    struct PageRequest
    {
        QJsonValue ref;
        QString room; ///< as the client wrote it
        nativeframes::Request request;
    };
    struct PageRequests
    {
        QList<PageRequest> waiting;
        bool isReading = false;
        QSet<QString> left; ///< rooms that the user has left since the page was asked for
    };
    std::unique_ptr<PageRequests> m_pages; ///< while there are any
    std::unique_ptr<SelfStream> m_self; ///< of clients that ask for it
    qint64 m_earlySelf = 0; ///< seq of its last event before `hello` was answered
    std::unique_ptr<ReadMarks> m_marks; ///< while there are any
    quint64 m_requestCount = 0; ///< SubscriptionRequest::number
    /// The rooms that are resumed, as `hello` has read them.
    struct GreetedRooms
    {
        core::Rooms::Removals removals; ///< before they were read
        QDeadlineTimer fresh = {};
        QHash<QString, Room> rooms = {};
    };
    std::unique_ptr<GreetedRooms> m_greetedRooms; ///< while rooms are resumed
    int m_busy = 0; ///< requests that look up their room, and subscriptions that catch up
    int m_busyGreeted = 0; ///< of those whose room need not be looked up
    bool m_finding = false; ///< inside findNext()
    bool m_waiting = false; ///< for the budget, before the next subscription
    Stage m_stage = Stage::New;
};

} // namespace rookery::ws
