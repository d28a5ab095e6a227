// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsoncodec.h"

#include <QTest>
#include <QTimeZone>

#include <functional>
#include <limits>
#include <vector>

using namespace rookery;
using namespace std::chrono_literals;

namespace {

const User ada{QStringLiteral("u-1"), QStringLiteral("ada"), false};
const User guest{QStringLiteral("u-2"), QStringLiteral("guest-7"), true};
const QDateTime when(QDate(2026, 11, 21), QTime(8, 0, 0, 7), QTimeZone::utc());

Room directRoom()
{
    Room room{QStringLiteral("r-1"), QString(), RoomKind::Direct, QStringLiteral("e-1"), 7, Role::Member,
        {ada, guest}};
    return room;
}

RoomEvent someEvent()
{
    return {QStringLiteral("r-1"), 7, QStringLiteral("m-1"), ada, QStringLiteral("c-1"), when,
        Posted{QStringLiteral("Grüße,\n\"世界\" 🐦 <b>")}};
}

/// Reads a JSON object as one of the types: the error, or nullopt where it could be read.
using Read = std::function<std::optional<Error>(const QJsonObject &)>;

template <typename T>
Read readWith(Result<T> (*read)(const JsonReader &))
{
    return [read](const QJsonObject &object) -> std::optional<Error> {
        const auto result = read(JsonReader(object));
        if (result)
            return std::nullopt;
        return result.error();
    };
}

/// What a field may hold, so that everything else can be tried on it.
enum class Holds { Text, SomeText, Time, Kind, Role, Number, Flag, OptionalFlag, Object, List, OptionalList };

struct Field
{
    const char *name;
    Holds holds;
};

/// A type's good example, its reader and its fields: enough to make every rainy row.
struct Form
{
    const char *name;
    QJsonObject good;
    Read read;
    std::vector<Field> fields;
};

std::vector<Form> forms()
{
    const Page page{QStringLiteral("e-1"), {someEvent()}, 9, true};
    const SessionInfo session{QStringLiteral("s-1"), when, when.addDays(30), QStringLiteral("Firefox"),
        QStringLiteral("::1"), true};
    return {
        {"user", json::fromUser(guest), readWith(json::toUser),
            {{"id", Holds::Text}, {"username", Holds::Text}, {"guest", Holds::OptionalFlag}}},
        {"room", json::fromRoom(directRoom()), readWith(json::toRoom),
            {{"id", Holds::Text}, {"name", Holds::Text}, {"kind", Holds::Kind}, {"epoch", Holds::Text},
                {"last_seq", Holds::Number}, {"member", Holds::OptionalFlag}, {"peers", Holds::OptionalList},
                {"role", Holds::Role}}},
        {"member", json::fromMember({ada, Role::Member, false}), readWith(json::toMember),
            {{"user", Holds::Object}, {"member", Holds::OptionalFlag}, {"online", Holds::OptionalFlag},
                {"role", Holds::Role}}},
        {"event", json::fromEvent(someEvent()), readWith(json::toEvent),
            {{"room", Holds::Text}, {"seq", Holds::Number}, {"id", Holds::Text}, {"kind", Holds::SomeText},
                {"sender", Holds::Object}, {"client_id", Holds::Text}, {"text", Holds::Text},
                {"timestamp", Holds::Time}}},
        {"page", json::fromPage(page), readWith(json::toPage),
            {{"epoch", Holds::Text}, {"events", Holds::OptionalList}, {"last_seq", Holds::Number},
                {"has_more", Holds::OptionalFlag}}},
        {"session", json::fromSession(session), readWith(json::toSession),
            {{"id", Holds::Text}, {"created_at", Holds::Time}, {"expires_at", Holds::Time},
                {"client", Holds::Text}, {"address", Holds::Text}, {"current", Holds::OptionalFlag}}},
        {"resume point", json::fromResumePoint({QStringLiteral("r-1"), QStringLiteral("e-1"), 7}),
            readWith(json::toResumePoint),
            {{"room", Holds::Text}, {"epoch", Holds::Text}, {"seq", Holds::Number}}},
    };
}

} // namespace

