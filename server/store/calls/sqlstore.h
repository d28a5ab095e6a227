// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/calls/bulkreads.h"
#include "server/store/epoch.h"
#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"
#include "server/threads/postbox.h"

#include <memory>

namespace rookery::store {

class Readers;
class Writer;

/// The calls of the Store on a database that speaks SQL: each is a job for the writer or the readers (jobs/writer.h,
/// jobs/reader.h). A database derives from it, and opens these two. The calls are thread-safe.
class SqlStore : public Store
{
public:
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
    void findSession(QString sessionId, QObject *context, Done<FoundSession> done) override;
    void controlAfter(qint64 seq, int limit, QObject *context, Done<ControlPage> done) override;

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
    void firstMembersOf(
        QStringList roomIds, int limit, QObject *context, Done<QHash<QString, MembersPage>> done) override;
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
    void missed(MissedQuery query, QObject *context, Done<MissedPages> done) override;
    void markRead(
        QString roomId, QString userId, qint64 seq, QObject *context, Done<MarkedRead> done) override;
    void selfEvents(QString userId, qint64 after, int limit, QObject *context, Done<SelfPage> done) override;
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override;
    void probe(QObject *context, Done<Nothing> done) override;
    QString identity() const override { return m_identity; }

    /// Number of transactions committed since the start.
    quint64 commits() const;
    /// Runs `work` as one write, inside the transaction of its batch. It may throw DatabaseError.
    void runOnWriter(std::function<Result<Nothing>(Connection &)> work, QObject *context, Done<Nothing> done);

protected:
    SqlStore(std::shared_ptr<threads::Postboxes> postboxes, std::unique_ptr<LogHeads> heads,
        const BulkReads &bulk = portableBulkReads);
    static const BulkReads portableBulkReads;
    /// Carries out what is queued, and closes the readers, then the writer. For destructors of databases: what the two
    /// use must still be there.
    void close();

    Epoch m_epoch; ///< set before the first call
    QString m_identity; ///< set before the first call, then constant
    std::shared_ptr<threads::Postboxes> m_postboxes;
    std::unique_ptr<LogHeads> m_heads; ///< used on the writer's thread
    std::unique_ptr<Writer> m_writer;
    std::unique_ptr<Readers> m_readers;
    const BulkReads m_bulk;

private:
    template <typename T, typename Work>
    void write(QObject *context, Done<T> done, Work work);
    /// A write that changes rooms: `work` also gets the EventLog.
    template <typename T, typename Work>
    void writeLogged(QObject *context, Done<T> done, Work work);
    template <typename T, typename Work>
    void read(QObject *context, Done<T> done, Work work);
};

} // namespace rookery::store
