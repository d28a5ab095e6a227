// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/options.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/logheads.h"
#include "server/store/store.h"

#include <memory>

namespace rookery::store {

class Checkpointer;
class HistoryMark;
class LogIndex;
class Readers;
class Writer;

struct SqliteOptions : StoreOptions
{
    QString path = {}; ///< of the database file; made where it is missing, mode 0600
    int readers = 2; ///< threads that read, one connection each
};

/// Opens the store on SQLite and brings its schema up to date. Blocks; called once, before the server listens. The
/// Error is a sentence for the operator (file cannot be opened, unknown newer schema, failed migration …).
Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions &options);

/// The Store on SQLite: makes each call a job for the writer or the readers (writer.h, reader.h). Its methods are
/// thread-safe.
class SqlStore final : public Store
{
public:
    /// As openSqlite(), for tests and benchmarks, which need more than the contract.
    static Result<std::unique_ptr<SqlStore>> open(const SqliteOptions &options);
    ~SqlStore() override;

    void createUser(NewUser user, QObject *context, Done<User> done) override;
    void findUser(QString id, QString skeleton, QObject *context, Done<User> done) override;
    void findCredentials(QString skeleton, QObject *context, Done<Credentials> done) override;

    void changePassword(QString userId, QString oldHash, QString newHash, QString keptSession,
        QObject *context, Done<QStringList> done) override;

    void createSession(SessionRecord session, QString passwordHash, QStringList ended, QObject *context,
        Done<Nothing> done) override;
    void keptSessions(QObject *context, Done<QList<SessionRecord>> done) override;
    void sessionsOf(QString userId, int limit, QObject *context, Done<QList<SessionRecord>> done) override;
    void deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done) override;

    void createRoom(NewRoom room, QObject *context, Done<Room> done) override;
    void openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done) override;
    void findRoom(QString id, QString skeleton, QString userId, QObject *context, Done<Room> done) override;
    void openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done) override;
    void findDirectRoom(QString firstId, QString secondId, QObject *context, Done<Room> done) override;
    void roomsOf(RoomsQuery query, QObject *context, Done<RoomsPage> done) override;
    void publicRooms(DirectoryQuery query, QObject *context, Done<Directory> done) override;
    void setMember(
        QString roomId, QString userId, bool member, QObject *context, Done<MembershipChange> done) override;
    void setRole(RoleChange change, QObject *context, Done<MembershipChange> done) override;
    void changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done) override;
    void joinRoom(QString roomId, QString userId, int mostRooms, QObject *context,
        Done<MembershipChange> done) override;
    void membersOf(MembersQuery query, QObject *context, Done<MembersPage> done) override;
    void bansOf(BansQuery query, QObject *context, Done<BanPage> done) override;

    void invite(QString roomId, QString inviterId, QString invitedId, QString network,
        InvitationBounds bounds, QObject *context, Done<InvitedUser> done) override;
    void findInvitation(QString roomId, QString roomSkeleton, QString userId, QObject *context,
        Done<Invitation> done) override;
    void invitationsOf(QString userId, std::optional<qint64> before, int limit, QObject *context,
        Done<InvitationPage> done) override;
    void declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block, QObject *context,
        Done<QList<OpenInvitation>> done) override;
    void withdrawInvitation(QString roomId, QString invitedId, QString actorId, RoomRule ofOthers,
        QObject *context, Done<OpenInvitation> done) override;
    void setBlocked(QString userId, QString otherId, bool blocked, QObject *context,
        Done<QList<OpenInvitation>> done) override;
    void blockedBy(QString userId, QString after, int limit, QObject *context, Done<UserPage> done) override;

    void append(NewMessage message, QObject *context, Done<Appended> done) override;
    void changeMessage(MessageChange change, QObject *context, Done<Appended> done) override;
    void versionsOf(VersionsQuery query, QObject *context, Done<VersionPage> done) override;
    void page(PageQuery query, QObject *context, Done<Page> done) override;
    void markRead(
        QString roomId, QString userId, qint64 seq, QObject *context, Done<MarkedRead> done) override;
    void selfEvents(QString userId, qint64 after, int limit, QObject *context, Done<SelfPage> done) override;
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override;
    void probe(QObject *context, Done<Nothing> done) override;

    /// Number of transactions committed since the start.
    quint64 commits() const;
    /// Runs `work` as one write, inside the transaction of its batch. It may throw DatabaseError.
    void runOnWriter(std::function<Result<Nothing>(Connection &)> work, QObject *context, Done<Nothing> done);

private:
    SqlStore() = default;
    Result<Nothing> start(const SqliteOptions &options);
    Result<Nothing> prepare(Connection &connection, const SqliteOptions &options);
    /// Reads the epoch, or gives the database a new one. Inside a transaction; throws DatabaseError.
    void readEpoch(Connection &connection);
    /// Deletes expired sessions and absent guests, a portion at a time. True if there is more to do.
    bool keepHouse(Connection &connection);

    /// Passes the notices of a commit on to the history mark, the checkpointer and the observer.
    void announce(std::vector<CommitNotice> notices, const CommitObserver &observer);

    template <typename T, typename Work>
    void write(QObject *context, Done<T> done, Work work);
    /// A write that changes rooms: `work` also gets the EventLog.
    template <typename T, typename Work>
    void writeLogged(QObject *context, Done<T> done, Work work);
    template <typename T, typename Work>
    void read(QObject *context, Done<T> done, Work work);

    std::shared_ptr<threads::Postboxes> m_postboxes;
    QString m_epoch; ///< set before the first call, then constant
    LogHeads m_heads; ///< used on the writer's thread
    std::unique_ptr<HistoryMark> m_mark; ///< used on the writer's thread
    GuestRegister *m_guests = nullptr;
    std::unique_ptr<LogIndex>
        m_logIndex; ///< used on the checkpointer's thread; closed after every connection
    std::unique_ptr<Checkpointer> m_checkpointer; ///< must outlive the writer, which calls it
    // In this order: the writer's connection is closed last and then empties the write-ahead log.
    std::unique_ptr<Writer> m_writer;
    std::unique_ptr<Readers> m_readers;
};

} // namespace rookery::store