class tst_JsonCodec : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writtenStraight();
    void kindsOfEvents_data();
    void kindsOfEvents();
    void unknownKindsAreKept();
    void rolesOfOlderServers();
    void users();
    void rooms_data();
    void rooms();
    void members();
    void events();
    void pages();
    void sessions();
    void resumePoints();
    void writtenDirectly();
    void errors();
    void errorsOfOthers_data();
    void errorsOfOthers();
    void formsAreWhatTheDocumentSays();
    void everyFieldIsChecked_data();
    void everyFieldIsChecked();
    void nestedErrorsNameTheInnerField();
    void listsHoldObjects();
};

/// What the two ways of writing make of the same thing.
template <typename T>
void compareWritten(const T &thing, QJsonObject (*from)(const T &))
{
    JsonWriter writer;
    json::write(writer, thing);
    QCOMPARE(writer.take(), toJson(from(thing)));
}

void tst_JsonCodec::writtenStraight()
{
    compareWritten(ada, json::fromUser);
    compareWritten(guest, json::fromUser);
    compareWritten(User(), json::fromUser);
    compareWritten(Page(), json::fromPage);
}

void tst_JsonCodec::kindsOfEvents_data()
{
    QTest::addColumn<EventContent>("content");
    QTest::addColumn<QByteArray>("fields");

    QTest::newRow("a message") << EventContent(Posted{QStringLiteral("hi")})
                               << QByteArray(R"("kind":"message","text":"hi")");
    QTest::newRow("an edited message")
        << EventContent(Posted{QStringLiteral("hi"), 9, when})
        << QByteArray(
               R"("kind":"message","edited_at":"2026-11-21T08:00:00.007Z","edited_seq":9,"text":"hi")");
    QTest::newRow("a deleted message")
        << EventContent(Posted{{}, 0, {}, when})
        << QByteArray(R"("kind":"message","deleted_at":"2026-11-21T08:00:00.007Z","text":"")");
    QTest::newRow("an edit") << EventContent(Edited{7, QStringLiteral("ho")})
                             << QByteArray(R"("kind":"edited","target":7,"text":"ho")");
    QTest::newRow("an edit that another one has replaced")
        << EventContent(Edited{7, {}}) << QByteArray(R"("kind":"edited","target":7)");
    QTest::newRow("a deletion") << EventContent(Deleted{7}) << QByteArray(R"("kind":"deleted","target":7)");
    QTest::newRow("a role") << EventContent(MemberChanged{guest, Role::None, Role::Moderator})
                            << QByteArray(R"("kind":"member_changed","before":"none","role":"moderator",)"
                                          R"("user":{"guest":true,"id":"u-2","username":"guest-7"})");
    QTest::newRow("a name") << EventContent(RoomChanged{QStringLiteral("plaza"), {}})
                            << QByteArray(R"("kind":"room_changed","name":"plaza")");
    QTest::newRow("no topic any more") << EventContent(RoomChanged{{}, QString(QLatin1String(""))})
                                       << QByteArray(R"("kind":"room_changed","topic":"")");
}

void tst_JsonCodec::kindsOfEvents()
{
    QFETCH(EventContent, content);
    QFETCH(QByteArray, fields);
    RoomEvent event = someEvent();
    event.content = content;
    JsonWriter writer;
    json::write(writer, event);
    const QByteArray written = writer.take();
    QCOMPARE(written,
        QByteArray(
            R"({"client_id":"c-1","id":"m-1","room":"r-1","sender":{"id":"u-1","username":"ada"},"seq":7,)")
            + fields + R"(,"timestamp":"2026-11-21T08:00:00.007Z"})");
    const auto read = json::toEvent(JsonReader(json::fromEvent(event)));
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QVERIFY(*read == event);
}

void tst_JsonCodec::unknownKindsAreKept()
{
    QJsonObject object = json::fromEvent(someEvent());
    object.insert(QStringLiteral("kind"), QStringLiteral("thread"));
    object.insert(
        QStringLiteral("deep"), QJsonArray{1, QJsonObject{{QStringLiteral("a"), QStringLiteral("b")}}});
    const auto read = json::toEvent(JsonReader(object));
    QVERIFY(read);
    QCOMPARE(read->seq, 7);
    const auto *unknown = read->as<Unknown>();
    QVERIFY(unknown);
    QCOMPARE(unknown->kind, QStringLiteral("thread"));
    QCOMPARE(unknown->raw, toJson(object));
    QCOMPARE(json::fromEvent(*read), object);
}

