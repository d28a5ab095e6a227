// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/invitation.h"
#include "common/messages.h"
#include "common/result.h"

#include <QHash>
#include <QHostAddress>
#include <QObject>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace rookery::store {

/// An answer of the store. It is called on the thread that the context object of the call lives on, from its
/// event loop, never from inside the call; and not at all once the context is destroyed.
template <typename T>
using Done = std::function<void(Result<T>)>;

struct NewUser
{
    QString id;
    QString name; ///< NFC, as the user spelled it
    QString skeleton; ///< what the name is found by; unique (core::nameKey())
    QString passwordHash; ///< empty for guests, who cannot log in
    bool guest = false;
    QString firstRoom = {}; ///< id of a room that the user is a member of from the start; empty: of none
    /// What names that look alike have in common (core::skeletonOf()); taken where another user has it.
    /// Empty: not compared.
    QString lookalike = {};
};

struct Credentials
{
    User user;
    QString passwordHash; ///< empty: this user cannot log in
};

struct SessionRecord
{
    QString id;
    User user;
    QDateTime createdAt;
    QDateTime expiresAt;
    QString client;
    QString address;
};

struct NewRoom
{
    QString name; ///< NFC; empty for none
    QString skeleton; ///< unique among rooms that have a name
    RoomKind kind = RoomKind::Public;
    QString creatorId = {}; ///< becomes the first member; empty: nobody does
    /// What names that look alike have in common; a new room is refused where another has it (THREATS 43).
    /// Empty: not compared.
    QString lookalike = {};
    int mostRooms = 0; ///< that the creator may be a member of, direct ones aside; 0: any number
};

struct OpenedRoom
{
    Room room;
    bool created = false;
};

/// Messages of one sender that must not overtake each other. Where the store refuses one of them for a while
/// (isRetryable()), it refuses those that come behind it, too. Thread-safe.
struct MessageChain
{
    std::atomic_bool broken = false;
};

struct NewMessage
{
    QString roomId;
    User sender;
    QString clientId; ///< UUID, whose spelling is kept; unique per sender over all rooms, whatever the case
    QString text;
    std::shared_ptr<MessageChain> chain = {}; ///< none: others may overtake it
};

/// What a rule is asked about a message that somebody wants to change or look into, as it is in that
/// transaction.
struct MessageFacts
{
    RoomKind room = RoomKind::Public;
    Role role = Role::None; ///< of who wants to
    bool own = false; ///< whether they sent it
    QDateTime sentAt; ///< UTC
};
/// Who may; the error is the answer where they may not. It is called on a thread of the store's, must be quick
/// and must not call the store. So are RoleRule and RoomRule.
using MessageRule = std::function<std::optional<Error>(const MessageFacts &facts)>;

/// An edit or a deletion of a message.
struct MessageChange
{
    QString roomId;
    qint64 target = 0; ///< seq of the message
    User actor;
    QString clientId; ///< as NewMessage::clientId
    std::optional<QString> text; ///< none: it is deleted
    MessageRule rule;
    std::shared_ptr<MessageChain> chain = {}; ///< none: others may overtake it
};

/// A text that a message had, or has.
struct MessageVersion
{
    qint64 seq = 0; ///< of the event that gave it: the message itself, or an edit
    QString text;
    QDateTime at; ///< UTC
};

struct RoleFacts
{
    RoomKind room = RoomKind::Public;
    Role actor = Role::None; ///< of who wants to change it
    Role before = Role::None; ///< of whom it is changed
    bool self = false; ///< whether these two are one
    int owners = 0; ///< that the room has before
};
using RoleRule = std::function<std::optional<Error>(const RoleFacts &facts)>;

/// Makes a user something else in a room: None removes a member or lifts a ban, Banned removes and keeps out.
/// Invited is not set so.
struct RoleChange
{
    QString roomId;
    User actor;
    QString userId;
    Role role = Role::None;
    RoleRule rule;
};

using RoomRule = std::function<std::optional<Error>(RoomKind kind, Role role)>;

/// Another name or topic; what is not given stays.
struct RoomChange
{
    struct Name
    {
        QString name; ///< as in NewRoom
        QString skeleton;
        QString lookalike = {};
    };
    QString roomId;
    User actor;
    QString clientId;
    std::optional<Name> name;
    std::optional<QString> topic;
    RoomRule rule;
};

/// An event that is durable, with the room that it happened in, as nobody in particular sees it.
struct Committed
{
    RoomEvent event;
    std::shared_ptr<const Room> room;
};

