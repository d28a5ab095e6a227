// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/link.h"
#include "client/api/networkwatch.h"
#include "client/api/rest.h"
#include "client/api/wakewatch.h"
#include "client/models/invitationmodel.h"
#include "client/session/blocks.h"
#include "client/session/chat.h"
#include "client/session/history.h"
#include "client/session/inbox.h"
#include "client/session/memberbook.h"
#include "client/session/outbox.h"
#include "client/session/readmarkers.h"
#include "client/session/roombook.h"

#include <QDeadlineTimer>

namespace rookery::client {

class Trust;

/// The parts that reach the server; tests replace them.
struct SessionParts
{
    TransportFactory transports;
    std::unique_ptr<Rest> rest;
    LinkTimings timings = {};
    ReconnectPolicy policy = {};

    /// A WebSocket and HTTP, for this account.
    static SessionParts forAccount(const Account &account, Trust *trust = nullptr);
};

/// The Chat on a real server: connects the link, the cache and the models, and keeps them in step.
class Session : public Chat
{
    Q_OBJECT
public:
    /// A server that lists more rooms is disconnected (THREATS.md 44).
    static constexpr qsizetype mostRooms = 25'000;

    /// Opens the cache of this account below `cacheDirectory` and starts connecting, if there is a token.
    /// `trust` is not owned and outlives the session.
    Session(Account account, const QString &cacheDirectory, SessionParts parts, Trust *trust = nullptr);
    /// With a WebSocket and HTTP.
    Session(const Account &account, const QString &cacheDirectory, Trust *trust = nullptr);
    ~Session() override;

    const Account &account() const override { return m_account; }
    LinkState linkState() const override;
    QDateTime nextAttempt() const override { return m_link.nextAttempt(); }
    Problem linkProblem() const override;
    std::optional<CertificateProblem> certificateProblem() const override;
    void reconnectNow() override { m_link.reconnectNow(); }
    const ServerLimits &limits() const override { return m_limits; }
    ServerRole serverRole() const override;
    bool isLogInRefused() const override { return m_link.isRefused(); }
    void setToken(const QByteArray &token) override;
    void endLogIn(const Problem &problem) override { m_link.end(problem); }

    QAbstractItemModel *rooms() override { return m_rooms.model(); }
    QAbstractItemModel *invitations() override { return &m_invitations; }
    void refreshInvitations() override;
    QAbstractItemModel *blocked() override { return m_blocks.model(); }
    QAbstractItemModel *members(const QString &roomId) override { return m_members.model(roomId); }
    TimelineSource *timeline(const QString &roomId) override;
    QString roomTitle(const QString &roomId) const override { return m_rooms.title(roomId); }
    void setShownRoom(const QString &roomId) override;
    void setActiveRoom(const QString &roomId) override;

    bool send(const QString &roomId, const QString &text, Problem *problem = nullptr) override;
    bool editMessage(const QString &roomId, const MessageId &message, const QString &text,
        Problem *problem = nullptr) override;
    void deleteMessage(const QString &roomId, const MessageId &message) override;
    void findVersions(
        const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> reply) override;
    Room room(const QString &roomId) const override;
    Removal removal(const QString &roomId) const override { return m_rooms.removal(roomId); }
    void changeRoom(const QString &roomId, const std::optional<QString> &name,
        const std::optional<QString> &topic, QObject *context, Done<Room> reply) override;
    void setRole(const QString &roomId, const QString &userId, Role role, QObject *context,
        Done<Nothing> reply) override;
    void findBans(
        const QString &roomId, const QString &after, QObject *context, Done<BanPage> reply) override;
    void createRoom(const QString &name, bool isPrivate, QObject *context, Done<Room> reply) override;
    void joinRoom(const QString &name, QObject *context, Done<Room> reply) override;
    void leaveRoom(const QString &roomId, QObject *context, Done<Nothing> reply) override;
    void invite(
        const QString &roomId, const QString &userName, QObject *context, Done<Member> reply) override;
    void declineInvitation(const QString &roomId, bool block, QObject *context, Done<Nothing> reply) override;
    void setBlocked(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply) override;
    void openDirect(const QString &userName, QObject *context, Done<Room> reply) override;
    void findRooms(
        const QString &query, const QString &after, QObject *context, Done<RoomsFound> reply) override;
    void logOut(QObject *context, Done<Nothing> reply) override;

    QHash<QString, QString> drafts() const override { return m_drafts; }
    void saveDraft(const QString &roomId, const QString &text) override;
    int unsentCount() const override { return m_outbox.count(); }
    bool isOutboxSaved() const { return m_outbox.isSaved(); }