void tst_JsonCodec::rolesOfOlderServers()
{
    QJsonObject room = json::fromRoom(directRoom());
    room.remove(QStringLiteral("role"));
    QCOMPARE(json::toRoom(JsonReader(room))->role, Role::Member);
    room.insert(QStringLiteral("member"), false);
    QCOMPARE(json::toRoom(JsonReader(room))->role, Role::None);
}

void tst_JsonCodec::users()
{
    QCOMPARE(toJson(json::fromUser(ada)), QByteArray(R"({"id":"u-1","username":"ada"})"));
    QCOMPARE(toJson(json::fromUser(guest)), QByteArray(R"({"guest":true,"id":"u-2","username":"guest-7"})"));
    for (const User &user : {ada, guest}) {
        const auto read = json::toUser(JsonReader(json::fromUser(user)));
        QVERIFY(read);
        QVERIFY(*read == user);
    }
}

void tst_JsonCodec::rooms_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    QTest::newRow("public") << int(RoomKind::Public) << QStringLiteral("public");
    QTest::newRow("private") << int(RoomKind::Private) << QStringLiteral("private");
    QTest::newRow("direct") << int(RoomKind::Direct) << QStringLiteral("direct");
}

void tst_JsonCodec::rooms()
{
    QFETCH(int, kind);
    QFETCH(QString, text);
    Room room{QStringLiteral("r-1"), QStringLiteral("Küche"), RoomKind(kind), QStringLiteral("e-1"),
        (qint64(1) << 53) - 1, Role::Moderator};
    if (room.kind == RoomKind::Direct) {
        room.name.clear();
        room.peers = {ada, guest};
    }
    QCOMPARE(QString(json::roomKindText(room.kind)), text);
    const QJsonObject object = json::fromRoom(room);
    QCOMPARE(object.value(QLatin1String("kind")).toString(), text);
    QCOMPARE(object.contains(QLatin1String("peers")), room.kind == RoomKind::Direct);
    const auto read = json::toRoom(JsonReader(object));
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QVERIFY(*read == room);
}

void tst_JsonCodec::members()
{
    for (const Role role : {Role::None, Role::Member, Role::Owner}) {
        for (const bool online : {false, true}) {
            const Member member{guest, role, online};
            const auto read = json::toMember(JsonReader(json::fromMember(member)));
            QVERIFY(read);
            QVERIFY(*read == member);
        }
    }
}

void tst_JsonCodec::events()
{
    const RoomEvent event = someEvent();
    // Over the wire and back, not only through objects.
    const auto parsed = JsonReader::parse(toJson(json::fromEvent(event)));
    QVERIFY(parsed);
    const auto read = json::toEvent(*parsed);
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QVERIFY(*read == event);
    QCOMPARE(parsed->string(QLatin1String("timestamp")).value(), QStringLiteral("2026-11-21T08:00:00.007Z"));
}

void tst_JsonCodec::pages()
{
    RoomEvent second = someEvent();
    second.seq = 8;
    for (const QList<RoomEvent> &stretch : {QList<RoomEvent>{}, QList<RoomEvent>{someEvent(), second}}) {
        const Page page{QStringLiteral("e-1"), stretch, 9, !stretch.isEmpty()};
        const auto read = json::toPage(JsonReader(json::fromPage(page)));
        QVERIFY(read);
        QCOMPARE(read->epoch, page.epoch);
        QVERIFY(read->events == page.events);
        QCOMPARE(read->lastSeq, page.lastSeq);
        QCOMPARE(read->hasMore, page.hasMore);
    }
}

void tst_JsonCodec::sessions()
{
    const SessionInfo session{QStringLiteral("s-1"), when, when.addDays(30), QStringLiteral("Firefox"),
        QStringLiteral("::1"), true};
    const auto read = json::toSession(JsonReader(json::fromSession(session)));
    QVERIFY(read);
    QCOMPARE(read->id, session.id);
    QCOMPARE(read->createdAt, session.createdAt);
    QCOMPARE(read->expiresAt, session.expiresAt);
    QCOMPARE(read->client, session.client);
    QCOMPARE(read->address, session.address);
    QCOMPARE(read->current, session.current);
}

