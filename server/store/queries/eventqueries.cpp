// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/eventqueries.h"

#include "server/store/queries/changequeries.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/invitationqueries.h"
#include "server/store/queries/markqueries.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <limits>

// CROSS JOIN keeps the order of the tables in SQLite: the range of events first, then one sender for each.
#define PAGE_SQL(condition)                                                                                  \
    "SELECT " EVENT_COLUMNS                                                                                  \
    " FROM events e CROSS JOIN users u WHERE u.id = e.sender AND e.room = $1 " condition
// Messages that are not deleted.
#define MESSAGES "AND e.kind = 0 AND e.deleted_at IS NULL "

namespace rookery::store::events {

const char *const olderSql = PAGE_SQL("AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3");
const char *const newerSql = PAGE_SQL("AND e.seq > $2 ORDER BY e.seq LIMIT $3");
const char *const olderMessagesSql = PAGE_SQL("AND e.seq < $2 " MESSAGES "ORDER BY e.seq DESC LIMIT $3");
const char *const newerMessagesSql = PAGE_SQL("AND e.seq > $2 " MESSAGES "ORDER BY e.seq LIMIT $3");

namespace {

/// The answer if the client id is stored already, with the same message or with another one.
Result<Appended> explainDuplicate(Connection &connection, qint64 sender, const NewMessage &message)
{
    if (auto known = byClientId(connection, sender, message.clientId)) {
        RoomEvent &first = known->event;
        const auto *posted = first.as<Posted>();
        if (posted && first.roomId == canonical(message.roomId)) {
            // It may have been edited since. If it was deleted there is no text left to compare.
            const auto text = posted->isEdited() ? textGivenBy(connection, known->room, first.seq, first.seq)
                : posted->isDeleted()            ? std::nullopt
                                                 : std::optional(posted->text);
            if (!text || *text == message.text) {
                // The client looks for the client id as it spelled it this time.
                first.clientId = message.clientId;
                return Appended{std::move(first), true};
            }
        }
    }
    return Error{ErrorCode::ClientIdReused,
        QStringLiteral("This client_id has been used for another message."), QStringLiteral("client_id")};
}

const char *pageSql(const PageQuery &query)
{
    if (query.messagesOnly)
        return query.after ? newerMessagesSql : olderMessagesSql;
    return query.after ? newerSql : olderSql;
}

/// Whether the viewer may read the room; without a viewer it is not checked.
bool mayRead(Connection &connection, qint64 room, bool isPublic, const std::optional<QString> &viewer)
{
    if (!viewer)
        return true;
    const auto user = users::byId(connection, *viewer);
    const Role role = user ? members::roleOf(connection, room, user->key) : Role::None;
    return isMember(role) || (isPublic && role != Role::Banned);
}

} // namespace

qint64 bytesOf(const RoomEvent &event)
{
    constexpr qint64 ofOthers = 200;
    if (event.as<Posted>())
        return 2 * event.text().size();
    const auto *edited = event.as<Edited>();
    return edited && edited->text ? 2 * edited->text->size() : ofOthers;
}

std::optional<Error> blockedFrom(const LogHeads::Room &room, qint64 sender)
{
    const bool isLow = sender == room.low;
    if (isLow ? room.highBlocks : room.lowBlocks)
        return invitations::takesNoDirectMessages();
    if (isLow ? room.lowBlocks : room.highBlocks)
        return Error{ErrorCode::Forbidden,
            QStringLiteral("You have blocked this user. Unblock them to send them direct messages.")};
    return std::nullopt;
}

namespace {

/// Why the sender may not write in the room; nothing if they may.
std::optional<Error> refusalOf(
    Connection &connection, LogHeads &heads, const LogHeads::Room &room, qint64 sender, const RoomRule &rule)
{
    if (room.low != 0) {
        if (auto blocked = blockedFrom(room, sender))
            return blocked;
    }
    return rule ? rule(room.room->kind, heads.role(connection, room.key, sender)) : std::nullopt;
}

} // namespace

Result<Appended> append(Connection &connection, LogHeads &heads, const NewMessage &message)
{
    if (auto checked = checkText(message.text, QLatin1String("text")); !checked)
        return checked.error();
    if (auto checked = checkText(message.sender.name, QLatin1String("sender")); !checked)
        return checked.error();
    RoomEvent event;
    event.roomId = canonical(message.roomId);
    event.sender = User{canonical(message.sender.id), message.sender.name, message.sender.guest};
    auto *room = heads.room(connection, event.roomId);
    if (!room)
        return rooms::notFound();
    const auto sender = heads.user(connection, event.sender.id);
    if (!sender)
        return users::notFound();
    if (auto refusal = refusalOf(connection, heads, *room, *sender, message.rule)) {
        // A resend of a message that was stored before gets its first answer.
        auto stored = explainDuplicate(connection, *sender, message);
        return stored ? std::move(stored) : Result<Appended>(*std::move(refusal));
    }
    // Before the event is written: nothing may be written if this fails.
    if (event.sender.guest)
        guests::keep(connection, *sender);
    event.clientId = message.clientId;
    event.content = Posted{message.text};
    number(heads, *room, event);
    // The index events_once decides whether the client id is new.
    if (!insert(connection, heads, *room, *sender, event))
        return explainDuplicate(connection, *sender, message);
    marks::noteOwn(connection, heads, room->key, *sender, event.seq);
    return Appended{std::move(event), false};
}

Result<Page> page(Connection &connection, const QString &epoch, const PageQuery &query)
{
    if (query.before && query.after)
        return Error{ErrorCode::InvalidRequest, QStringLiteral("Give before or after, not both.")};
    Page page;
    page.epoch = epoch;
    qint64 room = 0;
    bool isPublic = false;
    {
        Statement row = connection.statement(
            "SELECT r.id, " ROOM_LAST_SEQ ", r.kind = 0 FROM rooms r WHERE r.public_id = $1");
        if (!row.id(1, query.roomId).next())
            return rooms::notFound();
        room = row.integerAt(0);
        page.lastSeq = row.integerAt(1);
        isPublic = row.integerAt(2) != 0;
    }
    if (!mayRead(connection, room, isPublic, query.viewer))
        return rooms::notFound();
    // One more than asked for, to see whether there are more. The limit may be 0.
    const int limit = std::clamp(query.limit, 0, largestPage);
    Statement rows = connection.statement(pageSql(query));
    rows.integer(1, room)
        .integer(2, query.after ? *query.after : query.before.value_or(std::numeric_limits<qint64>::max()))
        .integer(3, limit + 1);
    const QString roomId = canonical(query.roomId);
    page.events.reserve(limit);
    qint64 bytes = 0;
    while (rows.next()) {
        if (page.events.size() == limit || bytes >= query.bytes) {
            page.hasMore = true;
            break;
        }
        page.events.append(readEvent(rows, roomId));
        bytes += bytesOf(page.events.constLast());
    }
    if (!query.after)
        std::reverse(page.events.begin(), page.events.end());
    return page;
}

int shareOf(const MissedQuery &query)
{
    return int(std::clamp<qint64>(query.limit / std::max<qint64>(1, query.places.size()), 1, largestPage));
}

Result<MissedPages> missed(Connection &connection, const QString &epoch, const MissedQuery &query)
{
    MissedPages pages;
    pages.reserve(query.places.size());
    PageQuery one;
    one.limit = shareOf(query);
    one.viewer = query.viewer;
    one.bytes = query.bytes;
    for (const MissedQuery::Place &place : query.places) {
        one.roomId = place.roomId;
        one.after = place.after;
        pages.append(page(connection, epoch, one));
        if (const auto &read = pages.constLast()) {
            for (const RoomEvent &event : read->events)
                one.bytes = std::max<qint64>(0, one.bytes - bytesOf(event));
        }
    }
    return pages;
}

} // namespace rookery::store::events
