// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/calls/sqlstore.h"

#include "server/store/jobs/reader.h"
#include "server/store/jobs/writer.h"
#include "server/store/queries/changequeries.h"
#include "server/store/queries/controlqueries.h"
#include "server/store/queries/eventqueries.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/logwriter.h"
#include "server/store/queries/markqueries.h"
#include "server/store/queries/markread.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/memberrooms.h"
#include "server/store/queries/metaqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/sessionqueries.h"
#include "server/store/queries/userqueries.h"

#include <iterator>
#include <type_traits>
#include <utility>

namespace rookery::store {

namespace {

Error behindARefusal()
{
    static constexpr std::chrono::seconds retryAfter{1};
    return {ErrorCode::Overloaded, QStringLiteral("A message before this one was refused for a while."), {},
        retryAfter};
}

/// A write of a message, an edit or a deletion.
template <typename Message, Result<Appended> (*write)(Connection &, LogHeads &, const Message &)>
struct Append
{
    static constexpr bool leavesNothing = std::is_same_v<Message, NewMessage>;
    static constexpr bool keepsHeads = true;
    LogHeads *heads;
    Message message;
    std::shared_ptr<const Room> room = {};

    Result<Appended> operator()(Connection &connection)
    {
        if (message.chain && message.chain->broken)
            return behindARefusal();
        auto appended = write(connection, *heads, message);
        if (appended && !appended->duplicate)
            room = heads->room(connection, appended->event.roomId)->room;
        return appended;
    }
    void refused(const Error &error) const
    {
        if (message.chain && isRetryable(error.code))
            message.chain->broken = true;
    }
    void collect(const Appended &appended, std::vector<CommitNotice> &notices)
    {
        if (!appended.duplicate)
            notices.push_back(Committed{appended.event, std::move(room)});
    }
};

/// A write that changes rooms, with its events.
template <typename T, typename Work>
struct Logged
{
    static constexpr bool leavesNothing = false;
    LogHeads *heads;
    Work work;
    std::vector<CommitNotice> notices = {};

    Result<T> operator()(Connection &connection)
    {
        notices.clear(); // of a transaction that was given up
        LogWriter log(connection, *heads, notices);
        return work(connection, log);
    }
    void collect(const T & /*answer*/, std::vector<CommitNotice> &all)
    {
        std::move(notices.begin(), notices.end(), std::back_inserter(all));
    }
};

/// The work of a call that is this one query.
template <auto query, typename... Arguments>
auto calling(Arguments... arguments)
{
    return [... arguments = std::move(arguments)](
               Connection &connection) { return query(connection, arguments...); };
}

/// The same for a query that writes events.
template <auto query, typename... Arguments>
auto callingWithLog(const Epoch &epoch, Arguments... arguments)
{
    return [epoch, ... arguments = std::move(arguments)](
               Connection &connection, EventLog &log) { return query(connection, epoch, log, arguments...); };
}

/// Work that is a single statement that reads; see Job::isOneStatement().
template <typename Work>
struct Once : Work
{
    bool isOne = true;
    bool isOneStatement() const { return isOne; }
};

template <typename Work>
Once<Work> once(Work work, bool isOne = true)
{
    return {std::move(work), isOne};
}

} // namespace

const BulkReads SqlStore::portableBulkReads{&events::missed, &members::firstPages, &rooms::heads};

SqlStore::SqlStore(
    std::shared_ptr<threads::Postboxes> postboxes, std::unique_ptr<LogHeads> heads, const BulkReads &bulk)
    : m_postboxes(std::move(postboxes))
    , m_heads(std::move(heads))
    , m_bulk(bulk)
{ }

SqlStore::~SqlStore()
{
    close();
}

void SqlStore::close()
{
    m_readers.reset();
    m_writer.reset();
}

template <typename T, typename Work>
void SqlStore::write(QObject *context, Done<T> done, Work work)
{
    m_writer->enqueue(
        std::make_unique<Call<T, Work>>(m_postboxes->of(context), context, std::move(done), std::move(work)));
}

template <typename T, typename Work>
void SqlStore::writeLogged(QObject *context, Done<T> done, Work work)
{
    write<T>(context, std::move(done), Logged<T, Work>{m_heads.get(), std::move(work)});
}

template <typename T, typename Work>
void SqlStore::read(QObject *context, Done<T> done, Work work)
{
    m_readers->enqueue(
        std::make_unique<Call<T, Work>>(m_postboxes->of(context), context, std::move(done), std::move(work)));
}

void SqlStore::createUser(NewUser user, QObject *context, Done<User> done)
{
    writeLogged<User>(context, std::move(done), callingWithLog<users::create>(m_epoch, std::move(user)));
}

void SqlStore::findUser(QString id, QString skeleton, QObject *context, Done<User> done)
{
    read<User>(context, std::move(done), calling<users::find>(std::move(id), std::move(skeleton)));
}

void SqlStore::findCredentials(QString skeleton, QObject *context, Done<Credentials> done)
{
    read<Credentials>(context, std::move(done), calling<users::credentials>(std::move(skeleton)));
}

void SqlStore::changePassword(QString userId, QString oldHash, QString newHash, QString keptSession,
    QObject *context, Done<QStringList> done)
{
    write<QStringList>(context, std::move(done),
        [userId = std::move(userId), oldHash = std::move(oldHash), newHash = std::move(newHash),
            keptSession = std::move(keptSession)](Connection &connection) -> Result<QStringList> {
            if (auto changed = users::changePassword(connection, userId, oldHash, newHash); !changed)
                return changed.error();
            return sessions::removeOthers(connection, userId, keptSession);
        });
}

void SqlStore::createSession(
    SessionRecord session, QString passwordHash, QStringList ended, QObject *context, Done<Nothing> done)
{
    write<Nothing>(context, std::move(done),
        calling<sessions::create>(std::move(session), std::move(passwordHash), std::move(ended)));
}

void SqlStore::keptSessions(QObject *context, Done<QList<SessionRecord>> done)
{
    read<QList<SessionRecord>>(context, std::move(done), calling<sessions::kept>());
}

void SqlStore::sessionsOf(QString userId, int limit, QObject *context, Done<QList<SessionRecord>> done)
{
    read<QList<SessionRecord>>(context, std::move(done), calling<sessions::ofUser>(std::move(userId), limit));
}

void SqlStore::deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done)
{
    write<Nothing>(
        context, std::move(done), calling<sessions::remove>(std::move(userId), std::move(sessionId)));
}

