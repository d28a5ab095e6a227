// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlstore.h"

#include "common/ids.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/namequeries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/sessionqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/sqlite/changequeries.h"
#include "server/store/sqlite/checkpointer.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/eventqueries.h"
#include "server/store/sqlite/eventrow.h"
#include "server/store/sqlite/historymark.h"
#include "server/store/sqlite/logindex.h"
#include "server/store/sqlite/logwriter.h"
#include "server/store/sqlite/markqueries.h"
#include "server/store/sqlite/markread.h"
#include "server/store/sqlite/memberrooms.h"
#include "server/store/sqlite/migrator.h"
#include "server/store/sqlite/reader.h"
#include "server/store/sqlite/writer.h"

#include <QFileInfo>

#include <algorithm>
#include <iterator>
#include <type_traits>

// Outside of every namespace, as the macro requires. The resources of a static library are not registered
// automatically.
static void registerSchema()
{
    Q_INIT_RESOURCE(rookery_sql);
}

namespace rookery::store {

namespace {

/// How many guests one round of housekeeping examines: a few milliseconds of the writer's time.
constexpr int guestPortion = 500;

/// The name of this database's history, created if there is none.
QString epochOf(Connection &connection)
{
    connection
        .statement("INSERT INTO meta (key, value) VALUES ('epoch', CAST($1 AS TEXT)) ON CONFLICT DO NOTHING")
        .text(1, newId())
        .run();
    Statement row = connection.statement("SELECT value FROM meta WHERE key = 'epoch'");
    return row.next() ? row.textAt(0) : QString();
}

Error cannotBeWritten(const QString &path, const DatabaseError &error)
{
    return {ErrorCode::Internal,
        QStringLiteral("The database %1 cannot be written to: %2.%3")
            .arg(path, error.text, sqlite::advice(error.code))};
}

Error behindARefusal()
{
    static constexpr std::chrono::seconds retryAfter{1};
    return {ErrorCode::Overloaded, QStringLiteral("A message before this one was refused for a while."), {},
        retryAfter};
}

/// Whether a text has been deleted or replaced.
bool erases(const CommitNotice &notice)
{
    const auto *committed = std::get_if<Committed>(&notice);
    return committed && (committed->event.as<Edited>() || committed->event.as<Deleted>());
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
        LogWriter log(connection, *heads, notices);
        return work(connection, log);
    }
    void collect(const T & /*answer*/, std::vector<CommitNotice> &all)
    {
        std::move(notices.begin(), notices.end(), std::back_inserter(all));
    }
};

} // namespace

Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions &options)
{
    auto store = SqlStore::open(options);
    if (!store)
        return store.error();
    return std::unique_ptr<Store>(std::move(store).value());
}

Result<std::unique_ptr<SqlStore>> SqlStore::open(const SqliteOptions &options)
{
    registerSchema();
    std::unique_ptr<SqlStore> store(new SqlStore);
    if (auto started = store->start(options); !started)
        return started.error();
    return store;
}

SqlStore::~SqlStore()
{
    if (m_checkpointer)
        m_checkpointer->stop();
}

Result<Nothing> SqlStore::start(const SqliteOptions &options)
{
    m_postboxes = options.postboxes;
    m_guests = options.guests;
    const QString path = options.path;
    const auto faults = std::make_shared<FaultLog>(path);
    if (auto prepared = sqlite::prepareFile(path); !prepared)
        return prepared;
    // A process that was killed may have left erased text in the log.
    const bool hasOldLog = QFileInfo(path + QStringLiteral("-wal")).size() > 0;
    m_mark = std::make_unique<HistoryMark>(path);
    m_checkpointer = std::make_unique<Checkpointer>(Checkpointer::Options{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Read); },
        .checkpoint = &sqlite::checkpoint,
        .truncate = &sqlite::truncateLog,
        .failed = [this] { m_logIndex->forgetCheckpoints(); },
        .faults = faults,
    });
    m_writer = std::make_unique<Writer>(WriterOptions{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Write); },
        .prepare = [this, &options](Connection &connection) { return prepare(connection, options); },
        .housekeeping = [this](Connection &connection) { return keepHouse(connection); },
        .housekeepingInterval = options.housekeepingInterval,
        .committed = [this, observer = options.committed](
                         std::vector<CommitNotice> notices) { announce(std::move(notices), observer); },
        .afterCommit = [this](quint64 jobs) { m_checkpointer->committed(jobs); },
        .queueBound = options.queueBound,
        .heads = &m_heads,
        .faults = faults,
    });
    if (auto started = m_writer->start(); !started)
        return started;
    m_logIndex = std::make_unique<LogIndex>(path);
    if (auto started = m_checkpointer->start(); !started)
        return started;
    if (hasOldLog)
        m_checkpointer->erased();
    m_readers = std::make_unique<Readers>([path] { return sqlite::connect(path, sqlite::Access::Read); },
        options.readers, options.queueBound, faults);
    return m_readers->start();
}

