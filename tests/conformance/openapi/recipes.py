# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that produce the answers of the OpenAPI document: for each operation one that succeeds, and those for statuses
that need a specific request. General ones (no token, invalid JSON, a body that is too large …) are in attempts()."""

import dataclasses
import itertools
import uuid

from support.people import PASSWORD

OTHER_PASSWORD = "another long password"
NOBODY = "nobody-of-that-name"
OWN_PAGE, FOREIGN_PAGE = "http://app.example", "http://evil.example"
MOST_BYTES = 64 * 1024  # of a body
_NUMBERS = itertools.count(1)


def fresh():
    return f"fresh{next(_NUMBERS)}"


@dataclasses.dataclass
class Attempt:
    """One request of an operation, and the status that it must bring about."""

    name: str
    status: int
    body: object = None  # bytes as they are, or what JSON is made of
    path: dict = dataclasses.field(default_factory=dict)
    query: dict = dataclasses.field(default_factory=dict)
    headers: dict = dataclasses.field(default_factory=dict)
    caller: str | None = "anna"  # None: without a token; "fresh": somebody whose session may end
    blamed: str | None = None  # the answer's `field`

    def but(self, name, status, **changes):
        return dataclasses.replace(self, name=name, status=status, **changes)


def _good(operation, status, **changes):
    query = {name: parameter["example"] for name, parameter in operation.parameters("query").items()
             if parameter.get("required")}
    attempt = Attempt("the example", status, body=operation.example, query=query,
                      path={name: parameter["example"] for name, parameter in operation.parameters("path").items()},
                      caller=None if operation.is_open else "anna")
    return dataclasses.replace(attempt, **changes)


def _registration(good):
    good = dataclasses.replace(good, body={"username": fresh(), "password": PASSWORD})
    return [good, good.but("a taken name", 409, body={"username": "anna", "password": PASSWORD})]


def _log_in(good):
    return [good, good.but("a wrong password", 401, body={**good.body, "password": OTHER_PASSWORD})]


def _sending(good):
    """A message, and its `client_id` again with another text."""
    body = {**good.body, "client_id": str(uuid.uuid4())}
    text = "text" if "text" in body else "message"
    return [good, good.but("with a client_id", good.status, body=body),
            good.but("the same with another text", 409, body={**body, text: "Something else"})]


def _to_the_lobby(good):
    deleted = {**good.body, "client_id": "$deleted"}
    return [*_sending(good), good.but("one that has been deleted since", 404, body=deleted)]


def _native_message(good):
    first, with_id, reused = _sending(good)
    return [first, with_id, with_id.but("the same again", 200), reused]


def _own_session(good):
    return [dataclasses.replace(good, path={"id": "$session"}, caller="fresh")]


def _change(good, **changes):
    """An edit or a deletion of a message that is made for it."""
    path = {"room": "lobby", "seq": "$seq"}
    good = dataclasses.replace(good, path=path, **changes)
    return good, good.but("a message of somebody else", 403, path={**path, "seq": "$others"})


def _edit(good):
    good, others = _change(good)
    body = {**good.body, "client_id": str(uuid.uuid4())}
    return [good, others, good.but("with a client_id", 200, body=body), good.but("of another message", 409, body=body)]


def _deletion(good):
    good, others = _change(good)
    query = {"client_id": str(uuid.uuid4())}
    return [good, others, good.but("with a client_id", 200, query=query), good.but("of another message", 409, query=query),
            good.but("a client_id that is none", 400, query={"client_id": "x"}, blamed="client_id")]


def _page(good):
    """What has an ETag."""
    return [good, good.but("what is known already", 304, headers={"If-None-Match": "$etag"})]


def _somebody(good):
    return [dataclasses.replace(good, path={"user": "carl"})]


def _public_room(good):
    return [good, good.but("a room that one is banned from", 403, path={"room": "berts-club"})]


# operationId: the status of success, and how the good request becomes a list of attempts. Without a row: 200, the example.
RECIPES = {
    **dict.fromkeys(("register", "seed001Register", "seed002Register"), (201, _registration)),
    **dict.fromkeys(("logIn", "seed001LogIn", "seed002LogIn"), (200, _log_in)),
    **dict.fromkeys(("deleteSession", "seed001DeleteSession"), (204, _own_session)),
    **dict.fromkeys(("swagger", "openapi", "swaggerAsset"), (200, _page)),
    "logOut": (204, lambda good: [dataclasses.replace(good, caller="fresh")]),
    "changePassword": (204, lambda good: [
        dataclasses.replace(good, caller="fresh"),
        good.but("a wrong current password", 403, body={"current": OTHER_PASSWORD, "new": PASSWORD}, blamed="current")]),
    "createRoom": (201, lambda good: [
        dataclasses.replace(good, body={**good.body, "name": fresh()}),
        good.but("a taken name", 409, body={"name": "lobby"})]),
    "changeRoom": (200, lambda good: [
        dataclasses.replace(good, path={"room": "plaza"}, body={"topic": fresh()}),
        good.but("a taken name", 409, path={"room": "plaza"}, body={"name": "lobby"}),
        good.but("a room of others", 403, path={"room": "berts-hall"})]),
    "setRole": (200, lambda good: [
        dataclasses.replace(good, path={"room": "plaza", "user": "$newcomer"}, body={"role": "banned"}),
        good.but("a room of others", 403, path={"room": "berts-hall", "user": "bert"})]),
    **dict.fromkeys(("room", "members", "events"), (200, _public_room)),
    "bans": (200, lambda good: [
        dataclasses.replace(good, path={"room": "plaza"}),
        good.but("a room of others", 403, path={"room": "berts-hall"})]),
    "removeMember": (204, lambda good: [
        dataclasses.replace(good, path={"room": "plaza", "user": "$member"}),
        good.but("a room of others", 403, path={"room": "berts-hall", "user": "bert"})]),
    "editMessage": (200, _edit),
    "deleteMessage": (200, _deletion),
    "versions": (200, lambda good: list(_change(good))),
    "leaveRoom": (204, lambda good: [good]),
    "invite": (200, lambda good: [
        dataclasses.replace(good, path={"room": "plaza"}),
        good.but("a room of others", 403, path={"room": "berts-hall"}),
        good.but("nobody", 404, path={"room": "plaza"}, body={"user": NOBODY})]),
    "withdrawInvitation": (204, lambda good: [dataclasses.replace(good, path={"room": "plaza", "user": "bert"})]),
    "declineInvitation": (204, lambda good: [dataclasses.replace(good, path={"room": "berts-den"})]),
    **dict.fromkeys(("blockUser", "unblockUser"), (204, _somebody)),
    "sendMessage": (201, _native_message),
    "openDirectRoom": (200, lambda good: [good, good.but("nobody", 404, body={"user": NOBODY})]),
    "seed000SendMessage": (200, lambda good: [
        *_sending(good),
        good.but("in another's name", 403, body={**good.body, "senderId": "bert"}, blamed="senderId"),
        good.but("to nobody", 404, body={**good.body, "receiverId": NOBODY}, blamed="receiverId")]),
    "seed001Messages": (200, lambda good: [good, good.but("with nobody", 404, query={"with": NOBODY}, blamed="with")]),
    "seed002SendMessage": (200, _to_the_lobby),
    "seed003SendMessage": (200, lambda good: [
        *_sending(good),
        good.but("a private room of others", 404, body={**good.body, "room": "berts-room"}, blamed="room")]),
    "seed003History": (200, lambda good: [
        good, good.but("a room that is not there", 404, query={"room": NOBODY}, blamed="room")]),
    "frontPage": (200, lambda good: [
        good,
        good.but("a handshake of another version", 426, headers={
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "12",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})]),
}


def success(operation):
    status, make = RECIPES.get(operation.id, (200, lambda good: [good]))
    return make(_good(operation, status))[0]


def attempts(operation):
    """Everything that is to be tried on an operation."""
    status, make = RECIPES.get(operation.id, (200, lambda good: [good]))
    tried = make(_good(operation, status))
    good = tried[0]
    yield from tried
    if not operation.is_open:
        yield good.but("no token", 401, caller=None)
        yield good.but("a bad token", 401, caller=None, headers={"Authorization": "Bearer a.b.c"})
    if operation.method != "GET":
        yield from _refused_before_the_route(good)
    for name in operation.parameters("path"):
        if 404 in operation.statuses:
            yield good.but(f"a {name} that is not there", 404, path={**good.path, name: NOBODY})
    for name, parameter in operation.parameters("query").items():
        yield from _bad_query(operation, good, name, parameter)
    if operation.body:
        yield from _bad_bodies(operation, good)


def _refused_before_the_route(good):
    """What the head alone decides, whether the operation documents a body or not."""
    yield good.but("a foreign page with the cookie", 403, headers={"Origin": FOREIGN_PAGE, "Cookie": "$cookie"}, caller=None)
    # Only said: the server answers by the head, and may not wait for the rest.
    yield good.but("a large body", 413, body=None, headers={"Content-Length": str(MOST_BYTES + 1)})
    yield good.but("a compressed body", 415, headers={"Content-Encoding": "gzip"})
    yield good.but("a page without a preflight", 415, body=good.body or b"{}", caller=None, headers={
        "Origin": OWN_PAGE, "Content-Type": "text/plain", "Cookie": "$cookie"})
    yield good.but("an expectation", 417, headers={"Expect": "wonders"})


def _bad_query(operation, good, name, parameter):
    schema = operation.document.flat(parameter["schema"])
    refused = [""] if parameter.get("required") else []
    if schema["type"] == "integer":
        refused += ["x", "", "-1", "1.0", str(schema["minimum"] - 1), str(schema["maximum"] + 1)]
    for value in refused:
        yield good.but(f"{name}={value}", 400, query={**good.query, name: value}, blamed=name)
    if parameter.get("required"):
        yield good.but(f"without {name}", 400, query={}, blamed=name)


def _bad_bodies(operation, good):
    if operation.needs_body:
        yield good.but("no body", 400, body=b"")
    yield good.but("no JSON", 400, body=b"{")
    yield good.but("a list", 400, body=b"[]")
    for name in operation.body.get("required", []):
        rest = {key: value for key, value in good.body.items() if key != name}
        yield good.but(f"without {name}", 400, body=rest, blamed=name)
        yield good.but(f"{name} is null", 400, body={**rest, name: None}, blamed=name)
    for name, schema in operation.body["properties"].items():
        for value in _misfits(operation.document, operation.document.flat(schema)):
            yield good.but(f"{name}: {str(value)[:20]!r}", 400, body={**good.body, name: value}, blamed=name)


def _misfits(document, schema):
    """Values that the schema refuses, of each kind that it can tell."""
    candidates = [7, True, [], {}, "", " ", " \t\n", "a b", ".ab", "ab.", "a/b", "a\nb", "x"]
    if "maxLength" in schema:  # in characters
        candidates.append("x" * (schema["maxLength"] + 1))
    for value in candidates:
        if document.mismatch(value, schema, "value"):
            yield value
