// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <vector>

namespace rookery::test {

/// Who asks. In this order stand the columns of the table: a role that a later version brings (moderator,
/// owner, admin …) is added here, and every row that says nothing of it fails.
enum class Caller {
    Nobody, ///< no token
    Revoked, ///< the creator's token, logged out
    Guest, ///< a WebSocket without a token where the operator allows guests; over HTTP that is nobody
    User, ///< has an account, and nothing to do with the room
    Outsider, ///< is a member of another private room
    Former, ///< was a member of the room and left it
    Member,
    Creator, ///< made the room, and is a member of it
};
inline constexpr int roleCount = int(Caller::Creator) + 1;
QString nameOf(Caller role);

/// What the request is about.
enum class Object {
    Nothing,
    Lobby,
    PublicRoom,
    PrivateRoom,
    DirectRoom, ///< of Creator and Member
    OwnSession, ///< one of the caller's, made for this one request
    OthersSession, ///< somebody else's
};

/// One line of the table: what is asked, about what, and what each role gets.
struct Rule
{
    /// Of a route: "GET /api/v1/rooms/{room}" (http::HttpApi::routes()), then perhaps a query. Of a
    /// WebSocket:
    /// "/ws/chat/{room}" (ws::endpointPatterns()). Of a frame: that, and "#" with the request's name.
    const char *what;
    Object object;
    /// The JSON of the body or frame. In it, and in what is asked: $room, $session, $caller, $creator,
    /// $bystander (names), $fresh (a name that nobody has).
    const char *json;
    /// One word for each role. Of a route its status, "-" where the role cannot ask over HTTP. Of a WebSocket
    /// "open" or the close code. Of a frame the type of its answer or the code of its error, or the close
    /// code that the role's handshake gets.
    const char *answers;

    QString pattern() const; ///< what is asked, without query and frame
    QString query() const; ///< with its '?', or empty
    QString frame() const; ///< empty where it is none
    QStringList answersByRole() const;
};

/// The one table of who may do what (THREATS 3).
const std::vector<Rule> &routeRules();
const std::vector<Rule> &socketRules();
const std::vector<Rule> &frameRules();

} // namespace rookery::test
