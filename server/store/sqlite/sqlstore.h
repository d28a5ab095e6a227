// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/store/queries/namequeries.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/logheads.h"
#include "server/store/store.h"
#include "server/threads/postbox.h"

#include <memory>

namespace rookery::store {

class Checkpointer;
class HistoryMark;
class LogIndex;
class Readers;
class Writer;

struct SqliteOptions
{
    QString path; ///< of the database file; made where it is missing, mode 0600
    int readers = 2; ///< threads that read, one connection each
    int queueBound = Limits().storeQueue;
    CommitObserver committed = {};
    GuestRegister *guests = nullptr; ///< none: nobody is here; outlives the store
    std::chrono::milliseconds housekeepingInterval = std::chrono::minutes(15);
    NameRules names = {}; ///< none: what is stored is not compared anew
    /// Whose boxes the answers go into: the observer's, where the order between the two matters.
    std::shared_ptr<threads::Postboxes> postboxes = std::make_shared<threads::Postboxes>();
};

/// Opens the store on SQLite and brings its schema up to date; called once, before the listeners, and may
/// block. The Error is a sentence for the operator (cannot be opened, newer schema than this program knows,
/// migration that failed …).
Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions &options);

/// The Store on an SQL database: queues every call for the writer or the readers (writer.h, reader.h) and
/// says which query it is. Lives anywhere; its methods are thread-safe.
class SqlStore final : public Store
{
public:
    /// As openSqlite(), for those who need more than the contract (tests, measurements).
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
    void publicRooms(QString query, QString after, int limit, QString userId, QObject *context,
        Done<Directory> done) override;
    void setMember(
        QString roomId, QString userId, bool member, QObject *context, Done<MembershipChange> done) override;
    void setRole(RoleChange change, QObject *context, Done<MembershipChange> done) override;
    void changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done) override;
    void joinRoom(QString roomId, QString userId, int mostRooms, QObject *context,
        Done<MembershipChange> done) override;
    void membersOf(MembersQuery query, QObject *context, Done<MembersPage> done) override;

    void invite(QString roomId, QString inviterId, QString invitedId, QString network,
        InvitationBounds bounds, QObject *context, Done<InvitedUser> done) override;
    void findInvitation(QString roomId, QString roomSkeleton, QString userId, QObject *context,
        Done<Invitation> done) override;
    void invitationsOf(QString userId, std::optional<qint64> before, int limit, QObject *context,
        Done<InvitationPage> done) override;
    void declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block, QObject *context,
        Done<QList<OpenInvitation>> done) override;
    void withdrawInvitation(QString roomId, QString invitedId, QString inviterId, QObject *context,
        Done<OpenInvitation> done) override;
    void setBlocked(QString userId, QString otherId, bool blocked, QObject *context,
        Done<QList<OpenInvitation>> done) override;
    void blockedBy(QString userId, QString after, int limit, QObject *context, Done<UserPage> done) override;

    void append(NewMessage message, QObject *context, Done<Appended> done) override;
    void changeMessage(MessageChange change, QObject *context, Done<Appended> done) override;
    void versionsOf(QString roomId, qint64 seq, QString viewerId, MessageRule rule, QObject *context,
        Done<QList<MessageVersion>> done) override;
    void page(PageQuery query, QObject *context, Done<Page> done) override;
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override;
    void probe(QObject *context, Done<Nothing> done) override;

    /// Transactions the writer has committed.
    quint64 commits() const;
    /// Runs `work` as one write among the others, inside their transaction. It may throw DatabaseError.
    void runOnWriter(std::function<Result<Nothing>(Connection &)> work, QObject *context, Done<Nothing> done);

private:
    SqlStore() = default;
    Result<Nothing> start(const SqliteOptions &options);
    Result<Nothing> prepare(Connection &connection, const SqliteOptions &options);
    /// Finds out which history this is. Inside a transaction; throws DatabaseError.
    void readEpoch(Connection &connection);
    /// Deletes what is of no use any more, a portion at a time. True where there is more to do.
    bool keepHouse(Connection &connection);

    /// What the observer is told.
    void announce(std::vector<CommitNotice> notices, const CommitObserver &observer);

    template <typename T, typename Work>
    void write(QObject *context, Done<T> done, Work work);
    /// A write that changes rooms: its work is given the EventLog, too.
    template <typename T, typename Work>
    void writeLogged(QObject *context, Done<T> done, Work work);
    template <typename T, typename Work>
    void read(QObject *context, Done<T> done, Work work);

    std::shared_ptr<threads::Postboxes> m_postboxes;
    QString m_epoch; ///< set before the first call, constant from then on
    LogHeads m_heads; ///< the writer's, on its thread
    std::unique_ptr<HistoryMark> m_mark; ///< the same
    GuestRegister *m_guests = nullptr;
    std::unique_ptr<LogIndex>
        m_logIndex; ///< the checkpointer's, on its thread; closed after every connection
    std::unique_ptr<Checkpointer> m_checkpointer; ///< the writer talks to it to its end
    // In this order: the writer's connection is closed last and then empties the write-ahead log.
    std::unique_ptr<Writer> m_writer;
    std::unique_ptr<Readers> m_readers;
};

} // namespace rookery::store
