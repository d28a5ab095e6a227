// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/authorization/table.h"

#include <array>

namespace rookery::test {

namespace {

constexpr const char *none = "";
constexpr const char *credentials = R"({"username":"$creator","password":"correct horse"})";
constexpr const char *newcomer = R"({"username":"$fresh","password":"correct horse"})";
constexpr const char *whom = R"({"user":"$bystander"})";
constexpr const char *message = R"({"message":"said by $caller"})";
constexpr const char *textToRoom = R"({"text":"said by $caller"})";
constexpr const char *toRoom003 = R"({"message":"said by $caller","room":"$room"})";
constexpr const char *as000 = R"({"senderId":"$caller","receiverId":"$bystander","message":"psst"})";
constexpr const char *forged000 = R"({"senderId":"$bystander","receiverId":"$creator","message":"psst"})";
constexpr const char *as001 = R"({"sender":"$caller","receiver":"$bystander","content":"psst"})";
constexpr const char *forged001 = R"({"sender":"$bystander","receiver":"$creator","content":"psst"})";
constexpr const char *subscribe = R"({"type":"subscribe","ref":7,"room":"$room","seq":0})";
constexpr const char *read = R"({"type":"read","ref":7,"room":"$room","seq":0})";
constexpr const char *members = R"({"type":"members","ref":7,"room":"$room"})";
constexpr const char *resume = R"({"type":"hello","ref":7,"resume":[{"room":"$room","epoch":"e","seq":0}]})";
constexpr const char *topic = R"({"topic":"set by $caller"})";
constexpr const char *name = R"({"name":"$fresh"})";
constexpr const char *asModerator = R"({"role":"moderator"})";
constexpr const char *asMember = R"({"role":"member"})";
constexpr const char *asBanned = R"({"role":"banned"})";
constexpr const char *editFrame =
    R"({"type":"edit","ref":7,"room":"$room","target":$seq,"text":"edited by $caller"})";
constexpr const char *deleteFrame = R"({"type":"delete","ref":7,"room":"$room","target":$seq})";
constexpr const char *ownEditFrame =
    R"({"type":"edit","ref":7,"room":"$room","target":$own,"text":"edited by $caller"})";
constexpr const char *ownDeleteFrame = R"({"type":"delete","ref":7,"room":"$room","target":$own})";
constexpr const char *send = R"({"type":"send","ref":7,"room":"$room","text":"said by $caller"})";

// What a token opens, whoever it belongs to, and what is open to everybody.
constexpr const char *everybody = "200 200 - 200 200 200 200 200 200 200 200";
constexpr const char *accounts = "401 401 - 200 200 200 200 200 200 200 200";
// Without a token a guest (003).
constexpr const char *accountsOrGuest = "200 401 - 200 200 200 200 200 200 200 200";
constexpr const char *anySocket = "4001 4001 open open open open open open open open open";

} // namespace

// clang-format off

const std::vector<Rule> &routeRules()
{
    using enum Object;
    //                                                              nobody revoked guest user outsider former
    // member creator banned moderator admin
    static const std::vector<Rule> rules{
        {"GET /", Nothing, none,                                             everybody},
        {"GET /health", Nothing, none,                                       everybody},
        {"GET /swagger", Nothing, none,                                      everybody},
        {"GET /swagger/openapi.json", Nothing, none,                         everybody},
        {"GET /swagger/{asset}", Nothing, none,                              everybody},

        // Accounts: a token that is sent along is not looked at.
        {"POST /register", Nothing, newcomer,                                "201 201 - 201 201 201 201 201 201 201 201"},
        {"POST /api/auth/register", Nothing, newcomer,                       "201 201 - 201 201 201 201 201 201 201 201"},
        {"POST /api/v1/register", Nothing, newcomer,                         "201 201 - 201 201 201 201 201 201 201 201"},
        {"POST /register", Nothing, credentials,                             "409 409 - 409 409 409 409 409 409 409 409"},
        {"POST /login", Nothing, credentials,                                everybody},
        {"POST /api/auth/login", Nothing, credentials,                       everybody},
        {"POST /api/v1/login", Nothing, credentials,                         everybody},
        {"GET /api/users/profile", Nothing, none,                            accounts},
        {"GET /api/v1/me", Nothing, none,                                    accounts},
        {"GET /users/{name}", Nothing, none,                                 accounts},
        {"GET /api/v1/users/{user}", Nothing, none,                          accounts},

        {"POST /api/v1/me/password", Nothing, R"({"current":"not the password","new":"battery staple"})", "401 401 - 403 403 403 403 403 403 403 403"},

        // Sessions: one's own only; another's is as one that does not exist.
        {"GET /sessions", Nothing, none,                                     accounts},
        {"GET /api/v1/sessions", Nothing, none,                              accounts},
        {"DELETE /sessions/{id}", OwnSession, none,                          "401 401 - 204 204 204 204 204 204 204 204"},
        {"DELETE /sessions/{id}", OthersSession, none,                       "401 401 - 404 404 404 404 404 404 404 404"},
        {"DELETE /api/v1/sessions/{id}", OwnSession, none,                   "401 401 - 204 204 204 204 204 204 204 204"},
        {"DELETE /api/v1/sessions/{id}", OthersSession, none,                "401 401 - 404 404 404 404 404 404 404 404"},
        {"POST /api/v1/logout", OwnSession, none,                            "401 401 - 204 204 204 204 204 204 204 204"},

        // Direct messages, and nobody writes in another's name.
        {"POST /api/messages", Nothing, as000,                               accounts},
        {"POST /api/messages", Nothing, forged000,                           "401 401 - 403 403 403 403 403 403 403 403"},
        {"GET /messages?with=$creator", DirectRoom, none,                    accounts},
        {"POST /api/v1/direct", Nothing, whom,                               accounts},

        // The lobby is everybody's.
        {"POST /api/chats/send", Lobby, message,                             accounts},
        {"POST /chat/send", Lobby, message,                                  accountsOrGuest},
        {"GET /chat/history", Lobby, none,                                   accountsOrGuest},

        {"GET /api/v1/rooms", Nothing, none,                                 accounts},
        {"GET /api/v1/rooms/directory", Nothing, none,                       accounts},
        {"POST /api/v1/rooms", Nothing, R"({"name":"$fresh"})",              "401 401 - 201 201 201 201 201 201 201 201"},
        {"POST /api/v1/rooms", Nothing, R"({"name":"$fresh","private":true})", "401 401 - 201 201 201 201 201 201 201 201"},

        // A public room: all may read, write and come in; only a member invites.
        {"POST /chat/send", PublicRoom, toRoom003,                           "200 401 - 200 200 200 200 200 403 200 200"},
        {"GET /chat/history?room=$room", PublicRoom, none,                   "200 401 - 200 200 200 200 200 403 200 200"},
        {"GET /api/v1/rooms/{room}", PublicRoom, none,                       "401 401 - 200 200 200 200 200 403 200 200"},
        {"GET /api/v1/rooms/{room}/members", PublicRoom, none,               "401 401 - 200 200 200 200 200 403 200 200"},
        {"GET /api/v1/rooms/{room}/events", PublicRoom, none,                "401 401 - 200 200 200 200 200 403 200 200"},
        {"POST /api/v1/rooms/{room}/messages", PublicRoom, textToRoom,       "401 401 - 201 201 201 201 201 403 201 201"},
        {"POST /api/v1/rooms/{room}/join", PublicRoom, none,                 "401 401 - 200 200 200 200 200 403 200 200"},
        {"POST /api/v1/rooms/{room}/leave", PublicRoom, none,                "401 401 - 204 204 204 204 204 403 204 204"},
        {"POST /api/v1/rooms/{room}/members", PublicRoom, whom,              "401 401 - 403 403 403 200 200 403 200 403"},
        {"DELETE /api/v1/rooms/{room}/invitations/{user}", PublicRoom, none, "401 401 - 404 404 404 404 404 403 404 404"},
        {"POST /api/v1/invitations/{room}/decline", PublicRoom, none,        "401 401 - 404 404 404 404 404 404 404 404"},

        // A private room does not exist for who is not in it (THREATS 1), or not any more (THREATS 2).
        {"POST /chat/send", PrivateRoom, toRoom003,                          "404 401 - 404 404 404 200 200 404 200 404"},
        {"GET /chat/history?room=$room", PrivateRoom, none,                  "404 401 - 404 404 404 200 200 404 200 404"},
        {"GET /api/v1/rooms/{room}", PrivateRoom, none,                      "401 401 - 404 404 404 200 200 404 200 404"},
        {"GET /api/v1/rooms/{room}/members", PrivateRoom, none,              "401 401 - 404 404 404 200 200 404 200 404"},
        {"GET /api/v1/rooms/{room}/events", PrivateRoom, none,               "401 401 - 404 404 404 200 200 404 200 404"},
        {"POST /api/v1/rooms/{room}/messages", PrivateRoom, textToRoom,      "401 401 - 404 404 404 201 201 404 201 404"},
        {"POST /api/v1/rooms/{room}/join", PrivateRoom, none,                "401 401 - 404 404 404 200 200 404 200 404"},
        {"POST /api/v1/rooms/{room}/leave", PrivateRoom, none,               "401 401 - 404 404 404 204 204 404 204 404"},
        {"POST /api/v1/rooms/{room}/members", PrivateRoom, whom,             "401 401 - 404 404 404 200 200 404 200 404"},
        {"DELETE /api/v1/rooms/{room}/invitations/{user}", PrivateRoom, none, "401 401 - 404 404 404 404 404 404 404 404"},
        {"POST /api/v1/invitations/{room}/decline", PrivateRoom, none,       "401 401 - 404 404 404 404 404 404 404 404"},

        // A direct room is its two users' and stays so.
        {"GET /api/v1/rooms/{room}", DirectRoom, none,                       "401 401 - 404 404 404 200 200 404 404 404"},
        {"GET /api/v1/rooms/{room}/members", DirectRoom, none,               "401 401 - 404 404 404 200 200 404 404 404"},
        {"GET /api/v1/rooms/{room}/events", DirectRoom, none,                "401 401 - 404 404 404 200 200 404 404 404"},
        {"GET /chat/history?room=$room", DirectRoom, none,                   "404 401 - 404 404 404 200 200 404 404 404"},
        {"POST /api/v1/rooms/{room}/messages", DirectRoom, textToRoom,       "401 401 - 404 404 404 201 201 404 404 404"},
        {"POST /api/v1/rooms/{room}/join", DirectRoom, none,                 "401 401 - 404 404 404 200 200 404 404 404"},
        {"POST /api/v1/rooms/{room}/leave", DirectRoom, none,                "401 401 - 404 404 404 403 403 404 404 404"},
        {"POST /api/v1/rooms/{room}/members", DirectRoom, whom,              "401 401 - 404 404 404 403 403 404 404 404"},

        // Names, topics and roles: of moderators, owners, and admins in public rooms. A direct room has none.
        {"PATCH /api/v1/rooms/{room}", PublicRoom, topic,                    "401 401 - 403 403 403 403 200 403 200 200"},
        {"PATCH /api/v1/rooms/{room}", PrivateRoom, topic,                   "401 401 - 404 404 404 403 200 404 200 404"},
        {"PATCH /api/v1/rooms/{room}", DirectRoom, topic,                    "401 401 - 404 404 404 403 403 404 404 404"},
        {"PATCH /api/v1/rooms/{room}", PublicRoom, name,                     "401 401 - 403 403 403 403 200 403 403 200"},
        {"PATCH /api/v1/rooms/{room}", PrivateRoom, name,                    "401 401 - 404 404 404 403 200 404 403 404"},
        {"PUT /api/v1/rooms/{room}/members/{user}?of=bystander", PublicRoom, asModerator, "401 401 - 403 403 403 403 200 403 403 200"},
        {"PUT /api/v1/rooms/{room}/members/{user}?of=bystander", PrivateRoom, asModerator, "401 401 - 404 404 404 403 200 404 403 404"},
        {"PUT /api/v1/rooms/{room}/members/{user}", DirectRoom, asModerator, "401 401 - 404 404 404 403 403 404 404 404"},
        {"PUT /api/v1/rooms/{room}/members/{user}?of=bystander", PublicRoom, asBanned, "401 401 - 403 403 403 403 200 403 200 200"},
        {"PUT /api/v1/rooms/{room}/members/{user}?of=bystander", PrivateRoom, asBanned, "401 401 - 404 404 404 403 200 404 200 404"},
        {"GET /api/v1/rooms/{room}/bans", PublicRoom, none,                  "401 401 - 403 403 403 403 200 403 200 200"},
        {"GET /api/v1/rooms/{room}/bans", PrivateRoom, none,                 "401 401 - 404 404 404 403 200 404 200 404"},
        {"GET /api/v1/rooms/{room}/bans", DirectRoom, none,                  "401 401 - 404 404 404 403 403 404 404 404"},
        {"PUT /api/v1/rooms/{room}/members/{user}", PublicRoom, asMember,    "401 401 - 403 403 403 403 403 403 403 403"},
        {"PUT /api/v1/rooms/{room}/members/{user}", PublicRoom, asBanned,    "401 401 - 403 403 403 403 403 403 403 403"},
        {"DELETE /api/v1/rooms/{room}/members/{user}?of=bystander", PublicRoom, none, "401 401 - 403 403 403 403 204 403 204 204"},
        {"DELETE /api/v1/rooms/{room}/members/{user}?of=bystander", PrivateRoom, none, "401 401 - 404 404 404 403 204 404 204 404"},
        {"DELETE /api/v1/rooms/{room}/members/{user}", PublicRoom, none,     "401 401 - 403 403 403 403 204 403 403 403"},

        // The creator's message, and one of the caller's own.
        {"PATCH /api/v1/rooms/{room}/messages/{seq}", PublicRoom, textToRoom, "401 401 - 403 403 403 403 200 403 403 403"},
        {"PATCH /api/v1/rooms/{room}/messages/{seq}", PrivateRoom, textToRoom, "401 401 - 404 404 404 403 200 404 403 404"},
        {"PATCH /api/v1/rooms/{room}/messages/{seq}", DirectRoom, textToRoom, "401 401 - 404 404 404 403 200 404 404 404"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}", PublicRoom, none,     "401 401 - 403 403 403 403 200 403 200 200"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}", PrivateRoom, none,    "401 401 - 404 404 404 403 200 404 200 404"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}", DirectRoom, none,     "401 401 - 404 404 404 403 200 404 404 404"},
        {"GET /api/v1/rooms/{room}/messages/{seq}/versions", PublicRoom, none, "401 401 - 403 403 403 403 200 403 200 200"},
        {"GET /api/v1/rooms/{room}/messages/{seq}/versions", PrivateRoom, none, "401 401 - 404 404 404 403 200 404 200 404"},
        {"GET /api/v1/rooms/{room}/messages/{seq}/versions", DirectRoom, none, "401 401 - 404 404 404 403 200 404 404 404"},
        {"PATCH /api/v1/rooms/{room}/messages/{seq}?own", PublicRoom, textToRoom, "401 401 - 200 200 200 200 200 403 200 200"},
        {"PATCH /api/v1/rooms/{room}/messages/{seq}?own", PrivateRoom, textToRoom, "401 401 - 404 404 404 200 200 404 200 404"},
        {"PATCH /api/v1/rooms/{room}/messages/{seq}?own", DirectRoom, textToRoom, "401 401 - 404 404 404 200 200 404 404 404"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}?own", PublicRoom, none, "401 401 - 200 200 200 200 200 403 200 200"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}?own", PrivateRoom, none, "401 401 - 404 404 404 200 200 404 200 404"},
        {"DELETE /api/v1/rooms/{room}/messages/{seq}?own", DirectRoom, none, "401 401 - 404 404 404 200 200 404 404 404"},
        {"GET /api/v1/rooms/{room}/messages/{seq}/versions?own", PublicRoom, none, "401 401 - 200 200 200 200 200 403 200 200"},
        {"GET /api/v1/rooms/{room}/messages/{seq}/versions?own", PrivateRoom, none, "401 401 - 404 404 404 200 200 404 200 404"},

