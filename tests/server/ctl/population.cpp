// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/ctl/population.h"

#include "common/events/codec.h"

namespace population {

namespace {

/// Everything but what the program adds to it when it reads.
QString told(const RoomEvent &event)
{
    JsonWriter json;
    json.beginObject();
    json::writeContent(json, event.content);
    QString extra;
    if (const auto *posted = event.as<Posted>())
        extra = QStringLiteral(" edited %1 %2 deleted %3")
                    .arg(posted->editedSeq)
                    .arg(posted->editedAt.toMSecsSinceEpoch())
                    .arg(posted->deletedAt.toMSecsSinceEpoch());
    return QStringLiteral("%1 %2 %3 %4 %5 %6 %7")
               .arg(event.roomId)
               .arg(event.seq)
               .arg(event.id, event.sender.id, event.sender.name, event.clientId)
               .arg(event.timestamp.toMSecsSinceEpoch())
        + QString::fromUtf8(json.endObject().take()) + extra;
}

QString told(const Room &room)
{
    return QStringLiteral("%1 '%2' %3 %4 %5 %6 '%7' %8")
        .arg(room.id, room.name)
        .arg(int(room.kind))
        .arg(room.epoch)
        .arg(room.lastSeq)
        .arg(int(room.role))
        .arg(room.topic)
        .arg(room.peers.size());
}

QString told(const User &user)
{
    return QStringLiteral("%1 '%2' %3").arg(user.id, user.name).arg(user.guest);
}

/// The value, or why there is none.
template <typename T, typename Tell>
void add(QStringList &lines, const QString &what, const Result<T> &result, Tell tell)
{
    if (result)
        tell(*result);
    else
        lines.append(what + QStringLiteral(" refused: ") + result.error().detail);
}

void addRoom(QStringList &lines, Waiting store, const Room &room, const QList<User> &users)
{
    add(lines, room.name, store.page({room.id, {}, 0, 1'000'000}), [&](const Page &page) {
        lines.append(QStringLiteral("page %1 %2").arg(page.epoch).arg(page.lastSeq));
        for (const RoomEvent &event : page.events) {
            lines.append(told(event));
            const auto *posted = event.as<Posted>();
            if (!posted || posted->editedSeq == 0 || posted->deletedAt.isValid())
                continue;
            add(lines, room.name, store.versionsOf(room.id, event.seq), [&](const VersionPage &versions) {
                for (const MessageVersion &version : versions.versions)
                    lines.append(QStringLiteral("version %1 '%2' %3")
                                     .arg(version.seq)
                                     .arg(version.text)
                                     .arg(version.at.toMSecsSinceEpoch()));
            });
        }
    });
    add(lines, room.name, store.membersPage({room.id, {}, 1000}), [&](const MembersPage &page) {
        lines.append(QStringLiteral("members %1").arg(page.count));
        for (qsizetype i = 0; i < page.users.size(); ++i)
            lines.append(told(page.users[i]) + QStringLiteral(" role %1").arg(int(page.roles[i])));
    });
    add(lines, room.name, store.bansOf({room.id, users.constFirst().id}), [&](const BanPage &page) {
        for (const Ban &ban : page.bans)
            lines.append(QStringLiteral("ban %1 by %2 at %3")
                             .arg(told(ban.user), told(ban.by))
                             .arg(ban.at.toMSecsSinceEpoch()));
    });
}

void addUser(QStringList &lines, Waiting store, const User &user, const QString &skeleton)
{
    lines.append(told(user));
    add(lines, user.name, store.findCredentials(skeleton), [&](const Credentials &credentials) {
        lines.append(told(credentials.user) + credentials.passwordHash);
    });
    add(lines, user.name, store.sessionsOf(user.id), [&](const QList<SessionRecord> &sessions) {
        for (const SessionRecord &session : sessions)
            lines.append(QStringLiteral("session %1 %2 %3 '%4' '%5'")
                             .arg(session.id)
                             .arg(session.createdAt.toMSecsSinceEpoch())
                             .arg(session.expiresAt.toMSecsSinceEpoch())
                             .arg(session.client, session.address));
    });
    add(lines, user.name, store.roomsPage({user.id, {}, 1000}), [&](const RoomsPage &page) {
        lines.append(QStringLiteral("rooms %1 self %2").arg(page.epoch).arg(page.selfSeq));
        for (const Room &room : page.rooms) {
            const ReadMark mark = page.marks.value(room.id, ReadMark{-1, -1});
            lines.append(
                told(room) + QStringLiteral(" read %1 unread %2").arg(mark.readSeq).arg(mark.unread));
        }
    });
    add(lines, user.name, store.selfEvents(user, 0, 1000), [&](const SelfPage &page) {
        lines.append(QStringLiteral("self %1 %2 %3").arg(page.epoch).arg(page.upTo).arg(page.lastSeq));
        for (const SelfEvent &event : page.events) {
            const auto *marked = event.as<ReadMarked>();
            lines.append(QStringLiteral("self event %1 %2 %3")
                             .arg(event.seq)
                             .arg(event.timestamp.toMSecsSinceEpoch())
                             .arg(marked ? marked->roomId : QStringLiteral("?")));
        }
    });
    add(lines, user.name, store.invitationsOf(user), [&](const InvitationPage &page) {
        for (const Invitation &invitation : page.invitations)
            lines.append(QStringLiteral("invitation %1 by %2 at %3")
                             .arg(invitation.roomId, told(invitation.inviter))
                             .arg(invitation.invitedAt.toMSecsSinceEpoch()));
    });
    add(lines, user.name, store.blockedBy(user), [&](const UserPage &page) {
        for (const User &blocked : page.users)
            lines.append(QStringLiteral("blocks ") + told(blocked));
    });
    add(lines, user.name, store.publicRooms({}, {}, 1000, user.id, true), [&](const Directory &directory) {
        for (const Room &room : directory.rooms)
            lines.append(QStringLiteral("directory ") + told(room));
    });
}

} // namespace

void populate(Waiting store, int messages, Population &all)
{
    for (const QString &name : {QStringLiteral("ann"), QStringLiteral("Bob"), QStringLiteral("Cäcilie"),
             QStringLiteral("dan"), QStringLiteral("guest-1"), QStringLiteral("guest-2")}) {
        NewUser user = newUser(name);
        user.guest = name.startsWith(QLatin1String("guest"));
        if (user.guest)
            user.passwordHash.clear();
        user.lookalike = QStringLiteral("like ") + user.skeleton;
        VALUE_OR_FAIL(made, store.createUser(user));
        all.users.append(made);
        all.skeletons.append(user.skeleton);
    }
    const User &ann = all.users[0];
    const User &bob = all.users[1];
    const User &cid = all.users[2];
    const User &dan = all.users[3];
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (int i = 0; i < 3; ++i)
        QVERIFY(store
                    .createSession({newId(), all.users[i], now, now.addDays(30 - 40 * (i == 2)),
                        QStringLiteral("client \u00e9 %1").arg(i), QStringLiteral("192.0.2.%1").arg(i)})
                    .ok());
    const QString ended = newId(); // as the control log says
    QVERIFY(store
                .createSession(
                    {ended, ann, now, now.addDays(1), QStringLiteral("c"), QStringLiteral("192.0.2.9")})
                .ok());
    QVERIFY(store.deleteSession(ann.id, ended).ok());
    for (const auto &[name, kind] : {std::pair(QStringLiteral("Lobby"), RoomKind::Public),
             std::pair(QStringLiteral("It's here"), RoomKind::Public),
             std::pair(QStringLiteral("secret"), RoomKind::Private)}) {
        NewRoom room = newRoom(name, kind, ann.id);
        room.lookalike = QStringLiteral("like ") + room.skeleton;
        VALUE_OR_FAIL(made, store.createRoom(room));
        all.rooms.append(made);
    }
    for (const User &user : {bob, cid, all.users[4]})
        QVERIFY(store.joinRoom(all.rooms[0].id, user.id).ok());
    QVERIFY(store.joinRoom(all.rooms[1].id, cid.id).ok());
    QVERIFY(store.setRole({all.rooms[0].id, ann, bob.id, Role::Moderator, {}}).ok());
    QVERIFY(store.setRole({all.rooms[1].id, ann, dan.id, Role::Banned, {}}).ok());
    QVERIFY(store.invite(all.rooms[2], ann, bob, {}, QStringLiteral("192.0.2.0/24")).ok());
    QVERIFY(store.invite(all.rooms[2], ann, cid).ok());
    VALUE_OR_FAIL(direct, store.openDirectRoom(bob, ann));
    VALUE_OR_FAIL(own, store.openDirectRoom(ann, ann));
    all.rooms.append({direct.room, own.room});
    QVERIFY(store.setBlocked(cid, dan, true).ok());
    QVERIFY(store.setBlocked(ann, cid, true).ok());
    for (int i = 0; i < messages; ++i)
        goOn(store, all, i);
    RoomChange change{all.rooms[1].id, ann, newId(),
        RoomChange::Name{
            QStringLiteral("It was there"), QStringLiteral("it was there"), QStringLiteral("like it")},
        QStringLiteral("a topic\twith \\N and 'quotes'"), {}};
    QVERIFY(store.changeRoom(change).ok());
    QVERIFY(store.markRead(all.rooms[0], bob, 5).ok());
    QVERIFY(store.markRead(all.rooms[0], cid, 7).ok());
    QVERIFY(store.markRead(all.rooms[3], bob, 1).ok());
    QVERIFY(store.markRead(all.rooms[0], bob, 9).ok());
}

void goOn(Waiting store, Population &all, int number)
{
    const Room &room = all.rooms[number % all.rooms.size()];
    const bool byBob = number % 3 == 1 && room.kind != RoomKind::Private && room.id != all.rooms[4].id
        && room.id != all.rooms[1].id;
    const User &sender = all.users[byBob ? 1 : 0];
    NewMessage message =
        newMessage(room, sender, QStringLiteral("\ufeff text %1 \U0001f600 \ufffe").arg(number));
    if (number % 4 == 0)
        message.clientId = message.clientId.toUpper();
    if (number % 6 == 0)
        message.text = QString(5000, QLatin1Char('x'));
    VALUE_OR_FAIL(appended, store.append(message));
    all.messages.append(message);
    if (number % 5 == 4) {
        for (const auto &text : {QStringLiteral("another text"), QStringLiteral("a third one")})
            QVERIFY(store.changeMessage(newChange(room, appended.event.seq, sender, text)).ok());
    }
    if (number % 10 == 4)
        QVERIFY(store.changeMessage(newChange(room, appended.event.seq, sender)).ok());
}

QStringList answersOf(Waiting store, const Population &all)
{
    QStringList lines;
    for (qsizetype i = 0; i < all.users.size(); ++i)
        addUser(lines, store, all.users[i], all.skeletons[i]);
    QStringList ids;
    for (const Room &room : all.rooms) {
        addRoom(lines, store, room, all.users);
        ids.append(room.id);
    }
    add(lines, QStringLiteral("heads"), store.heads(ids), [&](const QHash<QString, qint64> &heads) {
        for (const QString &id : std::as_const(ids))
            lines.append(QStringLiteral("head %1 %2").arg(id).arg(heads.value(id)));
    });
    add(lines, QStringLiteral("names"), store.findRoom({}, QStringLiteral("it's here")),
        [&](const Room &room) { lines.append(QStringLiteral("former name: ") + told(room)); });
    return lines;
}

} // namespace population
