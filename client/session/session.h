// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/certificateproblem.h"
#include "client/api/roomsfound.h"
#include "common/messages.h"
#include "common/result.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QObject>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace rookery::client {

class TimelineSource;
class Trust;

/// Answers a request of the GUI on the GUI thread; not called once `context` of the request is destroyed.
/// Error::detail is a sentence that can be shown as it stands, Error::field names the input it is about
/// (`username`, `password`, `name`, `server`), if any.
template <typename T>
using Reply = std::function<void(Result<T>)>;

enum class LinkState {
    Connecting, ///< first connection of this session
    Connected,
    Waiting, ///< lost; will be tried again at Session::nextAttempt()
    Reconnecting,
    Ended, ///< the log-in is no longer good; log in again
};

/// What a log-in leaves behind: enough to go on without the password.
struct Account
{
    QUrl server; ///< http(s)://HOST:PORT[/PATH]
    User user;
    QByteArray token; ///< may come later, by Session::setToken(), while the cache is shown
};

/// Registration and log-in, before there is a session. `server` as a person types it: a missing scheme is
/// completed (http for loopback addresses, https otherwise). The replies' errors say whether the address, the
/// server or the password is wrong.
class Authenticator : public QObject
{
    Q_OBJECT
public:
    /// `trust` is not owned.
    explicit Authenticator(Trust *trust = nullptr, QObject *parent = nullptr);
    ~Authenticator() override;
    void registerAccount(const QString &server, const QString &name, const QString &password,
        QObject *context, Reply<Account> reply);
    void logIn(const QString &server, const QString &name, const QString &password, QObject *context,
        Reply<Account> reply);

    /// Whether the server takes this log-in.
    void check(const Account &account, QObject *context, Reply<Nothing> reply);

    /// Whether what a person types means this server.
    static bool isServer(const QString &typed, const QUrl &server);
    /// What to call the server if a password would travel to it unencrypted, and not only within this
    /// computer; else empty.
    static QString unencryptedServer(const QString &typed);
    /// Why the server's certificate was refused, if that was why the last request failed.
    std::optional<CertificateProblem> certificateProblem(const QString &server) const;
    /// Trusts the certificate with this fingerprint from here on, for this server only. False where it is not
    /// the one that was refused last.
    bool trustCertificate(const QString &server, const QString &fingerprint);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// One log-in on one server: the link, the local cache, and the models that the views show. What it shows
/// comes from the cache at once and from the server when that answers. Lives on the GUI thread; nothing here
/// blocks on the network.
class Session : public QObject
{
    Q_OBJECT
public:
    /// Opens the cache of this account below `cacheDirectory` and starts connecting.
    /// `trust` is not owned and outlives the session.
    Session(
        Account account, const QString &cacheDirectory, Trust *trust = nullptr, QObject *parent = nullptr);
    ~Session() override;

    const Account &account() const;
    LinkState linkState() const;
    /// When the next attempt is due, in LinkState::Waiting.
    QDateTime nextAttempt() const;
    /// A sentence on why the link is down, or why the session ended.
    QString linkProblem() const;
    /// Why the server's certificate was refused, if that is why the link is down.
    std::optional<CertificateProblem> certificateProblem() const;
    /// Tries again now.
    void reconnectNow();
    /// In LinkState::Ended: whether logging in again is all that helps, because the token was refused.
    bool isLogInRefused() const;
    /// The most code points of a message: the server's limit once it has said it, its default until then.
    int longestMessage() const;
    /// The token that the account did not have yet: starts connecting.
    void setToken(const QByteArray &token);
    /// There is no token to be had; the sentence says why.
    void endLogIn(const QString &sentence);

    enum RoomRole { RoomIdRole = Qt::UserRole + 1, RoomKindRole, UnreadRole };
    /// The rooms of the user, Qt::DisplayRole is what to call them (the other's name for direct rooms),
    /// sorted: lobby, rooms, direct messages.
    QAbstractItemModel *rooms() const;

    /// None of RoomRole's: a list of rooms can draw them.
    enum InvitationRole { InvitedRoomRole = Qt::UserRole + 32, InviterRole };
    /// The rooms that the user is invited into; Qt::DisplayRole is the room's name, InviterRole that of the
    /// user who invites. To accept, join the room by its id. Owned by the session.
    QAbstractItemModel *invitations() const;

    /// Whom the user has blocked; Qt::DisplayRole is the name, UserIdRole of MemberRole the id. Owned by the
    /// session.
    QAbstractItemModel *blocked() const;

    enum MemberRole { UserIdRole = Qt::UserRole + 1, OnlineRole, MemberCountRole, OnlineCountRole };
    /// The members of a room, online ones first; Qt::DisplayRole is the name. Owned by the session. Of a
    /// large room some: there is more to fetch, and headerData(0, Qt::Horizontal) has how many members there
    /// are in all, and how many of them are online where the server has said so.
    QAbstractItemModel *members(const QString &roomId);
    /// The messages of a room. Owned by the session. Opening it subscribes and loads the newest page.
    TimelineSource *timeline(const QString &roomId);

    /// The name to show for a room, empty if it is not known.
    QString roomTitle(const QString &roomId) const;

    /// The room on the screen, read or not.
    void setShownRoom(const QString &roomId);
    /// The room whose messages are being read, so that they do not count as unread; empty for none. It is
    /// shown.
    void setActiveRoom(const QString &roomId);

    /// Puts a message into the outbox and the timeline at once; false where the text is empty or too long
    /// (the reason in `problem`).
    bool send(const QString &roomId, const QString &text, QString *problem = nullptr);

    void createRoom(const QString &name, bool isPrivate, QObject *context, Reply<Room> reply);
    void joinRoom(const QString &name, QObject *context, Reply<Room> reply);
    void leaveRoom(const QString &roomId, QObject *context, Reply<Nothing> reply);
    /// Answers a member that is none yet where the user has to accept first.
    void invite(const QString &roomId, const QString &userName, QObject *context, Reply<Member> reply);
    /// `block`: no more invitations of this inviter.
    void declineInvitation(const QString &roomId, bool block, QObject *context, Reply<Nothing> reply);
    /// Blocks or unblocks; `user` is an id or a name. Whoever is blocked can neither invite the user nor
    /// write to them directly.
    void setBlocked(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply);
    void openDirect(const QString &userName, QObject *context, Reply<Room> reply);
    /// A page of the public rooms whose name contains `query`, for the join dialog; `after` is the `next` of
    /// the page before. A search for something else ends one that is under way without an answer.
    void findRooms(const QString &query, const QString &after, QObject *context, Reply<RoomsFound> reply);
    /// What was written and not sent, by room; kept in the cache.
    QHash<QString, QString> drafts() const;
    /// An empty text removes it.
    void saveDraft(const QString &roomId, const QString &text);
    /// How many messages of the user the server does not have, as far as is known: pending and failed ones.
    int unsentCount() const;
    /// Ends the session on the server, if it can be reached, and deletes the local cache, with what is
    /// unsent and the drafts.
    void logOut(QObject *context, Reply<Nothing> reply);

Q_SIGNALS:
    void linkStateChanged();
    /// A message of somebody else arrived live.
    void messageArrived(const QString &roomId, const QString &sender, const QString &text);
    /// The user is no longer in this room.
    void roomRemoved(const QString &roomId);
    /// A sentence on messages that were not sent or might not be.
    void warned(const QString &sentence);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery::client
