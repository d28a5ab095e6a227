// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/messageversion.h"
#include "client/api/roomsfound.h"
#include "client/api/serverlimits.h"
#include "client/problems/done.h"
#include "client/problems/removal.h"
#include "client/problems/warning.h"
#include "common/ban.h"
#include "common/messages.h"
#include "common/permissions.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QObject>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::client {

class TimelineSource;

enum class LinkState {
    Connecting, ///< first connection of this session
    Connected,
    Waiting, ///< lost; will be tried again at Chat::nextAttempt()
    Reconnecting,
    Ended, ///< the log-in is no longer good; log in again
};

/// The result of a log-in: all that is needed to continue without the password.
struct Account
{
    QUrl server; ///< http(s)://HOST:PORT[/PATH]
    User user;
    QByteArray token; ///< may come later, by Chat::setToken(), while the cache is shown
};

/// Which message: by its seq, or, where the server has not stored it yet, by its client id.
struct MessageId
{
    qint64 seq = 0;
    QString clientId = {};

    bool operator==(const MessageId &) const = default;
};

/// One log-in on one server, as the pages use it: the models that the views show, and the requests that a
/// person can make. Data comes from the cache at once and from the server when it answers. Lives on the GUI
/// thread; nothing here blocks on the network. Tests replace it with a fake.
class Chat : public QObject
{
    Q_OBJECT
public:
    virtual const Account &account() const = 0;
    virtual LinkState linkState() const = 0;
    /// When the next attempt is due, in LinkState::Waiting.
    virtual QDateTime nextAttempt() const = 0;
    /// Why the link is down, or why the session ended.
    virtual Problem linkProblem() const = 0;
    /// Why the server's certificate was refused, if that is why the link is down.
    virtual std::optional<CertificateProblem> certificateProblem() const = 0;
    /// Connects now instead of at nextAttempt().
    virtual void reconnectNow() = 0;
    /// In LinkState::Ended: whether the token was refused, so that only another log-in helps.
    virtual bool isLogInRefused() const = 0;
    /// The server's limits once it has named them, their defaults until then.
    virtual const ServerLimits &limits() const = 0;
    /// What the user is on this server, as far as it has been said since the start.
    virtual ServerRole serverRole() const = 0;
    /// The user in this room, as common/permissions.h wants to know them; nobody where the room is not known.
    Actor actor(const QString &roomId) const
    {
        const Room known = room(roomId);
        return known.id.isEmpty() ? Actor{ServerRole::User, Role::None, RoomKind::Direct}
                                  : Actor{serverRole(), known.role, known.kind};
    }
    /// Sets the token that the account did not have yet, and connects.
    virtual void setToken(const QByteArray &token) = 0;
    /// Ends the log-in: no token can be found.
    virtual void endLogIn(const Problem &problem) = 0;

    enum RoomRole { RoomIdRole = Qt::UserRole + 1, RoomKindRole, UnreadRole };
    /// The rooms of the user, sorted: lobby, rooms, direct rooms. Qt::DisplayRole is the room's title (the
    /// other user's name for direct rooms).
    virtual QAbstractItemModel *rooms() = 0;

    /// Distinct from the values of RoomRole, so that one delegate can draw both.
    enum InvitationRole { InvitedRoomRole = Qt::UserRole + 32, InviterRole };
    /// The rooms that the user is invited into; Qt::DisplayRole is the room's name, InviterRole that of the
    /// user who invites. To accept, join the room by its id. Owned by the session.
    virtual QAbstractItemModel *invitations() = 0;
    /// Reads them again, as far as this was not done a moment ago: a room may have another name by now.
    virtual void refreshInvitations() = 0;

    /// The users whom the user has blocked; Qt::DisplayRole is the name, MemberRole::UserIdRole the id. Owned by
    /// the session.
    virtual QAbstractItemModel *blocked() = 0;

    enum MemberRole { UserIdRole = Qt::UserRole + 1, OnlineRole, MemberCountRole, OnlineCountRole, RankRole };
    /// The members of a room, online ones first; Qt::DisplayRole is the name, RankRole the member's Role as int.
    /// Owned by the session. A large room is read in pages, by fetchMore(); until all are read,
    /// headerData(0, Qt::Horizontal) has the number of members and, if the server has sent it, of those online.
    virtual QAbstractItemModel *members(const QString &roomId) = 0;
    /// The messages of a room. Owned by the session. Opening it subscribes and loads the newest page.
    virtual TimelineSource *timeline(const QString &roomId) = 0;

    /// The name to show for a room, empty if it is not known.
    virtual QString roomTitle(const QString &roomId) const = 0;

    /// The room on the screen, whether or not anybody reads it.
    virtual void setShownRoom(const QString &roomId) = 0;
    /// The room whose messages are being read, so that they do not count as unread; empty for none. It is
    /// shown.
    virtual void setActiveRoom(const QString &roomId) = 0;