void tst_JsonCodec::resumePoints()
{
    const ResumePoint point{QStringLiteral("r-1"), QStringLiteral("e-1"), 7};
    const auto read = json::toResumePoint(JsonReader(json::fromResumePoint(point)));
    QVERIFY(read);
    QCOMPARE(read->room, point.room);
    QCOMPARE(read->epoch, point.epoch);
    QCOMPARE(read->seq, point.seq);
}

void tst_JsonCodec::writtenDirectly()
{
    const auto direct = [](const auto &thing) {
        JsonWriter json;
        json::write(json, thing);
        return json.take();
    };
    for (const User &user : {ada, guest})
        QCOMPARE(direct(user), toJson(json::fromUser(user)));
    Room room = directRoom();
    QCOMPARE(direct(room), toJson(json::fromRoom(room)));
    for (const RoomKind kind : {RoomKind::Public, RoomKind::Private}) {
        room.kind = kind;
        room.name = QStringLiteral("Grüße,\n\"世界\"");
        QCOMPARE(direct(room), toJson(json::fromRoom(room)));
    }
    for (const Member &member : {Member{ada, Role::Owner, false}, Member{guest, Role::None, true}})
        QCOMPARE(direct(member), toJson(json::fromMember(member)));
}

void tst_JsonCodec::errors()
{
    const Error full{ErrorCode::RateLimited, QStringLiteral("Slow down."), QStringLiteral("message"), 1500ms};
    QCOMPARE(toJson(json::fromError(full)),
        QByteArray(
            R"({"code":"rate_limited","error":"Slow down.","field":"message","retry_after_ms":1500,"type":"error"})"));
    const Error bare{ErrorCode::NotFound, QStringLiteral("No such room.")};
    QCOMPARE(toJson(json::fromError(bare)),
        QByteArray(R"({"code":"not_found","error":"No such room.","type":"error"})"));
    for (const Error &error : {full, bare}) {
        const Error read = json::toError(JsonReader(json::fromError(error)));
        QCOMPARE(read.code, error.code);
        QCOMPARE(read.detail, error.detail);
        QCOMPARE(read.field, error.field);
        QCOMPARE(read.retryAfter, error.retryAfter);
    }
}

void tst_JsonCodec::errorsOfOthers_data()
{
    // An error that cannot be read well is an error all the same.
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("detail");
    QTest::addColumn<qint64>("retryAfter");
    QTest::newRow("empty") << QByteArray("{}") << QString() << qint64(0);
    QTest::newRow("wrong types") << QByteArray(R"({"code":1,"error":{},"field":[],"retry_after_ms":"x"})")
                                 << QString() << qint64(0);
    QTest::newRow("a code of a later version")
        << QByteArray(R"({"code":"later","error":"x"})") << QStringLiteral("x") << qint64(0);
    QTest::newRow("a time in the past") << QByteArray(R"({"retry_after_ms":-5})") << QString() << qint64(0);
    QTest::newRow("a time without end")
        << QByteArray(R"({"retry_after_ms":9223372036854775807})") << QString() << qint64(24) * 3600 * 1000;
}

void tst_JsonCodec::errorsOfOthers()
{
    QFETCH(QByteArray, text);
    const auto parsed = JsonReader::parse(text);
    QVERIFY(parsed);
    const Error error = json::toError(*parsed);
    QCOMPARE(error.code, ErrorCode::Internal);
    QTEST(error.detail, "detail");
    QTEST(qint64(error.retryAfter.count()), "retryAfter");
    QVERIFY(error.field.isEmpty());
}

void tst_JsonCodec::formsAreWhatTheDocumentSays()
{
    // Every member that is written is one of the form's fields, and the other way round.
    for (const Form &form : forms()) {
        QStringList fields;
        for (const Field &field : form.fields)
            fields.append(QLatin1String(field.name));
        fields.sort();
        QCOMPARE(form.good.keys(), fields);
    }
}

