#pragma once

#include "common/messages.h"
#include "common/result.h"

#include <QHostAddress>
#include <QObject>

#include <functional>
#include <memory>
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
    QString skeleton; ///< what decides whether the name is taken; unique (core/names.h)
    QString passwordHash; ///< empty for guests, who cannot log in
    bool guest = false;
    QString firstRoom = {}; ///< id of a room that the user is a member of from the start; empty: of none
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
};

struct OpenedRoom
{
    Room room;
    bool created = false;
};

struct NewMessage
{
    QString roomId;
    User sender;
    QString clientId; ///< UUID, whose spelling is kept; unique per sender over all rooms, whatever the case
    QString text;
    std::shared_ptr<const Room> room = {}; ///< for the commit observer, which does not hear of it without
};

/// An event that is durable, with the room that it happened in.
struct Committed
{
    RoomEvent event;
    std::shared_ptr<const Room> room;
};

/// Hears of every new event in the order of the commits: on the store's own thread, after the transaction and
/// before its calls are answered. It must be quick, and must not call the store.
using CommitObserver = std::function<void(std::vector<Committed> committed)>;

struct Appended
{
    RoomEvent event;
    bool duplicate = false; ///< the client id had been stored before: `event` is the first answer
};

struct MembershipChange
{
    Room room; ///< as the user sees it after the change
    User user;
    bool changed = false; ///< false: it was so already
};

struct PageQuery
{
    QString roomId;
    std::optional<qint64> before; ///< events with seq < before, the newest of them
    std::optional<qint64> after; ///< events with seq > after, the oldest of them; not together with before
    int limit = 50;
};

struct Directory
{
    QList<Room> rooms; ///< in the order of their names
    QString next; ///< name to continue after, empty at the end
};

/// How long a session is kept after it has expired. It is refused from that moment on, but a clock that was
/// wrong for a while must not delete the log-ins of everybody.
inline constexpr std::chrono::hours expiredSessionsKept{90 * 24};

/// The durable state: users, sessions, rooms, members and every room's log of events.
///
/// Guarantees:
/// - A call never blocks; its answer comes through Done. Calls are safe from any thread; one that ends before
///   the store does closes its postbox first (threads::Postboxes::close()).
/// - A write's answer is given only after its transaction has committed durably (CONTRACT.md, delivery 1).
/// - Writes are carried out in the order in which they were called, and answered in that order. A read sees
/// every
///   write answered before the read was called.
/// - append() numbers the events of a room 1, 2, 3 … without a gap, and its answers arrive in that order.
/// - append() of a known (sender, clientId) with the same room and text answers the first event again; with
/// another
///   room or text ClientIdReused. A unique index decides.
/// - At the bound of the write queue a write is answered with Overloaded and a retryAfter; nothing of it is
/// stored.
/// - A full disk answers StorageFull and a failing one StorageUnavailable, both with a retryAfter; any other
/// fault
///   Internal. The log has the details. Of a write that was answered so nothing is confirmed: it may be there
///   after a restart, and an append() of the same client id then answers it.
/// - Text is kept character by character, NUL included. Half a surrogate pair is not Unicode: refused with
///   InvalidField where it would be stored (in names also U+FFFE and U+FFFF), and found nowhere.
/// - Users, rooms and senders that a write names must exist: NotFound.
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
    /// NameTaken; NotFound where there is no such first room.
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
    /// Of a user who has shown the password of this hash. BadCredentials where it is not the user's any more:
    /// no log-in outlives the password that it was made with.
    virtual void createSession(
        SessionRecord session, QString passwordHash, QObject *context, Done<Nothing> done) = 0;
    /// Every session, for the daemon's start; those that expired less than `expiredSessionsKept` ago, too.
    virtual void keptSessions(QObject *context, Done<QList<SessionRecord>> done) = 0;
    virtual void sessionsOf(QString userId, QObject *context, Done<QList<SessionRecord>> done) = 0;
    /// NotFound where the user has no such session.
    virtual void deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done) = 0;

    // Rooms. `userId` is whom Room::member speaks of; it may be empty.
    virtual void createRoom(NewRoom room, QObject *context, Done<Room> done) = 0; ///< NameTaken
    /// The room of this skeleton, made from `room` where there is none; one transaction decides.
    virtual void openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done) = 0;
    virtual void findRoom(
        QString id, QString skeleton, QString userId, QObject *context, Done<Room> done) = 0; ///< NotFound
    /// The direct room of two users, made at first use with both as members; the order of the two does not
    /// matter.
    virtual void openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done) = 0;
    virtual void roomsOf(QString userId, QObject *context, Done<QList<Room>> done) = 0;
    /// Public rooms whose name contains `query` (case-insensitive; empty: all), after the name `after`,
    /// ordered by name without case.
    virtual void publicRooms(
        QString query, QString after, int limit, QString userId, QObject *context, Done<Directory> done) = 0;
    virtual void setMember(QString roomId, QString userId, bool member, QObject *context,
        Done<MembershipChange> done) = 0; ///< NotFound
    virtual void membersOf(QString roomId, QObject *context, Done<QList<User>> done) = 0;

    // Events
    virtual void append(
        NewMessage message, QObject *context, Done<Appended> done) = 0; ///< NotFound, ClientIdReused
    /// A limit of 0 answers no events, but epoch, lastSeq and whether there are any. NotFound;
    /// InvalidRequest where both before and after are given.
    virtual void page(PageQuery query, QObject *context, Done<Page> done) = 0;

    /// Writes a few bytes, durably: whether that can be done, and what an append() would be refused for now.
    virtual void probe(QObject *context, Done<Nothing> done) = 0;
};

} // namespace rookery::store