/// A user is a member of a room without an event there: of one that begins with them, or of the first room of
/// a new account.
struct Joined
{
    Room room; ///< as the user sees it
    User user;
};
using CommitNotice = std::variant<Committed, Joined>;

/// Hears of every new event and member in the order of the commits: on the store's own thread, after the
/// transaction and before its calls are answered. It must be quick, and must not call the store.
using CommitObserver = std::function<void(std::vector<CommitNotice> notices)>;

struct Appended
{
    RoomEvent event;
    bool duplicate = false; ///< the client id had been stored before: `event` is the first answer
};

struct ChangedRoom
{
    Room room; ///< as the actor sees it after the change
    bool changed = false; ///< false: it was so already, or the client id had been stored before
};

/// An invitation that has not been answered yet.
struct OpenInvitation
{
    Invitation invitation;
    User invited;
};

struct MembershipChange
{
    Room room; ///< as the user sees it after the change
    User user;
    bool changed = false; ///< false: it was so already
    QList<OpenInvitation> ended = {}; ///< that came to nothing by it: of a member who leaves, to others
};

/// How many invitations may be open at once; 0: any number.
struct InvitationBounds
{
    int ofInviter = 0; ///< sent by one user
    int ofPair = 0; ///< sent by one user to another
    int ofInvited = 0; ///< waiting for one user; the next one takes the place of another
};

struct InvitedUser
{
    OpenInvitation open; ///< where the user is a member already: with nothing but `invited`
    bool created = false; ///< false: the user had been invited before, maybe by somebody else
    bool member = false; ///< of the room, already
    QList<OpenInvitation> ended = {}; ///< in whose place it stands
};

struct UserPage
{
    QList<User> users;
    QString next; ///< id to continue after, empty at the end
};

struct PageQuery
{
    QString roomId;
    std::optional<qint64> before; ///< events with seq < before, the newest of them
    std::optional<qint64> after; ///< events with seq > after, the oldest of them; not together with before
    int limit = 50;
    qint64 bytes = std::numeric_limits<qint64>::max(); ///< of texts (UTF-16), past which a page ends early
    bool messagesOnly = false; ///< no other kinds, and no deleted messages
    /// Who reads: NotFound where the room is not public and they are no member, or where they are banned, when
    /// the page is read. None: nobody is asked.
    std::optional<QString> viewer = {};
};

struct Directory
{
    QList<Room> rooms; ///< in the order of their names; possibly none although there is a next page
    QString next; ///< name to continue after, empty at the end
};

struct RoomsQuery
{
    QString userId;
    QString after; ///< RoomsPage::next of the page before; empty: from the start
    int limit = 100;
    QStringList also =
        {}; ///< ids of rooms that come with the page wherever they stand, if they are the user's
};

struct RoomsPage
{
    QList<Room> rooms; ///< in the order in which they were made, those of `also` first
    QString next; ///< id of the last room, empty at the end
};

struct MembersQuery
{
    QString roomId;
    QString after; ///< MembersPage::next of the page before; empty: from the start
    int limit = 100; ///< 0: only the count
};

struct MembersPage
{
    QList<User> users; ///< in the order in which they registered
    QList<Role> roles; ///< of `users`, in the same order
    QString next; ///< id of the last user, empty at the end
    qint64 count = 0; ///< of all members
};

/// How long a session is kept after it has expired. It is refused from that moment on, but a clock that was
/// wrong for a while must not delete the log-ins of everybody.
inline constexpr std::chrono::hours expiredSessionsKept{90 * 24};

/// Texts of one message that versionsOf() answers; it leaves out the oldest.
inline constexpr int mostVersions = 100;

/// How many users one user can block. Blocking is protection, and counts against nothing else for that.
inline constexpr int mostBlocked = 10'000;

/// How long the row of a guest stays who has left nothing behind and is gone.
inline constexpr std::chrono::hours quietGuestsKept{24};

/// Who knows which guests are here. Called on the store's thread; it must be quick, and must not call the
/// store.
class GuestRegister
{
public:
    virtual ~GuestRegister() = default;
    /// Ids of guests who have gone since they were answered last, at most so many.
    virtual QStringList takeGone(int most) = 0;
    /// The guest is about to be deleted: forgets them and answers true, unless they are here, or were lately.
    virtual bool letGo(const QString &userId) = 0;
};