void SqlStore::findSession(QString sessionId, QObject *context, Done<FoundSession> done)
{
    read<FoundSession>(context, std::move(done), calling<sessions::find>(std::move(sessionId)));
}

void SqlStore::controlAfter(qint64 seq, int limit, QObject *context, Done<ControlPage> done)
{
    read<ControlPage>(context, std::move(done), calling<control::after>(m_epoch, seq, limit));
}

void SqlStore::createRoom(NewRoom room, QObject *context, Done<Room> done)
{
    writeLogged<Room>(context, std::move(done), callingWithLog<rooms::create>(m_epoch, std::move(room)));
}

void SqlStore::openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done)
{
    writeLogged<OpenedRoom>(
        context, std::move(done), callingWithLog<rooms::open>(m_epoch, std::move(room), std::move(userId)));
}

void SqlStore::findRoom(QString id, QString skeleton, QString userId, QObject *context, Done<Room> done)
{
    read<Room>(context, std::move(done),
        calling<rooms::find>(m_epoch, std::move(id), std::move(skeleton), std::move(userId)));
}

void SqlStore::openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done)
{
    writeLogged<OpenedRoom>(context, std::move(done),
        callingWithLog<rooms::openDirect>(m_epoch, std::move(first.id), std::move(second.id)));
}

void SqlStore::findDirectRoom(QString firstId, QString secondId, QObject *context, Done<Room> done)
{
    read<Room>(context, std::move(done),
        calling<rooms::findDirect>(m_epoch, std::move(firstId), std::move(secondId)));
}

void SqlStore::roomsOf(RoomsQuery query, QObject *context, Done<RoomsPage> done)
{
    const bool isOne = query.after.isEmpty() && query.also.isEmpty();
    read<RoomsPage>(context, std::move(done), once(calling<rooms::ofUser>(m_epoch, std::move(query)), isOne));
}

void SqlStore::publicRooms(DirectoryQuery query, QObject *context, Done<Directory> done)
{
    read<Directory>(context, std::move(done), calling<rooms::directory>(m_epoch, std::move(query)));
}

void SqlStore::setMember(
    QString roomId, QString userId, bool member, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(context, std::move(done),
        callingWithLog<members::set>(m_epoch, std::move(roomId), std::move(userId), member));
}

void SqlStore::setRole(RoleChange change, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(
        context, std::move(done), callingWithLog<members::setRole>(m_epoch, std::move(change)));
}

void SqlStore::changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done)
{
    writeLogged<ChangedRoom>(
        context, std::move(done), callingWithLog<rooms::change>(m_epoch, std::move(change)));
}

void SqlStore::joinRoom(
    QString roomId, QString userId, int mostRooms, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(context, std::move(done),
        callingWithLog<members::join>(m_epoch, std::move(roomId), std::move(userId), mostRooms));
}

void SqlStore::membersOf(MembersQuery query, QObject *context, Done<MembersPage> done)
{
    read<MembersPage>(context, std::move(done), calling<members::page>(std::move(query)));
}

void SqlStore::firstMembersOf(
    QStringList roomIds, int limit, QObject *context, Done<QHash<QString, MembersPage>> done)
{
    read<QHash<QString, MembersPage>>(context, std::move(done),
        once([query = m_bulk.firstMembers, roomIds = std::move(roomIds), limit](
                 Connection &connection) { return query(connection, roomIds, limit); },
            m_bulk.areOneStatement));
}