Result<Nothing> SqlStore::prepare(Connection &connection, const SqliteOptions &options)
{
    try {
        sqlite::makeLogDurable(connection, options.path);
    } catch (const DatabaseError &error) {
        return cannotBeWritten(options.path, error);
    }
    auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    if (!steps)
        return steps.error();
    if (auto migrated = Migrator(connection, std::move(steps).value()).run(); !migrated)
        return migrated;
    try {
        Transaction transaction(connection);
        readEpoch(connection);
        sessions::purgeExpired(connection);
        names::refresh(connection, options.names);
        transaction.commit();
        return m_mark->begin(connection, m_epoch);
    } catch (const DatabaseError &error) {
        return cannotBeWritten(options.path, error);
    }
}

void SqlStore::readEpoch(Connection &connection)
{
    if (!m_mark->isContinuedBy(connection)) {
        qCWarning(storeLog,
            "the database is not as this daemon left it, as after a restore from a backup: its history gets "
            "a new epoch, and clients read it anew");
        connection.statement("DELETE FROM meta WHERE key = 'epoch'").run();
    }
    m_epoch = epochOf(connection);
    m_heads.setEpoch(m_epoch);
    HistoryMark::claim(connection);
}

void SqlStore::announce(std::vector<CommitNotice> notices, const CommitObserver &observer)
{
    for (auto notice = notices.crbegin(); notice != notices.crend(); ++notice) {
        if (const auto *last = std::get_if<Committed>(&*notice)) {
            m_mark->note(last->event);
            break;
        }
    }
    // The log still has the erased text.
    if (std::any_of(notices.cbegin(), notices.cend(), &erases))
        m_checkpointer->erased();
    if (observer)
        observer(std::move(notices));
}

bool SqlStore::keepHouse(Connection &connection)
{
    QStringList here;
    QList<qint64> gone;
    qsizetype looked = 0;
    {
        Transaction transaction(connection);
        sessions::purgeExpired(connection);
        if (m_guests)
            here = m_guests->takeGone(guestPortion);
        guests::noteSeen(connection, here);
        const auto oldest = std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch()) - quietGuestsKept;
        const auto quiet = guests::lastSeenBefore(connection, oldest, guestPortion);
        looked = std::max(here.size(), quiet.size());
        here.clear();
        for (const auto &[key, id] : quiet) {
            if (m_guests && !m_guests->letGo(id))
                here.append(id);
            else
                gone.append(key);
        }
        guests::noteSeen(connection, here);
        transaction.commit();
    }
    if (!gone.isEmpty()) {
        // With them SQLite would search all events for each guest.
        sqlite::withoutForeignKeys(connection, [&] {
            Transaction transaction(connection);
            for (const qint64 key : std::as_const(gone))
                guests::remove(connection, key);
            transaction.commit();
        });
        m_heads.forget(); // keys of users may be reused
    }
    return looked == guestPortion;
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
    write<T>(context, std::move(done), Logged<T, Work>{&m_heads, std::move(work)});
}

template <typename T, typename Work>
void SqlStore::read(QObject *context, Done<T> done, Work work)
{
    m_readers->enqueue(
        std::make_unique<Call<T, Work>>(m_postboxes->of(context), context, std::move(done), std::move(work)));
}

void SqlStore::createUser(NewUser user, QObject *context, Done<User> done)
{
    writeLogged<User>(context, std::move(done),
        [epoch = m_epoch, user = std::move(user)](
            Connection &connection, EventLog &log) { return users::create(connection, epoch, log, user); });
}

void SqlStore::findUser(QString id, QString skeleton, QObject *context, Done<User> done)
{
    read<User>(context, std::move(done),
        [id = std::move(id), skeleton = std::move(skeleton)](
            Connection &connection) { return users::find(connection, id, skeleton); });
}

void SqlStore::findCredentials(QString skeleton, QObject *context, Done<Credentials> done)
{
    read<Credentials>(context, std::move(done), [skeleton = std::move(skeleton)](Connection &connection) {
        return users::credentials(connection, skeleton);
    });
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
        [session = std::move(session), passwordHash = std::move(passwordHash), ended = std::move(ended)](
            Connection &connection) { return sessions::create(connection, session, passwordHash, ended); });
}

void SqlStore::keptSessions(QObject *context, Done<QList<SessionRecord>> done)
{
    read<QList<SessionRecord>>(
        context, std::move(done), [](Connection &connection) { return sessions::kept(connection); });
}

void SqlStore::sessionsOf(QString userId, int limit, QObject *context, Done<QList<SessionRecord>> done)
{
    read<QList<SessionRecord>>(
        context, std::move(done), [userId = std::move(userId), limit](Connection &connection) {
            return sessions::ofUser(connection, userId, limit);
        });
}