        // One's own invitations, and whom one takes none from: oneself cannot be among them.
        {"GET /api/v1/invitations", Nothing, none,                           accounts},
        {"GET /api/v1/blocked", Nothing, none,                               accounts},
        {"PUT /api/v1/blocked/{user}", Nothing, none,                        "401 401 - 204 204 204 204 403 204 204 204"},
        {"DELETE /api/v1/blocked/{user}", Nothing, none,                     "401 401 - 204 204 204 204 403 204 204 204"},
    };
    return rules;
}

const std::vector<Rule> &socketRules()
{
    using enum Object;
    static const std::vector<Rule> rules{
        //                                        nobody revoked guest user outsider former member creator
        // banned moderator admin
        {"/", Lobby, none,                        anySocket},
        {"/websocket", Nothing, none,             anySocket},
        {"/ws/v1", Nothing, none,                 anySocket},
        {"/ws/chat/{room}", PublicRoom, none,     "4001 4001 open open open open open open 4000 open open"},
        {"/ws/chat/{room}", PrivateRoom, none,    "4001 4001 4000 4000 4000 4000 open open 4000 open 4000"},
        {"/ws/chat/{room}", DirectRoom, none,     "4001 4001 4000 4000 4000 4000 4000 4000 4000 4000 4000"},
    };
    return rules;
}