    /// Waits until the cache has everything: for tests.
    void flushCache();

private:
    void startLink();

    // The link.
    void onLinkStateChanged();
    QList<ResumePoint> resumePoints(qsizetype bytes);
    void onHello(const HelloFrame &hello);
    /// A page of one's rooms; empty `next`: the last.
    void takeRooms(const QList<Room> &rooms, const QHash<QString, ReadMark> &marks, const QString &next);
    /// False where it names too many, which ends the link.
    bool takePage(const QList<Room> &rooms, const QHash<QString, ReadMark> &marks);
    void askForRooms(const QString &after);
    /// All pages of the rooms are here.
    void roomsListed();
    void onFrame(const ServerFrame &frame);
    void on(const SubscribedFrame &frame);
    void on(const PresenceFrame &frame);
    void on(const ResetFrame &frame);
    void on(const EventFrame &frame);
    void on(const MemberFrame &frame);
    void on(const RoomAddedFrame &frame);
    void on(const RoomRemovedFrame &frame);
    void on(const InvitedFrame &frame);
    void on(const InvitationEndedFrame &frame);
    void on(const SelfFrame &frame);
    void on(const ErrorFrame &frame);
    template <typename Other>
    void on(const Other &)
    { }

    // Rooms.
    void takeMark(const QString &roomId, const ReadMark &mark, qint64 lastSeq);
    void readInvitations(int attempts = 1);
    void endInvitation(const QString &roomId);
    void subscribe(RoomState &state);
    bool maySubscribe() const;
    /// The room on the screen, in place of another one where there are too many.
    void subscribeShown();
    /// A page of them; empty `after`: the first, once at a time.
    void readMembers(const QString &roomId, const QString &after);
    void fetchMembers(const QString &roomId, const QString &after);
    void subscribeNext();
    void askToSubscribe(RoomState &state);
    void subscriptionRefused(const QString &roomId, const Error &error);
    /// False where there are too many, which ends the link.
    bool addRoom(const Room &room, qint64 readSeq, bool isNews);
    /// `isLeft`: the user wanted it so.
    void removeRoom(const QString &roomId, bool isLeft);
    void failUnsent(const QString &roomId, const QString &title);
    void onUnsaved();
    void resetRoom(RoomState &state, const Room &room);
    /// Puts a change of a message into the outbox, and shows it.
    void change(const QString &roomId, const MessageId &message, OutboxItem::Kind kind, const QString &text);
    Done<Room> addingRoom(QObject *context, Done<Room> reply);
    /// Reads on through pages without a match, until there is a newer search.
    void searchOn(const QString &query, const QString &after, int pages, QPointer<QObject> context,
        Done<RoomsFound> reply);

    // Events.
    void takeInbox();
    void storeStretch(const Stretch &stretch);
    void onFailed(const QString &roomId, const QString &clientId, const SendFailure &failure);
    QStringList absorb(const Stretch &stretch);
    void saveChanges();
    void saveSoon();
    void saveEverything();

    Account m_account;
    Trust *m_trust;
    bool m_wasConnected = false;
    bool m_loggedOut = false;
    bool m_hasWarnedOfUnsaved = false;
    int m_search = 0; ///< counts the searches in the directory
    std::unique_ptr<Rest> m_rest;
    Cache m_cache;
    QString m_shown; ///< the room that was last looked at
    QSet<QString> m_listed; ///< rooms that the server has named since the last hello
    std::unique_ptr<QObject> m_listing; ///< context of what asks for the pages of the rooms
    int m_roomPages = 0; ///< since the last hello
    QHash<QString, bool> m_firstPages; ///< of members, asked for, by room: whether once more after that
    bool m_startedEmpty = false; ///< the cache had no rooms: what hello lists is not news
    RoomBook m_rooms;
    QHash<QString, QString> m_drafts;
    MemberBook m_members;
    InvitationModel m_invitations;
    Blocks m_blocks;
    QDeadlineTimer m_invitationsFresh; ///< how long they need not be read again
    quint64 m_invitationChanges = 0; ///< counts frames about invitations
    Inbox m_inbox;
    Link m_link;
    ReadMarkers m_markers;
    QQueue<QString> m_toSubscribe; ///< rooms of the book, each once, whose request has not been sent yet
    int m_subscribing = 0; ///< requests sent over this connection and not answered
    ServerLimits m_limits; ///< of the last hello
    bool m_isAdmin = false; ///< the same
    quint64 m_connection = 0; ///< counts the connections, so that a late answer is told apart
    Outbox m_outbox;
    History m_history;
    QTimer m_saving;
    NetworkWatch m_network;
    WakeWatch m_wake;
};

} // namespace rookery::client
