// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/queries/changequeries.h"

#include "server/store/queries/eventqueries.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/queries/userqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <limits>

namespace rookery::store::events {

namespace {

Error noSuchMessage()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such message.")};
}

QDateTime now()
{
    return utcTime(QDateTime::currentMSecsSinceEpoch());
}

/// A message as it stands in the log.
struct Message
{
    qint64 sender = 0; ///< users.id
    QDateTime at;
    qint64 editedSeq = 0; ///< of a deleted message: seq of the deletion
    QDateTime editedAt;
    bool isDeleted = false;

    qint64 versionSeq(qint64 seq) const { return editedSeq != 0 ? editedSeq : seq; }
};

std::optional<Message> findMessage(Connection &connection, qint64 room, qint64 seq)
{
    Statement row =
        connection.statement("SELECT sender, at, edited_seq, edited_at, deleted_at IS NOT NULL FROM events "
                             "WHERE room = $1 AND seq = $2 AND kind = 0");
    if (!row.integer(1, room).integer(2, seq).next())
        return std::nullopt;
    const QDateTime at = utcTime(row.integerAt(1));
    return Message{row.integerAt(0), at, row.integerAt(2), row.isNullAt(3) ? at : utcTime(row.integerAt(3)),
        row.integerAt(4) != 0};
}

Error clientIdReused()
{
    return Error{ErrorCode::ClientIdReused,
        QStringLiteral("This client_id has been used for something else."), QStringLiteral("client_id")};
}

/// The answer to a change whose client id is stored already; none if it is new.
std::optional<Result<Appended>> repeated(Connection &connection, qint64 actor, const MessageChange &change)
{
    auto known = byClientId(connection, actor, change.clientId);
    if (!known)
        return std::nullopt;
    // The client looks for the client id as it spelled it this time.
    known->event.clientId = change.clientId;
    const auto *edited = known->event.as<Edited>();
    const auto *deleted = known->event.as<Deleted>();
    const qint64 target = edited ? edited->target : deleted ? deleted->target : 0;
    if (known->event.roomId != canonical(change.roomId) || target != change.target
        || (edited != nullptr) != change.text.has_value())
        return Result<Appended>(clientIdReused());
    if (edited) {
        const auto text = textGivenBy(connection, known->room, target, known->event.seq);
        if (text && text != change.text)
            return Result<Appended>(clientIdReused());
    }
    return Result<Appended>(Appended{std::move(known->event), true});
}

/// Stores the message's present text as an earlier version.
void keepVersion(Connection &connection, qint64 room, qint64 seq)
{
    connection
        .statement("INSERT INTO message_versions (room, seq, version_seq, text, at) "
                   "SELECT room, seq, coalesce(edited_seq, seq), text, coalesce(edited_at, at) FROM events "
                   "WHERE room = $1 AND seq = $2")
        .integer(1, room)
        .integer(2, seq)
        .run();
}

void giveText(Connection &connection, qint64 room, qint64 seq, const QString &text, const RoomEvent &edit)
{
    keepVersion(connection, room, seq);
    connection
        .statement("UPDATE events SET text = CAST($1 AS TEXT), edited_seq = $2, edited_at = $3 "
                   "WHERE room = $4 AND seq = $5")
        .text(1, text)
        .integer(2, edit.seq)
        .integer(3, edit.timestamp.toMSecsSinceEpoch())
        .integer(4, room)
        .integer(5, seq)
        .run();
}

void erase(Connection &connection, qint64 room, qint64 seq, const RoomEvent &deletion)
{
    connection.statement("DELETE FROM message_versions WHERE room = $1 AND seq = $2")
        .integer(1, room)
        .integer(2, seq)
        .run();
    connection
        .statement("UPDATE events SET text = '', edited_seq = $1, edited_at = NULL, deleted_at = $2 "
                   "WHERE room = $3 AND seq = $4")
        .integer(1, deletion.seq)
        .integer(2, deletion.timestamp.toMSecsSinceEpoch())
        .integer(3, room)
        .integer(4, seq)
        .run();
}

} // namespace

std::optional<QString> textGivenBy(Connection &connection, qint64 room, qint64 message, qint64 seq)
{
    {
        Statement row =
            connection.statement("SELECT CAST(text AS BLOB) FROM events WHERE room = $1 AND seq = $2 "
                                 "AND coalesce(edited_seq, seq) = $3 AND deleted_at IS NULL");
        if (row.integer(1, room).integer(2, message).integer(3, seq).next())
            return exactTextAt(row, 0);
    }
    Statement row = connection.statement("SELECT CAST(text AS BLOB) FROM message_versions "
                                         "WHERE room = $1 AND seq = $2 AND version_seq = $3");
    if (row.integer(1, room).integer(2, message).integer(3, seq).next())
        return exactTextAt(row, 0);
    return std::nullopt;
}