const std::vector<Rule> &frameRules()
{
    using enum Object;
    static const std::vector<Rule> rules{
        //                                        nobody revoked guest user outsider former member creator
        // banned moderator admin
        {"/#ToLobby", Lobby, message,             "4001 4001 ack ack ack ack ack ack ack ack ack"},
        {"/#ToUser", Nothing, as000,              "4001 4001 forbidden ack ack ack ack ack ack ack ack"},
        {"/#ToUser", Nothing, as001,              "4001 4001 forbidden ack ack ack ack ack ack ack ack"},
        {"/#ToUser", Nothing, forged000,          "4001 4001 forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden"},
        {"/#ToUser", Nothing, forged001,          "4001 4001 forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden"},
        {"/#Disconnect", Nothing, R"({"event":"disconnect"})", "4001 4001 1000 1000 1000 1000 1000 1000 1000 1000 1000"},
        {"/websocket#message", Nothing, as001,    "4001 4001 forbidden ack ack ack ack ack ack ack ack"},
        {"/websocket#message", Nothing, forged001, "4001 4001 forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden"},
        {"/ws/chat/{room}#message", PublicRoom, message, "4001 4001 chat_message chat_message chat_message chat_message chat_message chat_message 4000 chat_message chat_message"},
        {"/ws/chat/{room}#message", PrivateRoom, message, "4001 4001 4000 4000 4000 4000 chat_message chat_message 4000 chat_message 4000"},

        {"/ws/v1#hello", Nothing, R"({"type":"hello","ref":7})", "4001 4001 hello hello hello hello hello hello hello hello hello"},
        {"/ws/v1#hello", PublicRoom, resume,      "4001 4001 subscribed subscribed subscribed subscribed subscribed subscribed forbidden subscribed subscribed"},
        {"/ws/v1#hello", PrivateRoom, resume,     "4001 4001 not_found not_found not_found not_found subscribed subscribed not_found subscribed not_found"},
        {"/ws/v1#hello", DirectRoom, resume,      "4001 4001 not_found not_found not_found not_found subscribed subscribed not_found not_found not_found"},
        {"/ws/v1#subscribe", PublicRoom, subscribe, "4001 4001 subscribed subscribed subscribed subscribed subscribed subscribed forbidden subscribed subscribed"},
        {"/ws/v1#subscribe", PrivateRoom, subscribe, "4001 4001 not_found not_found not_found not_found subscribed subscribed not_found subscribed not_found"},
        {"/ws/v1#subscribe", DirectRoom, subscribe, "4001 4001 not_found not_found not_found not_found subscribed subscribed not_found not_found not_found"},
        {"/ws/v1#unsubscribe", PrivateRoom, R"({"type":"unsubscribe","ref":7,"room":"$room"})", "4001 4001 not_found not_found not_found not_found unsubscribed unsubscribed not_found unsubscribed not_found"},
        {"/ws/v1#send", PublicRoom, send,         "4001 4001 ack ack ack ack ack ack forbidden ack ack"},
        {"/ws/v1#send", PrivateRoom, send,        "4001 4001 not_found not_found not_found not_found ack ack not_found ack not_found"},
        {"/ws/v1#send", DirectRoom, send,         "4001 4001 not_found not_found not_found not_found ack ack not_found not_found not_found"},
        {"/ws/v1#edit", PublicRoom, editFrame,    "4001 4001 forbidden forbidden forbidden forbidden forbidden ack forbidden forbidden forbidden"},
        {"/ws/v1#edit", PrivateRoom, editFrame,   "4001 4001 not_found not_found not_found not_found forbidden ack not_found forbidden not_found"},
        {"/ws/v1#edit", PublicRoom, ownEditFrame, "4001 4001 - ack ack ack ack ack forbidden ack ack"},
        {"/ws/v1#edit", PrivateRoom, ownEditFrame, "4001 4001 not_found not_found not_found not_found ack ack not_found ack not_found"},
        {"/ws/v1#edit", DirectRoom, editFrame,    "4001 4001 not_found not_found not_found not_found forbidden ack not_found not_found not_found"},
        {"/ws/v1#delete", PublicRoom, deleteFrame, "4001 4001 forbidden forbidden forbidden forbidden forbidden ack forbidden ack ack"},
        {"/ws/v1#delete", PrivateRoom, deleteFrame, "4001 4001 not_found not_found not_found not_found forbidden ack not_found ack not_found"},
        {"/ws/v1#delete", PublicRoom, ownDeleteFrame, "4001 4001 - ack ack ack ack ack forbidden ack ack"},
        {"/ws/v1#delete", PrivateRoom, ownDeleteFrame, "4001 4001 not_found not_found not_found not_found ack ack not_found ack not_found"},
        {"/ws/v1#delete", DirectRoom, ownDeleteFrame, "4001 4001 not_found not_found not_found not_found ack ack not_found not_found not_found"},
        {"/ws/v1#rooms", Nothing, R"({"type":"rooms","ref":7})", "4001 4001 rooms rooms rooms rooms rooms rooms rooms rooms rooms"},
        {"/ws/v1#members", PublicRoom, members,   "4001 4001 members members members members members members forbidden members members"},
        {"/ws/v1#members", PrivateRoom, members,  "4001 4001 not_found not_found not_found not_found members members not_found members not_found"},
        {"/ws/v1#members", DirectRoom, members,   "4001 4001 not_found not_found not_found not_found members members not_found not_found not_found"},
        // Only a member has a marker.
        {"/ws/v1#read", PublicRoom, read,         "4001 4001 forbidden forbidden forbidden forbidden marked marked forbidden marked forbidden"},
        {"/ws/v1#read", PrivateRoom, read,        "4001 4001 not_found not_found not_found not_found marked marked not_found marked not_found"},
        {"/ws/v1#read", DirectRoom, read,         "4001 4001 not_found not_found not_found not_found marked marked not_found not_found not_found"},
        {"/ws/v1#ping", Nothing, R"({"type":"ping","ref":7})", "4001 4001 pong pong pong pong pong pong pong pong pong"},
    };
    return rules;
}

// clang-format on

QString nameOf(Caller role)
{
    static const std::array<QString, roleCount> names{QStringLiteral("nobody"), QStringLiteral("revoked"),
        QStringLiteral("guest"), QStringLiteral("user"), QStringLiteral("outsider"), QStringLiteral("former"),
        QStringLiteral("member"), QStringLiteral("creator"), QStringLiteral("banned"),
        QStringLiteral("steward"), QStringLiteral("overseer")};
    return names.at(size_t(role));
}

QString Rule::pattern() const
{
    return QString::fromLatin1(what).section(u'#', 0, 0).section(u'?', 0, 0);
}

QString Rule::query() const
{
    const QString asked = QString::fromLatin1(what);
    const qsizetype mark = asked.indexOf(u'?');
    return mark < 0 ? QString() : asked.sliced(mark);
}

QString Rule::frame() const
{
    return QString::fromLatin1(what).section(u'#', 1);
}

QStringList Rule::answersByRole() const
{
    return QString::fromLatin1(answers).split(u' ');
}

} // namespace rookery::test
