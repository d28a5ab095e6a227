# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of everything that takes JSON: each request's body and each frame, with its fields and their valid types.
test_table.py compares it with the OpenAPI document and the lists of frames in common/README.md."""

import dataclasses
import json

# `$fresh` stands for a name that is new, `$uuid` for an id that is.
# What a field may be. `required` fields must be there; null is as good as absent.
TEXT, ID, INTEGER, BOOLEAN, POINTS, POINT, REF = "text", "id", "integer", "boolean", "points", "point", "ref"


@dataclasses.dataclass(frozen=True)
class Field:
    kind: str
    good: object  # a value that is taken
    required: bool = True


@dataclasses.dataclass(frozen=True)
class Form:
    """One body or frame. `where` is "POST /path" or a WebSocket's path."""

    where: str
    fields: dict
    answer: object  # the status of a good body; the type of the frame that answers a good frame
    fixed: dict = dataclasses.field(default_factory=dict)  # members that are no field of the table, such as type
    login: bool = True

    @property
    def is_frame(self):
        return self.where.startswith("/")

    @property
    def name(self):
        return f"{self.where} {self.fixed}" if self.fixed else self.where

    @property
    def path(self):
        """With the things that a test has made: a room, its owner, the first message there."""
        path = self.where.split()[-1]
        return path.replace("{room}", "den").replace("{user}", "ann").replace("{seq}", "1")

    @property
    def changes_a_message(self):
        return "{seq}" in self.where or "target" in self.fields

    def raw(self, /, **changes):
        """Its JSON, each member's value as bytes that need not be valid: None leaves the member out."""
        members = {name: dumps(value) for name, value in self.fixed.items()}
        members |= {name: dumps(field.good) for name, field in self.fields.items()}
        members |= changes
        return b"{" + b",".join(dumps(name) + b":" + value for name, value in members.items() if value is not None) + b"}"


def dumps(value):
    return json.dumps(value, ensure_ascii=False).encode()


def _text(good="hello", required=True):
    return Field(TEXT, good, required)


CLIENT_ID = _text("$uuid", required=False)
WORDS = _text("said")
CREDENTIALS = {"username": _text("ann"), "password": _text("correct horse battery")}
NEWCOMER = {"username": _text("$fresh"), "password": _text("correct horse battery")}
AS_000 = {"senderId": Field(ID, "ann"), "receiverId": Field(ID, "ben"), "message": WORDS, "client_id": CLIENT_ID}
AS_001 = {"sender": Field(ID, "ann"), "receiver": Field(ID, "ben"), "content": WORDS, "client_id": CLIENT_ID}
ROOM = _text("den")
REFERENCE = Field(REF, 7, required=False)


def _native(kind, answer, **fields):
    return Form("/ws/v1", {"ref": REFERENCE, **fields}, answer, {"type": kind})


FORMS = [
    *(Form(f"POST {path}", NEWCOMER, 201, login=False)
      for path in ("/register", "/api/auth/register", "/api/v1/register")),
    *(Form(f"POST {path}", CREDENTIALS, 200, login=False) for path in ("/login", "/api/auth/login", "/api/v1/login")),
    Form("POST /api/v1/me/password", {"current": CREDENTIALS["password"], "new": CREDENTIALS["password"]}, 204),
    Form("POST /api/messages", AS_000, 200),
    Form("POST /api/chats/send", {"message": WORDS, "client_id": CLIENT_ID}, 200),
    Form("POST /chat/send", {"message": WORDS, "room": _text("den", required=False), "client_id": CLIENT_ID}, 200),
    Form("POST /api/v1/rooms", {"name": _text("$fresh"), "private": Field(BOOLEAN, True, required=False)}, 201),
    Form("POST /api/v1/rooms/{room}/members", {"user": Field(ID, "ben")}, 200),
    # Nobody has invited the caller.
    Form("POST /api/v1/invitations/{room}/decline", {"block": Field(BOOLEAN, False, required=False)}, 404),
    Form("POST /api/v1/rooms/{room}/messages", {"text": WORDS, "client_id": CLIENT_ID}, 201),
    Form("PATCH /api/v1/rooms/{room}/messages/{seq}", {"text": WORDS, "client_id": CLIENT_ID}, 200),
    # What is so already.
    Form("PATCH /api/v1/rooms/{room}", {"name": _text("den", required=False), "topic": _text("waders", required=False)}, 200),
    Form("PUT /api/v1/rooms/{room}/members/{user}", {"role": _text("owner")}, 200),
    Form("POST /api/v1/direct", {"user": Field(ID, "ben")}, 200),

    Form("/", AS_000, "ack"),
    Form("/", AS_001, "ack"),
    Form("/", {"message": WORDS, "event": _text("message", required=False), "client_id": CLIENT_ID}, "ack"),
    Form("/websocket", AS_001, "ack"),
    Form("/ws/chat/den/", {"message": WORDS, "client_id": CLIENT_ID}, "chat_message"),
    _native("hello", "hello", pages=Field(BOOLEAN, True, required=False),
            resume=Field(POINTS, [{"room": "den", "epoch": "e", "seq": 1}], required=False),
            self=Field(POINT, {"epoch": "e", "seq": 1}, required=False)),
    _native("rooms", "rooms", after=_text("019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e01", required=False)),
    _native("members", "members", room=ROOM, after=_text("member:", required=False)),
    _native("subscribe", "subscribed", room=ROOM, epoch=_text("e", required=False),
            seq=Field(INTEGER, 1, required=False)),
    _native("unsubscribe", "unsubscribed", room=ROOM),
    _native("send", "ack", room=ROOM, text=WORDS, client_id=CLIENT_ID),
    _native("edit", "ack", room=ROOM, target=Field(INTEGER, 1), text=WORDS, client_id=CLIENT_ID),
    _native("delete", "ack", room=ROOM, target=Field(INTEGER, 2), client_id=CLIENT_ID),
    _native("read", "marked", room=ROOM, seq=Field(INTEGER, 1)),
    _native("ping", "pong"),
    Form("/ws/v1", {"type": _text("ping")}, "pong"),
]

# GET requests with what they take in their query.
QUERIES = [
    ("/messages", {"with": TEXT, "before": INTEGER, "limit": INTEGER}),
    ("/chat/history", {"room": TEXT, "before": INTEGER, "limit": INTEGER}),
    ("/api/v1/rooms", {"after": TEXT, "limit": INTEGER}),
    ("/api/v1/rooms/directory", {"query": TEXT, "after": TEXT, "limit": INTEGER}),
    ("/api/v1/rooms/{room}/members", {"after": TEXT, "limit": INTEGER}),
    ("/api/v1/rooms/{room}/bans", {"after": TEXT, "limit": INTEGER}),
    ("/api/v1/invitations", {"before": TEXT, "limit": INTEGER}),
    ("/api/v1/blocked", {"after": TEXT, "limit": INTEGER}),
    ("/api/v1/rooms/{room}/events", {"before": INTEGER, "after": INTEGER, "limit": INTEGER}),
    ("/api/v1/rooms/{room}/messages/{seq}/versions", {"before": INTEGER, "limit": INTEGER}),
]
GOOD_QUERY = {"with": "ben", "room": "den"}