    /// Puts a message into the outbox and the timeline at once; false where the text is empty or too long
    /// (the reason in `problem`).
    virtual bool send(const QString &roomId, const QString &text, Problem *problem = nullptr) = 0;

    /// Gives a message another text, which is shown at once; false if it cannot be sent, as in send(). Without
    /// a connection the edit waits in the outbox, as messages do.
    virtual bool editMessage(
        const QString &roomId, const MessageId &message, const QString &text, Problem *problem = nullptr) = 0;
    /// Deletes the message for everybody. Without a connection the deletion waits in the outbox.
    virtual void deleteMessage(const QString &roomId, const MessageId &message) = 0;
    /// A page of the texts that a message had, for its author and for moderators: the newest ones, or, with the
    /// `next` of the page before as `before`, older ones.
    virtual void findVersions(
        const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> reply) = 0;

    /// The room as far as it is known, with the user's role in it; without an id if it is not known.
    virtual Room room(const QString &roomId) const = 0;
    /// Of a room that the user is no longer in.
    virtual Removal removal(const QString &) const { return {}; }
    /// Changes the name or the topic; what is not given stays.
    virtual void changeRoom(const QString &roomId, const std::optional<QString> &name,
        const std::optional<QString> &topic, QObject *context, Done<Room> reply) = 0;
    /// Changes a user's role in the room; Role::None removes a member or lifts a ban.
    virtual void setRole(
        const QString &roomId, const QString &userId, Role role, QObject *context, Done<Nothing> reply) = 0;

    /// A page of who is banned from the room, for those who can lift bans; `after` is the `next` of the page
    /// before.
    virtual void findBans(
        const QString &roomId, const QString &after, QObject *context, Done<BanPage> reply) = 0;

    virtual void createRoom(const QString &name, bool isPrivate, QObject *context, Done<Room> reply) = 0;
    virtual void joinRoom(const QString &name, QObject *context, Done<Room> reply) = 0;
    virtual void leaveRoom(const QString &roomId, QObject *context, Done<Nothing> reply) = 0;
    /// The answer is not a member yet if the invited user has to accept first.
    virtual void invite(
        const QString &roomId, const QString &userName, QObject *context, Done<Member> reply) = 0;
    /// `block`: no more invitations of this inviter.
    virtual void declineInvitation(
        const QString &roomId, bool block, QObject *context, Done<Nothing> reply) = 0;
    /// Blocks or unblocks; `user` is an id or a name. Whoever is blocked can neither invite the user nor
    /// write to them directly.
    virtual void setBlocked(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply) = 0;
    virtual void openDirect(const QString &userName, QObject *context, Done<Room> reply) = 0;
    /// A page of the public rooms whose name contains `query`, for the join dialog; `after` is the `next` of
    /// the page before. A search for something else ends one that is under way without an answer.
    virtual void findRooms(
        const QString &query, const QString &after, QObject *context, Done<RoomsFound> reply) = 0;
    /// Unsent text by room; kept in the cache.
    virtual QHash<QString, QString> drafts() const = 0;
    /// An empty text removes it.
    virtual void saveDraft(const QString &roomId, const QString &text) = 0;
    /// The number of messages and changes that the server has not acknowledged: pending and failed ones.
    virtual int unsentCount() const = 0;
    /// Ends the session on the server, if it can be reached, and deletes the local cache, with what is
    /// unsent and the drafts.
    virtual void logOut(QObject *context, Done<Nothing> reply) = 0;

Q_SIGNALS:
    void linkStateChanged();
    /// A message of another user arrived live.
    void messageArrived(const QString &roomId, const QString &sender, const QString &text);
    /// The name, the topic or the user's role has changed.
    void roomChanged(const QString &roomId);
    /// Somebody was banned from this room, or a ban was lifted.
    void bansChanged(const QString &roomId);
    /// The server refuses an edit of a message. It stays in the timeline as failed, under this id, until it is
    /// retried or discarded.
    void editRefused(const QString &roomId, const QString &changeId, const QString &text,
        const rookery::client::SendFailure &failure);
    /// The user is no longer in this room.
    void roomRemoved(const QString &roomId);
    void warned(const rookery::client::Warning &warning);
};

/// Registers accounts and logs in.
class Backend
{
public:
    virtual ~Backend() = default;
    virtual void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Done<Account> reply) = 0;
    virtual void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Done<Account> reply) = 0;
    /// Whether the server takes this log-in.
    virtual void check(const Account &account, QObject *context, Done<Nothing> reply) = 0;
    virtual std::unique_ptr<Chat> open(const Account &account) = 0;
    virtual std::optional<CertificateProblem> certificateProblem(const QString &server) const = 0;
    virtual bool trustCertificate(const QString &server, const QString &fingerprint) = 0;
};

} // namespace rookery::client
