# SPDX-License-Identifier: GPL-3.0-or-later
"""THREATS 29: text with a meaning in a database, a shell or a format has none here. Accepted text comes back unchanged,
to every reader of every dialect, and is stored unchanged; rejected text is refused with the name of its field."""

import contextlib
import itertools
import json
import pathlib
import sqlite3
import sys
import unicodedata
import unittest
import urllib.parse
import uuid

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "websocket"))

import target  # noqa: E402  (found by the line above)
from dialects import Chat  # noqa: E402
from frames import TEXT as TEXT_FRAME  # noqa: E402
from frames import Frame  # noqa: E402
from support.people import PASSWORD  # noqa: E402
from support.rest import Rest  # noqa: E402
from table import FORMS, dumps  # noqa: E402
from texts import TEXTS  # noqa: E402

SETTINGS = {f"ROOKERY_LIMITS_{limit}": "0"
            for limit in ("MESSAGES_PER_SECOND", "WORK_PER_USER", "WORK_PER_NETWORK", "CONNECTIONS_PER_ADDRESS")}
SAYING = ("message", "content", "text")


def saying_forms():
    """Those that carry a message, with the name of the field that holds its text."""
    for form in FORMS:
        for field in SAYING:
            if field in form.fields and not form.changes_a_message:
                yield form, field


def _folded(text):
    return unicodedata.normalize("NFC", text).casefold()