/// The durable state: users, sessions, rooms, members and every room's log of events.
///
/// Guarantees:
/// - A call never blocks; its answer comes through Done. Calls are safe from any thread; one that ends before
///   the store does closes its postbox first (threads::Postboxes::close()).
/// - A write's answer is given only after its transaction has committed durably
///   (resources/docs/guarantees.md, 1).
/// - Writes are carried out in the order in which they were called, and answered in that order. A read sees
///   every write answered before the read was called.
/// - append() numbers the events of a room 1, 2, 3 … without a gap, and its answers arrive in that order.
/// - append() of a known (sender, clientId) with the same room and text answers the first event again; with
///   another room or text ClientIdReused. A unique index decides. So do the other calls with a client id. Of
///   a message that has been deleted since, the text is not compared.
/// - An event that is read is as it is by then: a message has its newest text, and none where it is deleted.
/// - What is deleted, and what is replaced, is overwritten in the database within seconds, in its log, too.
/// - At the bound of the write queue a write is answered with Overloaded and a retryAfter; nothing of it is
///   stored.
/// - A full disk answers StorageFull and a failing one StorageUnavailable, both with a retryAfter; any other
///   fault Internal. The log has the details. Of a write that was answered so nothing is confirmed: it may be
///   there after a restart, and an append() of the same client id then answers it.
/// - Text is kept character by character, NUL included. Half a surrogate pair is not Unicode: refused with
///   InvalidField where it would be stored (in names also U+FFFE and U+FFFF), and found nowhere.
/// - Users, rooms and senders that a write names must exist: NotFound.
/// - Guests who have neither written anything nor have a direct room are deleted when they have been gone for
///   `quietGuestsKept`.
///
/// The store knows no access rules: it does what it is told (server/core decides who may).
class Store
{
public:
    Store() = default;
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;
    /// Finishes every queued write, answers it where the context still lives, and closes.
    virtual ~Store() = default;

    // Users. Names are looked up by skeleton; ids first, then names.
    /// NameTaken, also where another user has the same lookalike; NotFound where there is no such first room.
    virtual void createUser(NewUser user, QObject *context, Done<User> done) = 0;
    virtual void findUser(QString id, QString skeleton, QObject *context, Done<User> done) = 0; ///< NotFound
    virtual void findCredentials(
        QString skeleton, QObject *context, Done<Credentials> done) = 0; ///< NotFound

    /// Gives the user another password hash and ends all other sessions of theirs, whose ids it answers,
    /// those of expired ones included; all or nothing. BadCredentials where `oldHash` is not the user's any
    /// more, Unauthorized where the session `keptSession` is not.
    virtual void changePassword(QString userId, QString oldHash, QString newHash, QString keptSession,
        QObject *context, Done<QStringList> done) = 0;