void tst_JsonCodec::everyFieldIsChecked_data()
{
    QTest::addColumn<int>("form");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QJsonValue>("value"); // undefined: absent
    QTest::addColumn<bool>("good");
    QTest::addColumn<bool>("missing");

    const std::vector<Form> all = forms();
    const QJsonObject someUser = json::fromUser(ada);
    for (size_t i = 0; i < all.size(); ++i) {
        for (const Field &field : all[i].fields) {
            const Holds holds = field.holds;
            const auto row = [&](const char *what, const QJsonValue &value, bool good, bool missing = false) {
                QTest::addRow("%s: %s: %s", all[i].name, field.name, what)
                    << int(i) << QString::fromLatin1(field.name) << value << good << missing;
            };
            const bool text = holds == Holds::Text || holds == Holds::SomeText;
            const bool optional = holds == Holds::OptionalFlag || holds == Holds::OptionalList
                || holds == Holds::List || holds == Holds::Role;
            row("absent", QJsonValue(QJsonValue::Undefined), optional, true);
            row("null", QJsonValue(), optional, true);
            row("a string", QStringLiteral("abc"), text);
            row("an empty string", QString(), holds == Holds::Text);
            row("a lone surrogate", QString(QChar(0xd800)), false);
            row("U+0000", QString(QChar(u'\0')), false);
            row("true", true, holds == Holds::OptionalFlag);
            row("a number", 3, holds == Holds::Number);
            row("a negative number", -3, false);
            row("a fraction", 0.5, false);
            row("a huge number", 1e300, false);
            row("an empty array", QJsonArray(), holds == Holds::OptionalList);
            row("an array of numbers", QJsonArray{1}, false);
            row("an array of null", QJsonArray{QJsonValue()}, false);
            row("an empty object", QJsonObject(), false);
            row("a user", someUser, holds == Holds::Object);
            row("a time without a zone", QStringLiteral("2026-11-21T08:00:00"), text);
            row("a kind of a later version", QStringLiteral("thread"), text);
        }
    }
}

void tst_JsonCodec::everyFieldIsChecked()
{
    QFETCH(int, form);
    QFETCH(QString, field);
    QFETCH(QJsonValue, value);
    QFETCH(bool, good);
    QFETCH(bool, missing);
    const Form tried = forms().at(size_t(form));
    QJsonObject object = tried.good;
    if (value.isUndefined())
        object.remove(field);
    else
        object.insert(field, value);

    const auto error = tried.read(object);
    QVERIFY2(error.has_value() != good, error ? qPrintable(error->detail) : "it was taken");
    if (good)
        return;
    QVERIFY(error->code == (missing ? ErrorCode::MissingField : ErrorCode::InvalidField)
        || (value.isObject() && error->code == ErrorCode::MissingField));
    // Of an object or list the error may name what is wrong inside it.
    if (!value.isObject() && !value.isArray())
        QCOMPARE(error->field, field);
    QVERIFY(!error->field.isEmpty() && error->detail.contains(error->field));
}

void tst_JsonCodec::nestedErrorsNameTheInnerField()
{
    QJsonObject event = json::fromEvent(someEvent());
    event.insert(QStringLiteral("sender"), QJsonObject{{QStringLiteral("id"), QStringLiteral("u-1")}});
    const auto broken = json::toEvent(JsonReader(event));
    QVERIFY(!broken);
    QCOMPARE(broken.error().field, QStringLiteral("username"));

    QJsonObject page = json::fromPage({QStringLiteral("e-1"), {someEvent(), someEvent()}, 9, false});
    QJsonArray events = page.value(QLatin1String("events")).toArray();
    events[1] = event;
    page.insert(QStringLiteral("events"), events);
    const auto spoiled = json::toPage(JsonReader(page));
    QVERIFY(!spoiled);
    QCOMPARE(spoiled.error().field, QStringLiteral("username"));
}

void tst_JsonCodec::listsHoldObjects()
{
    const QLatin1String field("users");
    const auto list = [field](const QJsonValue &value) {
        return json::toList(JsonReader(QJsonObject{{field, value}}), field, json::toUser);
    };
    const auto both = list(json::fromList(QList<User>{ada, guest}, json::fromUser));
    QVERIFY(both);
    QVERIFY(*both == (QList<User>{ada, guest}));
    QVERIFY(list(QJsonValue()) && list(QJsonValue())->isEmpty());
    QJsonArray nested;
    nested.append(
        QJsonArray()); // in braces it would be a copy to some compilers, a list to others (CWG 2137)
    for (const QJsonValue &bad :
        {QJsonValue(1), QJsonValue(QJsonObject()), QJsonValue(QJsonArray{1}), QJsonValue(nested)}) {
        const auto refused = list(bad);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::InvalidField);
        QCOMPARE(refused.error().field, QString(field));
    }
}

QTEST_APPLESS_MAIN(tst_JsonCodec)
#include "tst_jsoncodec.moc"