class Literal(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.daemon = stack.enter_context(target.start(**SETTINGS))
        cls.nobody = stack.enter_context(Rest(cls.daemon.urls[0]))
        cls.ann = stack.enter_context(cls.nobody.joined("ann"))
        cls.ben = stack.enter_context(cls.nobody.joined("ben"))
        assert cls.ann.call("POST", "/api/v1/rooms", {"name": "den"}).status == 201
        cls.numbers = itertools.count(1)

    def say(self, speak, form, field, text):
        """The client id that it was sent with. Every other time all that is no ASCII is escaped."""
        client_id = str(uuid.uuid4())
        value = json.dumps(text).encode() if next(self.numbers) % 2 else dumps(text)
        speak(form.raw(**{field: value, "client_id": dumps(client_id)}))
        return client_id

    @contextlib.contextmanager
    def speaker(self, form):
        if not form.is_frame:
            method, path = form.where.split()

            def request(body):
                answer = self.ann.call(method, path.replace("{room}", "den"), body)
                self.assertEqual(answer.status, form.answer, answer)
            yield request
            return
        path = form.where + "?history=0" if form.where.startswith("/ws/chat/") else form.where
        with Chat(self.daemon, path, self.ann) as chat:
            if path == "/ws/v1":
                chat.greeted()

            def frame(body):
                chat.send(Frame(TEXT_FRAME, body))
                said = chat.json(lambda heard: heard.get("type") in ("error", form.answer))
                self.assertEqual(said["type"], form.answer, said)
            yield frame

    def test_messages_of_every_dialect(self):
        sent = {}
        with contextlib.ExitStack() as stack:
            # Ben hears everything live, in each dialect's own form.
            live = {path: stack.enter_context(Chat(self.daemon, path, self.ben).greeted())
                    for path in ("/", "/websocket", "/ws/chat/den/", "/ws/v1")}
            live["/ws/v1"].send(*(Frame(TEXT_FRAME, b'{"type":"subscribe","ref":1,"room":"%s"}' % room)
                                  for room in (b"den", b"lobby")))
            for _ in range(2):
                live["/ws/v1"].json(lambda frame: frame["type"] == "subscribed")
            for chat in live.values():
                chat.settle()
            heard = {path: {} for path in live}
            for form, field in saying_forms():
                with self.subTest(form=form.name), self.speaker(form) as speak:
                    mine = {self.say(speak, form, field, text): text for text in TEXTS}
                    sent |= mine
                    for path, chat in live.items():
                        heard[path] |= self.listened(chat)
            everywhere = {}
            for path, messages in heard.items():
                with self.subTest(path):
                    self.assert_same(messages, sent)
                everywhere |= messages
            self.assertEqual(set(everywhere), set(sent))
        self.assertGreaterEqual(len(sent), 10 * len(TEXTS))
        stored = {}
        for what, messages in self.pages():
            with self.subTest(what):
                self.assertTrue(messages)
                self.assert_same(messages, sent)
            stored |= messages
        self.assertEqual(set(stored), set(sent))
        with self.subTest("the database"):
            self.assert_same(self.in_the_database(), sent)
            self.assertEqual(set(self.in_the_database()), set(sent))
        with self.subTest("history on a socket"), Chat(self.daemon, "/ws/chat/den/?history=200", self.ben) as chat:
            self.assert_same(self.listened(chat), sent)

    def assert_same(self, messages, sent):
        for client_id, text in messages.items():
            if text != sent[client_id]:
                self.fail(f"{text[:100]!r} came of {sent[client_id][:100]!r}")

    def listened(self, chat):
        """What has come by now: {client id: text}."""
        messages = {}
        mark = f"mark {next(self.numbers)}"
        chat.send(Frame(9, mark.encode()))
        while (event := chat.peer.next()).payload != mark.encode():
            frame = json.loads(event.payload)
            frame = frame.get("event") if isinstance(frame.get("event"), dict) else frame
            text = next((frame[field] for field in SAYING if field in frame), None)
            if "client_id" in frame and text is not None and frame.get("type") != "ack":
                messages[frame["client_id"]] = text
        return messages

    def pages(self):
        """Everything that can be read over HTTP, by each way to read it."""
        rooms = {room["name"] or "direct": room["id"] for room in self.ann.call("GET", "/api/v1/rooms").json["rooms"]}
        for name, path, items, field, id_field in (
                ("native, den", f"/api/v1/rooms/{rooms['den']}/events", "events", "text", "client_id"),
                ("native, lobby", "/api/v1/rooms/lobby/events", "events", "text", "client_id"),
                ("native, direct", f"/api/v1/rooms/{rooms['direct']}/events", "events", "text", "client_id"),
                ("001", "/messages?with=ben", "messages", "content", "client_id")):
            messages, before = {}, None
            while True:
                query = ("&" if "?" in path else "?") + "limit=200" + (f"&before={before}" if before else "")
                page = self.ann.call("GET", path + query).json[items]
                if not page:
                    break
                messages |= {message[id_field]: message[field] for message in page}
                before = min(message["seq"] for message in page)
                if before == 1:
                    break
            yield name, messages
        # 003 has no client id: by the id that the native API knows.
        for room in ("lobby", "den"):
            known = {event["id"]: event["client_id"]
                     for event in self.ann.call("GET", f"/api/v1/rooms/{room}/events?limit=200").json["events"]}
            history = self.ann.call("GET", f"/chat/history/?limit=200&room={room}").json["chat_history"]
            yield f"003, {room}", {known[message["id"]]: message["message"] for message in history}

    def in_the_database(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.daemon.data}/rookery.db?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT client_id, text FROM events").fetchall()
        return {str(uuid.UUID(bytes=client_id)): text for client_id, text in rows}

    def test_names_of_users(self):
        for text in TEXTS:
            for path in ("/register", "/api/auth/register", "/api/v1/register"):
                with self.subTest(path=path, text=text[:40]):
                    answer = self.nobody.call("POST", path, {"username": text, "password": PASSWORD})
                    if answer.status == 400:
                        self.assertEqual(answer.json["field"], "username")
                        self.assertIn(answer.json["code"], ("invalid_field",))
                    else:
                        self.assertIn(answer.status, (201, 409), answer)  # there are three ways to register
                        shown = self.ann.call("GET", f"/users/{urllib.parse.quote(text, safe='')}")
                        self.assertEqual(shown.json["user"]["username"], unicodedata.normalize("NFC", text))
            for path in ("/users/", "/api/v1/users/"):
                with self.subTest(path=path, text=text[:40]):
                    answer = self.ann.call("GET", path + urllib.parse.quote(text, safe=""))
                    self.assertIn(answer.status, (200, 400, 404, 414), answer)

    def test_names_of_rooms(self):
        for text in TEXTS:
            quoted = urllib.parse.quote(text, safe="")
            with self.subTest(text[:40]):
                answer = self.ann.call("POST", "/api/v1/rooms", {"name": text})
                if answer.status == 201:
                    self.assertEqual(answer.json["room"]["name"], unicodedata.normalize("NFC", text))
                    shown = self.ann.call("GET", f"/api/v1/rooms/{quoted}")
                    self.assertEqual(shown.json["room"]["id"], answer.json["room"]["id"])
                else:
                    self.assertEqual((answer.status, answer.json.get("field")), (400, "name"), answer)
                    said = self.ann.call("POST", "/chat/send/", {"room": text, "message": "a"})
                    self.assertIn((said.status, said.json.get("field")), ((400, "room"), (404, "room")), said)
                    self.assertIn(self.ann.call("GET", f"/chat/history/?room={quoted}").status, (400, 404, 414))
                    self.assertIn(self.ann.call("GET", f"/api/v1/rooms/{quoted}").status, (400, 404, 414))

    def test_patterns_are_no_patterns(self):
        """In the one field that is searched in, and in cursors."""
        for name in ("a-b", "a_b", "axb", "A_C"):
            self.ann.call("POST", "/api/v1/rooms", {"name": name})

        def found(query, after=""):
            asked = urllib.parse.urlencode({"query": query, "after": after, "limit": 200})
            answer = self.ann.call("GET", f"/api/v1/rooms/directory?{asked}")
            self.assertEqual(answer.status, 200, answer)
            return {room["name"] for room in answer.json["rooms"]}
        self.assertEqual(found("a_"), {"a_b", "A_C"})
        self.assertEqual(found("_b"), {"a_b"})
        for text in TEXTS:
            if len(text) < 1000:
                expected = {name for name in found("") if _folded(text) in _folded(name)}
                with self.subTest(text):
                    self.assertEqual(found(text), expected)
                    found("", text)
                    found(text, text)

    def test_passwords(self):
        """Every character counts, and none means anything; what RFC 8265 section 4.2 does not allow is refused by name."""
        texts = [text for text in TEXTS if len(text) < 100][::6]
        kept = 0
        for text in texts:
            name, password = f"user{next(self.numbers)}", (text * 8)[:64]
            with self.subTest(text):
                answer = self.nobody.call("POST", "/register", {"username": name, "password": password})
                if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in password):
                    self.assertEqual((answer.status, answer.json["field"]), (400, "password"), answer)
                    self.assertEqual(self.log_in(name, password), 401)
                    continue
                kept += 1
                self.assertEqual(answer.status, 201, answer)
                self.assertEqual(self.log_in(name, password), 200)
                self.assertEqual(self.log_in(name, password[:-1] + chr(ord(password[-1]) ^ 1)), 401)
        self.assertGreaterEqual(kept, 5)
        self.assertEqual(self.log_in("ann", "' OR 1=1 --"), 401)

    def log_in(self, name, password):
        return self.nobody.call("POST", "/login", {"username": name, "password": password}).status

    def test_the_name_of_a_client(self):
        """The User-Agent is kept with the session and shown in the list of sessions."""
        for text in TEXTS:
            # A field's value has no control characters and no space around it, and a client's name no marks before it.
            if (len(text) > 200 or text != text.strip() or any(ord(c) < 32 or ord(c) == 127 for c in text)
                    or text[0] in "\ufeff\ufffe"):
                continue
            with self.subTest(text):
                answer = self.nobody.call("POST", "/login", {"username": "ben", "password": PASSWORD},
                                          **{"User-Agent": text.encode()})
                self.assertEqual(answer.status, 200)
                token = answer.json["token"]
                mine = [session["client"] for session in self.nobody.call("GET", "/sessions", token=token).json["sessions"]
                        if session["current"]]
                self.assertEqual(mine, [text])
                self.nobody.call("POST", "/api/v1/logout", token=token)

    def tearDown(self):
        """Whatever was in the texts, it was not run."""
        self.assertEqual(self.ann.call("GET", "/api/v1/me").json["user"]["username"], "ann")
        self.assertFalse(pathlib.Path("/tmp/rookery-was-here").exists())
        with contextlib.closing(sqlite3.connect(f"file:{self.daemon.data}/rookery.db?mode=ro", uri=True)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