void SqlStore::deleteSession(QString userId, QString sessionId, QObject *context, Done<Nothing> done)
{
    write<Nothing>(context, std::move(done),
        [userId = std::move(userId), sessionId = std::move(sessionId)](
            Connection &connection) { return sessions::remove(connection, userId, sessionId); });
}

void SqlStore::createRoom(NewRoom room, QObject *context, Done<Room> done)
{
    writeLogged<Room>(context, std::move(done),
        [epoch = m_epoch, room = std::move(room)](
            Connection &connection, EventLog &log) { return rooms::create(connection, epoch, log, room); });
}

void SqlStore::openRoom(NewRoom room, QString userId, QObject *context, Done<OpenedRoom> done)
{
    writeLogged<OpenedRoom>(context, std::move(done),
        [epoch = m_epoch, room = std::move(room), userId = std::move(userId)](Connection &connection,
            EventLog &log) { return rooms::open(connection, epoch, log, room, userId); });
}

void SqlStore::findRoom(QString id, QString skeleton, QString userId, QObject *context, Done<Room> done)
{
    read<Room>(context, std::move(done),
        [epoch = m_epoch, id = std::move(id), skeleton = std::move(skeleton), userId = std::move(userId)](
            Connection &connection) { return rooms::find(connection, epoch, id, skeleton, userId); });
}

void SqlStore::openDirectRoom(User first, User second, QObject *context, Done<OpenedRoom> done)
{
    writeLogged<OpenedRoom>(context, std::move(done),
        [epoch = m_epoch, first = std::move(first.id), second = std::move(second.id)](Connection &connection,
            EventLog &log) { return rooms::openDirect(connection, epoch, log, first, second); });
}

void SqlStore::findDirectRoom(QString firstId, QString secondId, QObject *context, Done<Room> done)
{
    read<Room>(context, std::move(done),
        [epoch = m_epoch, first = std::move(firstId), second = std::move(secondId)](
            Connection &connection) { return rooms::findDirect(connection, epoch, first, second); });
}

void SqlStore::roomsOf(RoomsQuery query, QObject *context, Done<RoomsPage> done)
{
    read<RoomsPage>(
        context, std::move(done), [epoch = m_epoch, query = std::move(query)](Connection &connection) {
            return rooms::ofUser(connection, epoch, query);
        });
}

void SqlStore::publicRooms(
    QString query, QString after, int limit, QString userId, QObject *context, Done<Directory> done)
{
    read<Directory>(context, std::move(done),
        [epoch = m_epoch, query = std::move(query), after = std::move(after), limit,
            userId = std::move(userId)](Connection &connection) {
            return rooms::directory(connection, epoch, query, after, limit, userId);
        });
}

void SqlStore::setMember(
    QString roomId, QString userId, bool member, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(context, std::move(done),
        [epoch = m_epoch, roomId = std::move(roomId), userId = std::move(userId), member](
            Connection &connection, EventLog &log) {
            return members::set(connection, epoch, log, roomId, userId, member);
        });
}

void SqlStore::setRole(RoleChange change, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(context, std::move(done),
        [epoch = m_epoch, change = std::move(change)](Connection &connection, EventLog &log) {
            return members::setRole(connection, epoch, log, change);
        });
}

void SqlStore::changeRoom(RoomChange change, QObject *context, Done<ChangedRoom> done)
{
    writeLogged<ChangedRoom>(context, std::move(done),
        [epoch = m_epoch, change = std::move(change)](
            Connection &connection, EventLog &log) { return rooms::change(connection, epoch, log, change); });
}

void SqlStore::joinRoom(
    QString roomId, QString userId, int mostRooms, QObject *context, Done<MembershipChange> done)
{
    writeLogged<MembershipChange>(context, std::move(done),
        [epoch = m_epoch, roomId = std::move(roomId), userId = std::move(userId), mostRooms](
            Connection &connection, EventLog &log) {
            return members::join(connection, epoch, log, roomId, userId, mostRooms);
        });
}

void SqlStore::membersOf(MembersQuery query, QObject *context, Done<MembersPage> done)
{
    read<MembersPage>(context, std::move(done),
        [query = std::move(query)](Connection &connection) { return members::page(connection, query); });
}

void SqlStore::bansOf(BansQuery query, QObject *context, Done<BanPage> done)
{
    read<BanPage>(
        context, std::move(done), [epoch = m_epoch, query = std::move(query)](Connection &connection) {
            return members::bans(connection, epoch, query);
        });
}