void SqlStore::bansOf(BansQuery query, QObject *context, Done<BanPage> done)
{
    read<BanPage>(context, std::move(done), calling<members::bans>(m_epoch, std::move(query)));
}

void SqlStore::invite(QString roomId, QString inviterId, QString invitedId, QString network,
    InvitationBounds bounds, QObject *context, Done<InvitedUser> done)
{
    write<InvitedUser>(context, std::move(done),
        calling<invitations::invite>(
            std::move(roomId), std::move(inviterId), std::move(invitedId), std::move(network), bounds));
}

void SqlStore::findInvitation(
    QString roomId, QString roomSkeleton, QString userId, QObject *context, Done<Invitation> done)
{
    read<Invitation>(context, std::move(done),
        calling<invitations::find>(std::move(roomId), std::move(roomSkeleton), std::move(userId)));
}

void SqlStore::invitationsOf(
    QString userId, std::optional<qint64> before, int limit, QObject *context, Done<InvitationPage> done)
{
    read<InvitationPage>(
        context, std::move(done), calling<invitations::page>(std::move(userId), before, limit));
}

void SqlStore::declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block,
    QObject *context, Done<QList<OpenInvitation>> done)
{
    write<QList<OpenInvitation>>(context, std::move(done),
        calling<invitations::decline>(std::move(roomId), std::move(roomSkeleton), std::move(userId), block));
}

void SqlStore::withdrawInvitation(QString roomId, QString invitedId, QString actorId, RoomRule ofOthers,
    QObject *context, Done<OpenInvitation> done)
{
    write<OpenInvitation>(context, std::move(done),
        calling<invitations::withdraw>(
            m_epoch, std::move(roomId), std::move(invitedId), std::move(actorId), std::move(ofOthers)));
}

void SqlStore::setBlocked(
    QString userId, QString otherId, bool blocked, QObject *context, Done<QList<OpenInvitation>> done)
{
    write<QList<OpenInvitation>>(context, std::move(done),
        calling<invitations::setBlocked>(std::move(userId), std::move(otherId), blocked));
}

void SqlStore::blockedBy(QString userId, QString after, int limit, QObject *context, Done<UserPage> done)
{
    read<UserPage>(context, std::move(done),
        calling<invitations::blockedBy>(std::move(userId), std::move(after), limit));
}

void SqlStore::append(NewMessage message, QObject *context, Done<Appended> done)
{
    write<Appended>(
        context, std::move(done), Append<NewMessage, &events::append>{m_heads.get(), std::move(message)});
}

void SqlStore::changeMessage(MessageChange change, QObject *context, Done<Appended> done)
{
    write<Appended>(
        context, std::move(done), Append<MessageChange, &events::change>{m_heads.get(), std::move(change)});
}

void SqlStore::versionsOf(VersionsQuery query, QObject *context, Done<VersionPage> done)
{
    read<VersionPage>(context, std::move(done), calling<events::versions>(m_epoch, std::move(query)));
}

void SqlStore::page(PageQuery query, QObject *context, Done<Page> done)
{
    read<Page>(context, std::move(done), calling<events::page>(m_epoch, std::move(query)));
}

void SqlStore::missed(MissedQuery query, QObject *context, Done<MissedPages> done)
{
    read<MissedPages>(context, std::move(done),
        once([read = m_bulk.missed, epoch = m_epoch, query = std::move(query)](
                 Connection &connection) { return read(connection, epoch, query); },
            m_bulk.areOneStatement));
}

void SqlStore::markRead(QString roomId, QString userId, qint64 seq, QObject *context, Done<MarkedRead> done)
{
    write<MarkedRead>(context, std::move(done),
        MarkRead{m_heads.get(), events::canonical(roomId), events::canonical(userId), seq});
}

void SqlStore::selfEvents(QString userId, qint64 after, int limit, QObject *context, Done<SelfPage> done)
{
    read<SelfPage>(
        context, std::move(done), once(calling<marks::page>(m_epoch, std::move(userId), after, limit)));
}

void SqlStore::heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done)
{
    read<QHash<QString, qint64>>(context, std::move(done),
        once([query = m_bulk.heads, roomIds = std::move(roomIds)](
                 Connection &connection) { return query(connection, roomIds); },
            m_bulk.areOneStatement));
}

void SqlStore::probe(QObject *context, Done<Nothing> done)
{
    write<Nothing>(context, std::move(done), [](Connection &connection) -> Result<Nothing> {
        meta::probe(connection);
        return Nothing();
    });
}

quint64 SqlStore::commits() const
{
    return m_writer->commits();
}

void SqlStore::runOnWriter(
    std::function<Result<Nothing>(Connection &)> work, QObject *context, Done<Nothing> done)
{
    write<Nothing>(context, std::move(done), std::move(work));
}

} // namespace rookery::store
