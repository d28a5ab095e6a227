// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/ban.h"
#include "common/done.h"
#include "common/invitation.h"
#include "common/messages.h"
#include "common/selfevent.h"

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

struct NewUser
{
    QString id;
    QString name; ///< NFC, as the user spelled it
    QString skeleton; ///< key for looking the name up; unique (core::nameKey())
    QString passwordHash; ///< empty for guests, who cannot log in
    bool guest = false;
    QString firstRoom = {}; ///< id of the room that the user is a member of from the start; empty: none
    /// The same for all names that look alike (core::skeletonOf()). The name is taken if another user has it.
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

/// Why a session has ended before its time. The numbers are those of the database.
enum class SessionEnd { Revoked = 1, PasswordChanged = 2, Surplus = 3 };

/// A session that has ended before its time, as the control log has it.
struct EndedSession
{
    qint64 seq = 0; ///< of the log
    QString sessionId;
    SessionEnd reason = SessionEnd::Revoked;

    bool operator==(const EndedSession &) const = default;
};

/// A part of the control log.
struct ControlPage
{
    QList<EndedSession> ended; ///< in the order of their seqs
    qint64 upTo = 0; ///< the page holds what there is up to this seq; the next one begins after it
    qint64 head = 0; ///< seq of the last entry; 0: there has been none
    qint64 purged = 0; ///< up to this seq the entries have been deleted
    QString epoch; ///< seqs of different epochs are not compared
};

/// A session, and how much of the control log had been written when it was read.
struct FoundSession
{
    SessionRecord session;
    qint64 head = 0; ///< an end of the session comes after this seq
};

struct NewRoom
{
    QString name; ///< NFC; empty for none
    QString skeleton; ///< unique among rooms that have a name
    RoomKind kind = RoomKind::Public;
    QString creatorId = {}; ///< the first member and owner; empty: none
    /// The same for all names that look alike. A new room is refused if another room has it (THREATS 43).
    /// Empty: not compared.
    QString lookalike = {};
    int mostRooms = 0; ///< limit on the creator's memberships, not counting direct rooms; 0: none
};

struct OpenedRoom
{
    Room room;
    bool created = false;
};

/// Messages of one sender that must not overtake each other. If the store refuses one with an error that is
/// retryable (isRetryable()), it refuses all later ones of the chain, too. Thread-safe.
struct MessageChain
{
    std::atomic_bool broken = false;
};

/// Decides whether somebody with this role in the room may make the change; the error is the answer if not. It is
/// called inside the transaction that makes the change, on a thread of the store: it must be fast and must not call
/// the store. The same holds for MessageRule and RoleRule.
using RoomRule = std::function<std::optional<Error>(RoomKind kind, Role role)>;

struct NewMessage
{
    QString roomId;
    User sender;
    QString clientId; ///< UUID, kept as spelled; unique per sender over all rooms, ignoring case
    QString text;
    std::shared_ptr<MessageChain> chain = {}; ///< none: others may overtake it
    RoomRule rule = {}; ///< for the sender's role; none: not checked
};

/// What a MessageRule decides by, as it is in the transaction that reads or changes the message.
struct MessageFacts
{
    RoomKind room = RoomKind::Public;
    Role role = Role::None; ///< of the actor
    bool own = false; ///< whether the actor sent the message
    QDateTime sentAt; ///< UTC
    QDateTime now; ///< by the clock that gave `sentAt`, which need not be this machine's
};
using MessageRule = std::function<std::optional<Error>(const MessageFacts &facts)>;

/// An edit or a deletion of a message.
struct MessageChange
{
    QString roomId;
    qint64 target = 0; ///< seq of the message
    User actor;
    QString clientId; ///< as NewMessage::clientId
    std::optional<QString> text; ///< the new text; none: the message is deleted
    MessageRule rule;
    std::shared_ptr<MessageChain> chain = {}; ///< none: others may overtake it
};

/// A text that a message had, or has.
struct MessageVersion
{
    qint64 seq = 0; ///< of the event that the text comes from: the message itself, or an edit
    QString text;
    QDateTime at; ///< UTC
};

struct VersionsQuery
{
    QString roomId;
    qint64 target = 0; ///< seq of the message
    std::optional<qint64> before = {}; ///< the newest versions with seq < before; none: the newest of all
    int limit = 50;
    qint64 bytes = std::numeric_limits<qint64>::max(); ///< of text (UTF-16), past which the page ends early
    QString viewerId = {}; ///< whose role the rule is given
    MessageRule rule = {}; ///< none: not checked
};

/// Texts of a message, the oldest first.
struct VersionPage
{
    QList<MessageVersion> versions;
    bool hasMore = false; ///< whether there are older ones
};

struct RoleFacts
{
    RoomKind room = RoomKind::Public;
    Role actor = Role::None; ///< role of whoever makes the change
    Role before = Role::None; ///< role of the user whose role is changed
    bool self = false; ///< whether these two are the same user
    int owners = 0; ///< number of owners before the change
};
using RoleRule = std::function<std::optional<Error>(const RoleFacts &facts)>;

/// Another role for a user in a room. None removes a member or lifts a ban; Banned removes the user and keeps them
/// out. Invited is refused: see invite().
struct RoleChange
{
    QString roomId;
    User actor;
    QString userId;
    Role role = Role::None;
    RoleRule rule;
};

/// Another name or topic for a room. What is not given stays as it is.
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

/// An event that is durable, and its room as seen by a user without a role in it.
struct Committed
{
    RoomEvent event;
    std::shared_ptr<const Room> room;
};

/// A new member without an event in the room: a room begins with its members, and a new account with its first
/// room.
struct Joined
{
    Room room; ///< as the user sees it
    User user;
};
/// An event of a user's self stream. Nobody else may hear of it.
struct SelfCommitted
{
    QString userId;
    SelfEvent event;
};
using CommitNotice = std::variant<Committed, Joined, SelfCommitted>;

/// Hears of every new event and member that this store has committed, after the transaction and before its calls are
/// answered. What happens in one room comes in the order in which it happened; what happens in two, in any order. It
/// is called on a thread of the store's, by one at a time; it must be quick and must not call the store.
using CommitObserver = std::function<void(std::vector<CommitNotice> notices)>;

struct Appended
{
    RoomEvent event;
    bool duplicate = false; ///< the client id was stored before: `event` is the first answer
};

struct MarkedRead
{
    /// A ReadMarked with the marker as it is now; its seq is 0 where the stream has none of this room.
    SelfEvent event;
    bool changed = false; ///< false: the user had read as far already
};

struct ChangedRoom
{
    Room room; ///< as the actor sees it after the change
    bool changed = false; ///< false: nothing to change, or the client id was stored before
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
    bool changed = false; ///< false: nothing to change
    QList<OpenInvitation> ended = {}; ///< ended by the change, for example those a leaving member had sent
};

/// How many invitations may be open at once; 0: any number.
struct InvitationBounds
{
    int ofInviter = 0; ///< sent by one user
    int ofPair = 0; ///< sent by one user to another
    int ofInvited = 0; ///< received by one user; a further one replaces another
};

struct InvitedUser
{
    OpenInvitation open; ///< only `invited` is set if the user is a member already
    bool created = false; ///< false: the user was invited before, perhaps by somebody else
    bool member = false; ///< whether the user is a member already
    QList<OpenInvitation> ended = {}; ///< those that it replaces
};

struct UserPage
{
    QList<User> users;
    QString next; ///< id to continue after, empty at the end
};

struct PageQuery
{
    QString roomId;
    std::optional<qint64> before; ///< the newest events with seq < before
    std::optional<qint64> after; ///< the oldest events with seq > after; not together with before
    int limit = 50;
    qint64 bytes = std::numeric_limits<qint64>::max(); ///< of text (UTF-16), past which the page ends early
    bool messagesOnly = false; ///< without other kinds and deleted messages
    /// The reader. NotFound if they are banned, or the room is not public and they are not a member, at the time
    /// of reading. None: not checked.
    std::optional<QString> viewer = {};
};

/// What a client misses that comes back: the oldest events after a seq, in several rooms.
struct MissedQuery
{
    struct Place
    {
        QString roomId;
        qint64 after = 0;
    };
    QString viewer; ///< as PageQuery::viewer
    QList<Place> places;
    int limit = 500; ///< on the events in all; each room has its share, at least one
    qint64 bytes = std::numeric_limits<qint64>::max(); ///< of text (UTF-16), past which the pages end early
};
using MissedPages = QList<Result<Page>>; ///< in the order of MissedQuery::places

struct Directory
{
    QList<Room> rooms; ///< in the order of their names; may be empty although there is a next page
    QString next; ///< name to continue after, empty at the end
};

struct RoomsQuery
{
    QString userId;
    QString after; ///< RoomsPage::next of the page before; empty: from the start
    int limit = 100;
    /// Ids of rooms of the user that are on the page whatever their place in the order.
    QStringList also = {};
};

struct RoomsPage
{
    QList<Room> rooms; ///< in the order of their creation, those of `also` first
    QString next; ///< id of the last room, empty at the end
    /// By room id, of the rooms whose marker is known.
    QHash<QString, ReadMark> marks = {};
    QString epoch = {};
    qint64 selfSeq = 0; ///< the last of the user's self stream; 0: empty
};

struct DirectoryQuery
{
    QString name = {}; ///< part of the name, in any case; empty: all
    QString after = {}; ///< Directory::next of the page before; empty: from the start
    int limit = 50;
    QString viewerId = {}; ///< whose role the rooms have, and whose bans count
    bool banned = false; ///< whether the rooms that the viewer is banned from are there, too
};

struct MembersQuery
{
    QString roomId;
    QString after; ///< MembersPage::next of the page before; empty: from the start
    int limit = 100; ///< 0: only the count
};

struct BansQuery
{
    QString roomId;
    QString viewerId; ///< whom the rule speaks of
    QString after = {}; ///< BanPage::next of the page before; empty: from the start
    int limit = 100;
    RoomRule rule = {}; ///< none: nobody is asked
};

struct MembersPage
{
    QList<User> users; ///< in the order of their registration
    QList<Role> roles; ///< of `users`, in the same order
    QString next; ///< id of the last user, empty at the end
    qint64 count = 0; ///< of all members
};

/// How long an expired session is kept. It is refused as soon as it has expired, but a clock that is wrong for a
/// while must not delete everybody's log-ins.
inline constexpr std::chrono::hours expiredSessionsKept{90 * 24};

/// How long an entry of the control log is kept, at least where the clocks of all nodes are right.
inline constexpr std::chrono::hours controlLogKept{1};

/// How many names a room keeps that it had before.
inline constexpr int mostFormerNames = 20;

/// How many users one user can block. Blocking protects, so no other limit applies to it.
inline constexpr int mostBlocked = 10'000;

/// How long the row of an absent guest is kept who has left nothing behind.
inline constexpr std::chrono::hours quietGuestsKept{24};

/// Who knows which guests are here. Called on a thread of the store's; it must be quick and must not call the store.
class GuestRegister
{
public:
    virtual ~GuestRegister() = default;
    /// Ids of at most so many guests who have gone and were not returned before.
    virtual QStringList takeGone(int most) = 0;
    /// Before a guest is deleted. False if they are connected or were lately; else it forgets them.
    virtual bool letGo(const QString &userId) = 0;
};

/// The durable state: users, sessions, rooms, members and every room's log of events.
///
/// Guarantees:
/// - A call never blocks; its answer comes through Done: on the thread of the call's context object, from the
///   event loop, never from inside the call, and not once the context has been destroyed. Calls are safe from
///   any thread; one that ends before the store does closes its postbox first (threads::Postboxes::close()).
/// - A write's answer is given only after its transaction has committed durably
///   (resources/docs/guarantees.md, 1).
/// - append() and changeMessage() in one room are carried out in the order in which they were called, and answered in
///   that order. So are all other writes among themselves. A call sees every write that was answered before it was
///   called.
/// - append() numbers the events of a room 1, 2, 3 … without a gap, and its answers arrive in that order.
/// - append() of a known (sender, clientId) with the same room and text answers the first event again; with
///   another room or text ClientIdReused. A unique index decides. So do the other calls with a client id. Of
///   a message that has been deleted since, the text is not compared.
/// - An event that is read is as it is by then: a message has its newest text, and none where it is deleted.
/// - The time of an event is that of the database's clock: the next event may have an earlier one when that clock was
///   put back, and it says nothing about the clock of this machine.
/// - The epoch (Room::epoch, Page::epoch) names the history that seqs count in. It is as of when the answer was read:
///   it may become another one while the store is open, and seqs of different epochs are not compared.
/// - What is deleted, and what is replaced, is in no answer from then on, and in no file of the database as soon as the
///   database can remove it: SQLite within seconds, in its log, too.
/// - At the bound of the write queue a write is answered with Overloaded and a retryAfter; nothing of it is
///   stored.
/// - A full disk answers StorageFull and a failing one StorageUnavailable, both with a retryAfter; any other
///   fault Internal. The log has the details. Of a write that was answered so nothing is confirmed: it may be
///   there after a restart, and an append() of the same client id then answers it.
/// - Text is kept character by character. NUL, and half a surrogate pair, which is not Unicode, are refused with
///   InvalidField where they would be stored (in names also U+FFFE and U+FFFF), and found nowhere.
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
    /// Carries out every queued write, answers those whose context still exists, and closes.
    virtual ~Store() = default;