Result<Appended> change(Connection &connection, LogHeads &heads, const MessageChange &change)
{
    if (change.text) {
        if (auto checked = checkText(*change.text, QLatin1String("text")); !checked)
            return checked.error();
    }
    if (auto checked = checkText(change.actor.name, QLatin1String("sender")); !checked)
        return checked.error();
    RoomEvent event;
    event.roomId = canonical(change.roomId);
    event.sender = User{canonical(change.actor.id), change.actor.name, change.actor.guest};
    event.clientId = change.clientId;
    auto *room = heads.room(connection, event.roomId);
    if (!room)
        return rooms::notFound();
    const auto actor = heads.user(connection, event.sender.id);
    if (!actor)
        return users::notFound();
    if (auto answer = repeated(connection, *actor, change))
        return *std::move(answer);
    const auto message = findMessage(connection, room->key, change.target);
    if (!message)
        return noSuchMessage();
    if (change.rule) {
        const MessageFacts facts{room->room->kind, heads.role(connection, room->key, *actor),
            message->sender == *actor, message->at, utcTime(heads.now(*room))};
        if (const auto refusal = change.rule(facts))
            return *refusal;
    }
    if (message->isDeleted) {
        auto deletion =
            change.text ? std::nullopt : bySeq(connection, room->key, event.roomId, message->editedSeq);
        return deletion ? Result<Appended>(Appended{*std::move(deletion), true}) : noSuchMessage();
    }
    if (change.text && room->low != 0) {
        if (const auto refusal = blockedFrom(*room, *actor))
            return *refusal;
    }
    if (change.text)
        event.content = Edited{change.target, change.text};
    else
        event.content = Deleted{change.target};
    number(heads, *room, event);
    if (change.text)
        giveText(connection, room->key, change.target, *change.text, event);
    else
        erase(connection, room->key, change.target, event);
    // Last, since it counts the event in `heads`.
    if (!insert(connection, heads, *room, *actor, event))
        return clientIdReused();
    return Appended{std::move(event), false};
}

Result<VersionPage> versions(Connection &connection, const QString &epoch, const VersionsQuery &query)
{
    const auto room = rooms::find(connection, epoch, query.roomId, {}, query.viewerId);
    const auto key = rooms::keyOf(connection, query.roomId);
    if (!room || !key)
        return rooms::notFound();
    const auto message = findMessage(connection, *key, query.target);
    if (!message)
        return noSuchMessage();
    if (query.rule) {
        const auto viewer = users::byId(connection, query.viewerId);
        const MessageFacts facts{
            room->kind, room->role, viewer && viewer->key == message->sender, message->at, now()};
        if (const auto refusal = query.rule(facts))
            return *refusal;
    }
    if (message->isDeleted)
        return noSuchMessage();

    const int limit = std::clamp(query.limit, 0, largestPage);
    const qint64 before = query.before.value_or(std::numeric_limits<qint64>::max());
    VersionPage page;
    qint64 bytes = 0;
    // False where the page is full: there are more.
    const auto add = [&](MessageVersion version) {
        if (page.versions.size() == limit || bytes >= query.bytes) {
            page.hasMore = true;
            return false;
        }
        bytes += 2 * version.text.size();
        page.versions.append(std::move(version));
        return true;
    };
    const qint64 present = message->versionSeq(query.target);
    bool goesOn = true;
    if (present < before)
        goesOn = add({present, textGivenBy(connection, *key, query.target, present).value_or(QString()),
            message->editedAt});
    if (goesOn) {
        // One more than the limit, to see whether there are more.
        Statement rows =
            connection.statement("SELECT version_seq, CAST(text AS BLOB), at FROM message_versions "
                                 "WHERE room = $1 AND seq = $2 AND version_seq < $3 "
                                 "ORDER BY version_seq DESC LIMIT $4");
        rows.integer(1, *key).integer(2, query.target).integer(3, before).integer(4, limit + 1);
        while (goesOn && rows.next())
            goesOn = add({rows.integerAt(0), exactTextAt(rows, 1), utcTime(rows.integerAt(2))});
    }
    std::reverse(page.versions.begin(), page.versions.end());
    return page;
}

} // namespace rookery::store::events
