// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/link.h"
#include "client/api/networkwatch.h"
#include "client/api/rest.h"
#include "client/api/wakewatch.h"
#include "client/models/invitationmodel.h"
#include "client/session/blocks.h"
#include "client/session/history.h"
#include "client/session/inbox.h"
#include "client/session/memberbook.h"
#include "client/session/outbox.h"
#include "client/session/roombook.h"
#include "client/session/session.h"
#include "common/limits.h"

namespace rookery::client {

/// What a session reaches the server with; tests put their own in.
struct SessionParts
{
    TransportFactory transports;
    std::unique_ptr<Rest> rest;
    LinkTimings timings = {};
    ReconnectPolicy policy = {};

    /// A WebSocket and HTTP, for this account.
    static SessionParts forAccount(const Account &account, Trust *trust = nullptr);
};

/// What is behind Session, which has the documentation: puts the link, the cache and the models together and
/// keeps them in step. Lives on the GUI thread.
class SessionCore : public QObject
{
    Q_OBJECT
public:
    /// More rooms are not taken from a server (THREATS.md 44).
    static constexpr qsizetype mostRooms = 25'000;

    SessionCore(
        Account account, const QString &cacheDirectory, SessionParts parts, QObject *parent = nullptr);
    ~SessionCore() override;

    const Account &account() const { return m_account; }
    LinkState linkState() const;
    QDateTime nextAttempt() const { return m_link.nextAttempt(); }
    QString linkProblem() const;
    void reconnectNow() { m_link.reconnectNow(); }
    int longestMessage() const { return m_longestMessage; }
    bool isLogInRefused() const { return m_link.isRefused(); }
    void setToken(const QByteArray &token);
    void endLogIn(const QString &sentence) { m_link.end(sentence); }

    QAbstractItemModel *rooms() { return m_rooms.model(); }
    QAbstractItemModel *invitations() { return &m_invitations; }
    Blocks *blocks() { return &m_blocks; }
    QAbstractItemModel *members(const QString &roomId) { return m_members.model(roomId); }
    TimelineSource *timeline(const QString &roomId);
    QString roomTitle(const QString &roomId) const { return m_rooms.title(roomId); }
    void setShownRoom(const QString &roomId);
    void setActiveRoom(const QString &roomId);

    bool send(const QString &roomId, const QString &text, QString *problem);
    void createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply);
    void joinRoom(const QString &name, QObject *context, Reply<Room> reply);
    void leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply);
    void invite(const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply);
    void declineInvitation(const QString &roomId, bool block, QObject *context, Reply<Nothing> reply);
    void openDirect(const QString &userName, QObject *context, Reply<Room> reply);
    void findRooms(const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply);
    void logOut(QObject *context, Reply<Nothing> reply);

    QHash<QString, QString> drafts() const { return m_drafts; }
    void saveDraft(const QString &roomId, const QString &text);
    int unsentCount() const { return m_outbox.count(); }
    bool isOutboxSaved() const { return m_outbox.isSaved(); }

    /// Waits until the cache has everything: for tests.
    void flushCache();

Q_SIGNALS:
    void linkStateChanged();
    void messageArrived(const QString &roomId, const QString &sender, const QString &text);
    void roomRemoved(const QString &roomId);
    void warned(const QString &sentence);

private:
    void startLink();

    // What the link says.
    void onLinkStateChanged();
    QList<ResumePoint> resumePoints(qsizetype bytes);
    void onHello(const HelloFrame &hello);
    /// A page of one's rooms; empty `next`: the last.
    void takeRooms(const QList<Room> &rooms, const QString &next);
    /// False where it names too many, which ends the link.
    bool takePage(const QList<Room> &rooms);
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
    void on(const ErrorFrame &frame);
    template <typename Other>
    void on(const Other &)
    { }

    // Rooms.
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
    Reply<Room> addingRoom(QObject *context, Reply<Room> reply);
    /// Goes on through pages without a room of this name, as long as nobody searches for something else.
    void searchOn(const QString &query, const QString &after, int pages, QPointer<QObject> context,
        Reply<RoomsFound> reply);

    // Events.
    void takeInbox();
    void storeStretch(const Stretch &stretch);
    QStringList absorb(const Stretch &stretch);
    void saveChanges();
    void saveSoon();
    void saveEverything();

    Account m_account;
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
    quint64 m_invitationChanges = 0; ///< that frames have told of
    Inbox m_inbox;
    Link m_link;
    QQueue<QString> m_toSubscribe; ///< rooms of the book, each once, whose request has not been sent yet
    int m_subscribing = 0; ///< requests sent over this connection and not answered
    int m_longestMessage = Limits().messageCharacters; ///< the server's, once it has said hello
    quint64 m_connection = 0; ///< counts the connections, so that a late answer is told apart
    Outbox m_outbox;
    History m_history;
    QTimer m_saving;
    NetworkWatch m_network;
    WakeWatch m_wake;
};

} // namespace rookery::client
