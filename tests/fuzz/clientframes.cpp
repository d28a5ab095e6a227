// SPDX-License-Identifier: GPL-3.0-or-later
/// Frames of a server, as the desktop client reads them (THREATS 17). A readable part is never lost because
/// of an unreadable one, every result can be shown and searched, and everything that the daemon writes is
/// understood.

#include "client/api/frames.h"
#include "server/dialects/native/nativeframes.h"
#include "tests/fuzz/support/fuzz.h"

#include <QJsonArray>

using namespace rookery;
using namespace rookery::client;

namespace {

/// An event that names its room and its place there is never lost.
void hasItsRow(const QJsonObject &event, const RoomEvent *row)
{
    const double seq = event.value(QLatin1String("seq")).toDouble(-1);
    const QJsonValue room = event.value(QLatin1String("room"));
    const bool placed = seq >= 1 && seq == std::floor(seq) && seq < 9e15 && room.isString()
        && room.toString().isValidUtf16() && !room.toString().contains(QChar(u'\0'));
    FUZZ_REQUIRE(!placed || (row && row->seq == qint64(seq)));
    if (row)
        FUZZ_REQUIRE(row->timestamp.isValid() && row->text().isValidUtf16() && row->seq >= 0);
}

void frame(const QByteArray &bytes)
{
    const auto decoded = decodeFrame(bytes);
    const auto json = JsonReader::parse(bytes);
    if (!decoded)
        FUZZ_REQUIRE(!decoded.error().detail.isEmpty());
    FUZZ_REQUIRE(json || !decoded);
    if (!json)
        return;
    const QJsonObject &object = json->object();
    if (object.value(QLatin1String("type")) == QLatin1String("event")
        && object.value(QLatin1String("event")).isObject()) {
        const auto *event = decoded ? std::get_if<EventFrame>(&*decoded) : nullptr;
        hasItsRow(object.value(QLatin1String("event")).toObject(), event ? &event->event : nullptr);
    }
    if (!decoded)
        return;
    FUZZ_REQUIRE(refOf(*decoded).isValidUtf16());
    if (const auto *away = std::get_if<GoingAwayFrame>(&*decoded))
        FUZZ_REQUIRE(away->retryAfter.count() >= 0);
    if (const auto *hello = std::get_if<HelloFrame>(&*decoded))
        FUZZ_REQUIRE(hello->heartbeat.count() >= 0);
    if (const auto *error = std::get_if<ErrorFrame>(&*decoded))
        FUZZ_REQUIRE(error->error.detail.isValidUtf16());
    if (const auto *ack = std::get_if<AckFrame>(&*decoded))
        FUZZ_REQUIRE(ack->seq >= 1);
}

void page(const QByteArray &bytes)
{
    const auto json = JsonReader::parse(bytes);
    if (!json)
        return;
    decodeRooms(*json, QLatin1String("rooms"));
    const auto decoded = decodePage(*json);
    if (!decoded)
        return;
    qint64 last = -1;
    for (const RoomEvent &event : decoded->events) {
        FUZZ_REQUIRE(event.seq > last && event.timestamp.isValid());
        last = event.seq;
    }
    const QJsonArray events = json->object().value(QLatin1String("events")).toArray();
    FUZZ_REQUIRE(decoded->events.size() <= events.size());
    if (events.size() == 1)
        hasItsRow(events.first().toObject(), decoded->events.isEmpty() ? nullptr : &decoded->events.first());
}

QString beginning(const QString &text, qsizetype size)
{
    const QString part = text.left(size);
    return part.isValidUtf16() ? part : part.chopped(1);
}

template <typename Frame>
Frame understood(const QByteArray &bytes)
{
    const auto decoded = decodeFrame(bytes);
    FUZZ_REQUIRE(decoded && std::holds_alternative<Frame>(*decoded));
    return std::get<Frame>(*decoded);
}

/// What the daemon makes of any text and name is read as the same.
void daemonsFrames(QByteArrayView bytes)
{
    const QString text = QString::fromUtf8(bytes).remove(QChar(u'\0'));
    const User user{QStringLiteral("id"), beginning(text, 20), text.size() % 2 == 0};
    const RoomEvent event{QStringLiteral("room"), 1 + bytes.size(), QStringLiteral("event"), user,
        QStringLiteral("client"), utcTime(1'800'000'000'123), Posted{text}};
    const Room room{QStringLiteral("room"), beginning(text, 30), RoomKind(text.size() % 3),
        QStringLiteral("epoch"), 7, Role::Member, text.size() % 3 == 2 ? QList<User>{user} : QList<User>{}};
    namespace frames = ws::nativeframes;
    const core::Broadcast broadcast(event, std::make_shared<const Room>(room));
    FUZZ_REQUIRE(understood<EventFrame>(frames::event(broadcast)).event == event);
    FUZZ_REQUIRE(understood<RoomAddedFrame>(frames::roomAdded(room)).room == room);
    FUZZ_REQUIRE(understood<ResetFrame>(frames::reset(room)).room == room);
    const Member member{user, Role::Member, false};
    FUZZ_REQUIRE(understood<MemberFrame>(frames::member(QStringLiteral("room"), member)).member == member);
    const QString ref = beginning(text, 64);
    const auto ack = understood<AckFrame>(frames::ack(ref, {event, false}));
    FUZZ_REQUIRE(ack.ref == ref && ack.seq == event.seq && ack.timestamp == event.timestamp);
    const SelfEvent read{7, utcTime(1'800'000'000'123),
        ReadMarked{QStringLiteral("room"), qint64(bytes.size()), 2, 1 + bytes.size()}};
    FUZZ_REQUIRE(understood<SelfFrame>(frames::selfEvent(read)).event == read);
    const auto marked = understood<MarkedFrame>(frames::marked(ref, {read, true}));
    FUZZ_REQUIRE(marked.ref == ref && marked.mark == (ReadMark{bytes.size(), 2}));
    const Error error{ErrorCode::RateLimited, text.isEmpty() ? QStringLiteral("e") : text,
        QStringLiteral("text"), std::chrono::milliseconds(bytes.size())};
    FUZZ_REQUIRE(understood<ErrorFrame>(frames::error(ref, {}, error)).error.detail == error.detail);
    const frames::RoomItems rooms = frames::encode({{room}, ref}, 64 * 1024);
    Limits limits;
    limits.messageCharacters = int(bytes.size() % 65'536) + 1;
    const core::Principal caller{user, ref, {}, bytes.size() % 2 == 0};
    const auto hello = understood<HelloFrame>(frames::hello(ref, caller, limits, rooms));
    FUZZ_REQUIRE(hello.limits.messageCharacters == limits.messageCharacters);
    FUZZ_REQUIRE(hello.isAdmin == (caller.serverRole() == ServerRole::Admin));
    FUZZ_REQUIRE(hello.user == user && hello.rooms == QList<Room>{room} && hello.next == ref);
    FUZZ_REQUIRE(understood<RoomsFrame>(frames::rooms(ref, rooms)).rooms == hello.rooms);
    const auto members =
        understood<MembersFrame>(frames::members(ref, QStringLiteral("room"), {{member}, ref, 9}));
    FUZZ_REQUIRE(members.page.members == QList<Member>{member} && members.page.next == ref);
    FUZZ_REQUIRE(members.page.count == 9);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const quint8 *data, size_t size)
{
    fuzz::Input input(data, size);
    switch (input.byte() % 3) {
    case 0:
        frame(input.rest().toByteArray());
        break;
    case 1:
        page(input.rest().toByteArray());
        break;
    case 2:
        daemonsFrames(input.rest());
        break;
    }
    return 0;
}