    /// Whether other processes may write to the same database, so that what this one remembers may be outdated.
    /// Constant.
    virtual bool isShared() const { return false; }

    // Users. Where both are given, the id is looked up first, then the skeleton of the name.
    /// NameTaken, also if another user has the same lookalike; NotFound if there is no such first room.
    virtual void createUser(NewUser user, QObject *context, Done<User> done) = 0;
    virtual void findUser(QString id, QString skeleton, QObject *context, Done<User> done) = 0; ///< NotFound
    virtual void findCredentials(
        QString skeleton, QObject *context, Done<Credentials> done) = 0; ///< NotFound

    /// Replaces the user's password hash and ends all of their other sessions, in one transaction; returns the ids
    /// of these, expired ones included. BadCredentials if `oldHash` is no longer the user's, Unauthorized if the
    /// session `keptSession` is not.
    virtual void changePassword(QString userId, QString oldHash, QString newHash, QString keptSession,
        QObject *context, Done<QStringList> done) = 0;

    // Sessions
    /// A session of a user whose password was verified against this hash. Deletes the user's sessions `ended`.
    /// BadCredentials if the hash is no longer the user's: a log-in must not outlive the password it was made with.
    virtual void createSession(SessionRecord session, QString passwordHash, QStringList ended,
        QObject *context, Done<Nothing> done) = 0;
    /// Every session, for the daemon's start, including those that expired less than `expiredSessionsKept` ago.
    virtual void keptSessions(QObject *context, Done<QList<SessionRecord>> done) = 0;
    /// At most so many of the user's sessions that have not expired, the newest first.
    virtual void sessionsOf(QString userId, int limit, QObject *context, Done<QList<SessionRecord>> done) = 0;
    /// NotFound if the user has no such session.
    virtual void deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done) = 0;
    /// NotFound if there is none, or it has expired.
    virtual void findSession(QString sessionId, QObject *context, Done<FoundSession> done) = 0;
    /// The entries of the control log after this seq, at most `limit`: every session that createSession(),
    /// changePassword() or deleteSession() has deleted, written in the same transaction. Seqs are given out as 1, 2, 3 …
    /// and committed in this order: whoever has read up to one has missed none before it, except what was purged.
    virtual void controlAfter(qint64 seq, int limit, QObject *context, Done<ControlPage> done) = 0;

    // Rooms. They are returned as `userId` sees them (Room::role); it may be empty.
    virtual void createRoom(
        NewRoom room, QObject *context, Done<Room> done) = 0; ///< NameTaken, Forbidden (too many rooms)
    /// The room with this skeleton, created from `room` if there is none, in one transaction. NameTaken if another
    /// room's name looks like it.
    virtual void openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done) = 0;
    virtual void findRoom(
        QString id, QString skeleton, QString userId, QObject *context, Done<Room> done) = 0; ///< NotFound
    /// The direct room of two users, in either order, created at first use with both as members. Forbidden if there
    /// is none yet and `second` has blocked `first`.
    virtual void openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done) = 0;
    /// The direct room of two users, if there is one. NotFound.
    virtual void findDirectRoom(QString firstId, QString secondId, QObject *context, Done<Room> done) = 0;
    /// A page of the rooms that a user is a member of. Their order never changes: whoever reads all pages gets every
    /// room that was there all the time exactly once. InvalidField if `after` is not an id.
    virtual void roomsOf(RoomsQuery query, QObject *context, Done<RoomsPage> done) = 0;
    /// A page of the public rooms, ordered by name, ignoring case. Examines at most pages::directoryRows names.
    virtual void publicRooms(DirectoryQuery query, QObject *context, Done<Directory> done) = 0;
    /// NotFound. A private room whose last member leaves, by this or by setRole(), can be entered by nobody any more: it
    /// keeps its log, and its names, former ones too, are free for other rooms.
    virtual void setMember(
        QString roomId, QString userId, bool member, QObject *context, Done<MembershipChange> done) = 0;
    /// NotFound (room, user, or a ban to lift), Forbidden (direct rooms), and the rule's errors.
    virtual void setRole(RoleChange change, QObject *context, Done<MembershipChange> done) = 0;
    /// NotFound, NameTaken, Forbidden (direct rooms), ClientIdReused, and the rule's errors.
    /// A room keeps the names that it had: it is found by them, and no other room can have them. Forbidden also for
    /// another name past `mostFormerNames`.
    virtual void changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done) = 0;
    /// Makes the user a member if the room is public or the user is invited; ends the invitation. NotFound;
    /// Forbidden if the user is a member of `mostRooms` rooms already, not counting direct rooms (0: no limit).
    virtual void joinRoom(
        QString roomId, QString userId, int mostRooms, QObject *context, Done<MembershipChange> done) = 0;
    /// A page of the members of a room, in an order that never changes. InvalidField if `after` is not an id.
    virtual void membersOf(MembersQuery query, QObject *context, Done<MembersPage> done) = 0;
    /// The first page of the members of each of these rooms, by room id, as membersOf() answers it. Rooms that are not
    /// there are left out.
    virtual void firstMembersOf(
        QStringList roomIds, int limit, QObject *context, Done<QHash<QString, MembersPage>> done) = 0;
    /// A page of who is banned from a room, in the order in which they registered. NotFound, InvalidField where
    /// `after` is no id, and the rule's.
    virtual void bansOf(BansQuery query, QObject *context, Done<BanPage> done) = 0;

    // Invitations. An invited user becomes a member by joinRoom(). There is at most one for each room and user.
    /// `network`: the inviter's, empty if unknown. NotFound if the inviter is not a member; Forbidden if the invited
    /// user has blocked them; RateLimited past the bounds. At InvitationBounds::ofInvited it replaces another one: of
    /// the network with the most invitations to this user, and there of the inviter with the most, the oldest.
    virtual void invite(QString roomId, QString inviterId, QString invitedId, QString network,
        InvitationBounds bounds, QObject *context, Done<InvitedUser> done) = 0;
    /// The user's invitation to the room with this id or skeleton. NotFound.
    virtual void findInvitation(
        QString roomId, QString roomSkeleton, QString userId, QObject *context, Done<Invitation> done) = 0;
    /// A page of the user's invitations, the newest first. `before`: InvitationPage::next of the page before.
    virtual void invitationsOf(QString userId, std::optional<qint64> before, int limit, QObject *context,
        Done<InvitationPage> done) = 0;
    /// Ends the user's invitation to this room. With `block` it also blocks the inviter and ends all other
    /// invitations from them to this user. Returns the ended ones. NotFound.
    virtual void declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block,
        QObject *context, Done<QList<OpenInvitation>> done) = 0;
    /// Ends an invitation that the actor sent, or anybody's if `ofOthers` refuses nothing. NotFound.
    virtual void withdrawInvitation(QString roomId, QString invitedId, QString actorId, RoomRule ofOthers,
        QObject *context, Done<OpenInvitation> done) = 0;

    /// Blocks or unblocks the other user. A blocked user can neither invite the user nor open a direct room with
    /// them, and neither of the two can write in the direct room they have. Returns the invitations that this ends.
    /// NotFound; Forbidden past `mostBlocked`.
    virtual void setBlocked(QString userId, QString otherId, bool blocked, QObject *context,
        Done<QList<OpenInvitation>> done) = 0;
    /// A page of the users whom this user has blocked. `after`: UserPage::next of the page before.
    virtual void blockedBy(
        QString userId, QString after, int limit, QObject *context, Done<UserPage> done) = 0;

    // Events
    virtual void append(
        /// NotFound, ClientIdReused, and the rule's; Forbidden in a direct room where one of the two has blocked
        /// the other.
        NewMessage message, QObject *context, Done<Appended> done) = 0;
    /// NotFound (also to edit what is deleted), ClientIdReused, and the rule's. Deleting what is deleted
    /// answers the deletion that there is, as a duplicate.
    virtual void changeMessage(MessageChange change, QObject *context, Done<Appended> done) = 0;
    /// A page of the texts of a message, the present one among them. Edits made meanwhile move none of the older
    /// ones: reading on with `before` from the newest yields each once. NotFound, also for a deleted message, and
    /// the rule's errors.
    virtual void versionsOf(VersionsQuery query, QObject *context, Done<VersionPage> done) = 0;
    /// With a limit of 0 the page has no events, but epoch, lastSeq and hasMore. NotFound; InvalidRequest if both
    /// before and after are given.
    virtual void page(PageQuery query, QObject *context, Done<Page> done) = 0;

    /// The page of each of these rooms, in one go; whether it is there, and may be read, is each one's own answer.
    virtual void missed(MissedQuery query, QObject *context, Done<MissedPages> done) = 0;

    /// The seq of the newest event of each of these rooms, by room id; 0 where there is none. Rooms that are not
    /// there are left out.
    virtual void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) = 0;

    // The self stream
    /// The user has read the room up to `seq`. A marker never moves back, and a message of the user's own is
    /// one, too: what has been read already changes nothing. NotFound where the user is no member;
    /// InvalidField where `seq` is past the room's last one or negative.
    virtual void markRead(
        QString roomId, QString userId, qint64 seq, QObject *context, Done<MarkedRead> done) = 0;
    /// The events of the user's self stream after this seq, the oldest first: of each subject the newest one,
    /// as it is when it is read. Reading on from SelfPage::upTo to the end yields the present state of
    /// everything that has changed since `after`.
    virtual void selfEvents(
        QString userId, qint64 after, int limit, QObject *context, Done<SelfPage> done) = 0;

    /// Names this database among all others, as long as it stays where it is: nodes of one database have the same, and a copy
    /// of it has another one. Letters, digits, `.` and `-`. Constant.
    virtual QString identity() const = 0;

    /// Writes a few bytes, durably, to learn whether an append() would be accepted and, if not, why.
    virtual void probe(QObject *context, Done<Nothing> done) = 0;
};

} // namespace rookery::store