    // Sessions
    /// Of a user who has shown the password of this hash, in place of those of the user's that are `ended`.
    /// BadCredentials where it is not the user's any more: no log-in outlives the password that it was made
    /// with.
    virtual void createSession(SessionRecord session, QString passwordHash, QStringList ended,
        QObject *context, Done<Nothing> done) = 0;
    /// Every session, for the daemon's start; those that expired less than `expiredSessionsKept` ago, too.
    virtual void keptSessions(QObject *context, Done<QList<SessionRecord>> done) = 0;
    /// Those that have not expired, the newest first, at most so many.
    virtual void sessionsOf(QString userId, int limit, QObject *context, Done<QList<SessionRecord>> done) = 0;
    /// NotFound where the user has no such session.
    virtual void deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done) = 0;

    // Rooms. `userId` is whom Room::member speaks of; it may be empty.
    virtual void createRoom(
        NewRoom room, QObject *context, Done<Room> done) = 0; ///< NameTaken, Forbidden (too many rooms)
    /// The room of this skeleton, made from `room` where there is none; one transaction decides. NameTaken
    /// where another room looks like it.
    virtual void openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done) = 0;
    virtual void findRoom(
        QString id, QString skeleton, QString userId, QObject *context, Done<Room> done) = 0; ///< NotFound
    /// The direct room of two users, made at first use with both as members; the order of the two does not
    /// matter. Forbidden where there is none yet and `second` has blocked `first`.
    virtual void openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done) = 0;
    /// The direct room of two users where there is one. NotFound.
    virtual void findDirectRoom(QString firstId, QString secondId, QObject *context, Done<Room> done) = 0;
    /// A page of the rooms that a user is a member of. The order never changes: reading on to the end yields
    /// every room that was there all the time, once. InvalidField where `after` is no id.
    virtual void roomsOf(RoomsQuery query, QObject *context, Done<RoomsPage> done) = 0;
    /// Public rooms whose name contains `query` (case-insensitive; empty: all), after the name `after`,
    /// ordered by name without case. Looks at pages::directoryRows names at most.
    virtual void publicRooms(
        QString query, QString after, int limit, QString userId, QObject *context, Done<Directory> done) = 0;
    virtual void setMember(QString roomId, QString userId, bool member, QObject *context,
        Done<MembershipChange> done) = 0; ///< NotFound
    /// NotFound (room, user; also lifting a ban that is not there), Forbidden (direct rooms), and the rule's.
    virtual void setRole(RoleChange change, QObject *context, Done<MembershipChange> done) = 0;
    /// NotFound, NameTaken, Forbidden (direct rooms), ClientIdReused, and the rule's.
    virtual void changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done) = 0;
    /// Makes the user a member where the room is public or the user is invited, which ends the invitation.
    /// NotFound, Forbidden where the user is a member of `mostRooms` already, direct ones aside; 0: of any
    /// number.
    virtual void joinRoom(
        QString roomId, QString userId, int mostRooms, QObject *context, Done<MembershipChange> done) = 0;
    /// A page of the members of a room, in an order that never changes. InvalidField where `after` is no id.
    virtual void membersOf(MembersQuery query, QObject *context, Done<MembersPage> done) = 0;

    // Invitations, which are memberships only once they are accepted: joinRoom(). There is one for a room and
    // a user.
    /// From this network; empty where it is not known. NotFound where the inviter is not a member; Forbidden
    /// where the inviter is blocked; RateLimited past the bounds. At InvitationBounds::ofInvited it takes the
    /// place of the oldest of whoever has the most waiting: networks first, then inviters of that one.
    virtual void invite(QString roomId, QString inviterId, QString invitedId, QString network,
        InvitationBounds bounds, QObject *context, Done<InvitedUser> done) = 0;
    /// That of the user to this room, by id or skeleton. NotFound.
    virtual void findInvitation(
        QString roomId, QString roomSkeleton, QString userId, QObject *context, Done<Invitation> done) = 0;
    /// Those of the user, the newest first; before what InvitationPage::next said.
    virtual void invitationsOf(QString userId, std::optional<qint64> before, int limit, QObject *context,
        Done<InvitationPage> done) = 0;
    /// Ends the user's invitation to this room. With `block` the inviter is blocked: all others of the
    /// inviter's to this user end, too. Answers what has ended. NotFound.
    virtual void declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block,
        QObject *context, Done<QList<OpenInvitation>> done) = 0;
    /// NotFound, also where somebody else has invited.
    virtual void withdrawInvitation(QString roomId, QString invitedId, QString inviterId, QObject *context,
        Done<OpenInvitation> done) = 0;

    /// Whom a user has blocked can neither invite that user nor open a direct room with them, and neither of
    /// the two can write in the one they have. Answers the invitations that end with it. NotFound; Forbidden
    /// past `mostBlocked`.
    virtual void setBlocked(QString userId, QString otherId, bool blocked, QObject *context,
        Done<QList<OpenInvitation>> done) = 0;
    /// Whom the user has blocked, after the user of this id.
    virtual void blockedBy(
        QString userId, QString after, int limit, QObject *context, Done<UserPage> done) = 0;

    // Events
    virtual void append(
        /// NotFound, ClientIdReused; Forbidden in a direct room where one of the two has blocked the other.
        NewMessage message, QObject *context, Done<Appended> done) = 0;
    /// NotFound (also to edit what is deleted), ClientIdReused, and the rule's. Deleting what is deleted
    /// answers the deletion that there is, as a duplicate.
    virtual void changeMessage(MessageChange change, QObject *context, Done<Appended> done) = 0;
    /// Of a message, the oldest first, the present text last; `viewerId` is whom the rule speaks of. NotFound, also
    /// of a deleted one, and the rule's.
    virtual void versionsOf(QString roomId, qint64 seq, QString viewerId, MessageRule rule, QObject *context,
        Done<QList<MessageVersion>> done) = 0;
    /// A limit of 0 answers no events, but epoch, lastSeq and whether there are any. NotFound;
    /// InvalidRequest where both before and after are given.
    virtual void page(PageQuery query, QObject *context, Done<Page> done) = 0;

    /// The seq of the newest event of each of these rooms, by room id; 0 where there is none. Rooms that are not
    /// there are left out.
    virtual void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) = 0;

    /// Writes a few bytes, durably, to learn whether an append() would be accepted and, if not, why.
    virtual void probe(QObject *context, Done<Nothing> done) = 0;
};

} // namespace rookery::store