void SqlStore::invite(QString roomId, QString inviterId, QString invitedId, QString network,
    InvitationBounds bounds, QObject *context, Done<InvitedUser> done)
{
    write<InvitedUser>(context, std::move(done),
        [roomId = std::move(roomId), inviterId = std::move(inviterId), invitedId = std::move(invitedId),
            network = std::move(network), bounds](Connection &connection) {
            return invitations::invite(connection, roomId, inviterId, invitedId, network, bounds);
        });
}

void SqlStore::findInvitation(
    QString roomId, QString roomSkeleton, QString userId, QObject *context, Done<Invitation> done)
{
    read<Invitation>(context, std::move(done),
        [roomId = std::move(roomId), roomSkeleton = std::move(roomSkeleton), userId = std::move(userId)](
            Connection &connection) { return invitations::find(connection, roomId, roomSkeleton, userId); });
}

void SqlStore::invitationsOf(
    QString userId, std::optional<qint64> before, int limit, QObject *context, Done<InvitationPage> done)
{
    read<InvitationPage>(
        context, std::move(done), [userId = std::move(userId), before, limit](Connection &connection) {
            return Result<InvitationPage>(invitations::page(connection, userId, before, limit));
        });
}

void SqlStore::declineInvitation(QString roomId, QString roomSkeleton, QString userId, bool block,
    QObject *context, Done<QList<OpenInvitation>> done)
{
    write<QList<OpenInvitation>>(context, std::move(done),
        [roomId = std::move(roomId), roomSkeleton = std::move(roomSkeleton), userId = std::move(userId),
            block](Connection &connection) {
            return invitations::decline(connection, roomId, roomSkeleton, userId, block);
        });
}

void SqlStore::withdrawInvitation(
    QString roomId, QString invitedId, QString inviterId, QObject *context, Done<OpenInvitation> done)
{
    write<OpenInvitation>(context, std::move(done),
        [roomId = std::move(roomId), invitedId = std::move(invitedId), inviterId = std::move(inviterId)](
            Connection &connection) {
            return invitations::withdraw(connection, roomId, invitedId, inviterId);
        });
}

void SqlStore::setBlocked(
    QString userId, QString otherId, bool blocked, QObject *context, Done<QList<OpenInvitation>> done)
{
    write<QList<OpenInvitation>>(context, std::move(done),
        [userId = std::move(userId), otherId = std::move(otherId), blocked](Connection &connection) {
            return invitations::setBlocked(connection, userId, otherId, blocked);
        });
}

void SqlStore::blockedBy(QString userId, QString after, int limit, QObject *context, Done<UserPage> done)
{
    read<UserPage>(context, std::move(done),
        [userId = std::move(userId), after = std::move(after), limit](
            Connection &connection) { return invitations::blockedBy(connection, userId, after, limit); });
}

void SqlStore::append(NewMessage message, QObject *context, Done<Appended> done)
{
    write<Appended>(
        context, std::move(done), Append<NewMessage, &events::append>{&m_heads, std::move(message)});
}

void SqlStore::changeMessage(MessageChange change, QObject *context, Done<Appended> done)
{
    write<Appended>(
        context, std::move(done), Append<MessageChange, &events::change>{&m_heads, std::move(change)});
}

void SqlStore::versionsOf(QString roomId, qint64 seq, QString viewerId, MessageRule rule, QObject *context,
    Done<QList<MessageVersion>> done)
{
    read<QList<MessageVersion>>(context, std::move(done),
        [epoch = m_epoch, roomId = std::move(roomId), seq, viewerId = std::move(viewerId),
            rule = std::move(rule)](Connection &connection) {
            return events::versions(connection, epoch, roomId, seq, viewerId, rule);
        });
}

void SqlStore::page(PageQuery query, QObject *context, Done<Page> done)
{
    read<Page>(context, std::move(done), [epoch = m_epoch, query = std::move(query)](Connection &connection) {
        return events::page(connection, epoch, query);
    });
}

void SqlStore::markRead(QString roomId, QString userId, qint64 seq, QObject *context, Done<MarkedRead> done)
{
    write<MarkedRead>(context, std::move(done),
        MarkRead{&m_heads, events::canonical(roomId), events::canonical(userId), seq});
}

void SqlStore::selfEvents(QString userId, qint64 after, int limit, QObject *context, Done<SelfPage> done)
{
    read<SelfPage>(context, std::move(done),
        [epoch = m_epoch, userId = std::move(userId), after, limit](
            Connection &connection) { return marks::page(connection, epoch, userId, after, limit); });
}

void SqlStore::probe(QObject *context, Done<Nothing> done)
{
    write<Nothing>(context, std::move(done), [](Connection &connection) -> Result<Nothing> {
        // Another value each time: SQLite does not write a page that has not changed.
        connection
            .statement("INSERT INTO meta (key, value) VALUES ('probe', CAST($1 AS TEXT)) "
                       "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
            .text(1, newId())
            .run();
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
