# SPDX-License-Identifier: GPL-3.0-or-later
"""THREATS 18: everything that takes JSON, from the table, with every field of every wrong type and with invalid JSON.
Each is answered by 400 or an error frame that names the field; the connection stays open; nothing is stored."""

import concurrent.futures
import contextlib
import itertools
import json
import pathlib
import sys
import unittest
import urllib.parse
import uuid

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "websocket"))

import target  # noqa: E402  (found by the line above)
from dialects import Chat  # noqa: E402
from frames import TEXT as TEXT_FRAME  # noqa: E402
from frames import Frame  # noqa: E402
from peer import END  # noqa: E402
from support.memory import forget, growth, resident  # noqa: E402
from support.rest import Rest  # noqa: E402
from table import FORMS, INTEGER, POINT, POINTS, QUERIES, GOOD_QUERY, REF, dumps  # noqa: E402
from values import (NO_INTEGERS, NO_OBJECTS, NO_OBJECTS_OR_UTF8, NO_TEXTS, NO_UTF8, NO_VALUES, WRONG,  # noqa: E402
                    WRONG_POINT, WRONG_POINTS)

MI = 1024 * 1024
NEVER = "never to be stored"
NEVER_JSON = dumps(NEVER)
ONCE = ("hello", "unsubscribed")  # may be said a single time on a socket
SETTINGS = {f"ROOKERY_LIMITS_{limit}": "0"
            for limit in ("MESSAGES_PER_SECOND", "WORK_PER_USER", "WORK_PER_NETWORK", "CONNECTIONS_PER_ADDRESS")}


class Refused(Exception):
    """What was answered instead of what should have been."""


class OverHttp:
    """Says a form's text as the body of its request."""

    def __init__(self, form, case):
        self._call = (form.where.split()[0], form.path)
        self._rest = case.ann if form.login else case.nobody
        self._answer = form.answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def refusal(self, text):
        answer = self._rest.call(*self._call, text)
        if answer.status != 400 or answer.headers["Content-Type"] != "application/problem+json":
            raise Refused(answer)
        if answer.headers["Connection"]:
            raise Refused(f"the connection closes: {answer}")
        return answer.json

    def taken(self, text):
        answer = self._rest.call(*self._call, text)
        if answer.status != self._answer:
            raise Refused(answer)


class OverWebSocket:
    """Says a form's text as a frame, all on one socket."""

    def __init__(self, form, case):
        path = form.where + "?history=0" if form.where.startswith("/ws/chat/") else form.where
        self._chat = Chat(case.daemon, path, case.ann)
        self._answer = form.answer
        if form.where == "/ws/v1" and form.answer != "hello":
            self._chat.greeted()
        if form.answer == "unsubscribed":
            self._chat.send(Frame(TEXT_FRAME, b'{"type":"subscribe","room":"den"}'))
            self._chat.json(lambda frame: frame["type"] == "subscribed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._chat.__exit__()

    def _said(self, text):
        self._chat.send(Frame(TEXT_FRAME, text))
        return self._chat.json(lambda frame: frame.get("type") in ("error", self._answer))

    def refusal(self, text):
        frame = self._said(text)
        if frame["type"] != "error":
            raise Refused(frame)
        return frame

    def taken(self, text):
        frame = self._said(text)
        if frame["type"] != self._answer:
            raise Refused(frame)


class Json(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.daemon = stack.enter_context(target.start(**SETTINGS))
        cls.nobody = stack.enter_context(Rest(cls.daemon.urls[0]))
        cls.ann = stack.enter_context(cls.nobody.joined("ann"))
        stack.enter_context(cls.nobody.joined("ben"))
        cls.fresh = itertools.count(1)
        assert cls.ann.call("POST", "/api/v1/rooms", {"name": "den"}).status == 201
        for _ in range(2):  # to be edited and deleted
            assert cls.ann.call("POST", "/api/v1/rooms/den/messages", {"text": "hello"}).status == 201
        # Whatever is made at first use.
        for form in FORMS:
            cls.speaking(form).__enter__().taken(cls.good(form))

    @classmethod
    def speaking(cls, form):
        return (OverWebSocket if form.is_frame else OverHttp)(form, cls)

    @classmethod
    def good(cls, form, /, **changes):
        return (form.raw(**changes).replace(b"$fresh", b"fresh%d" % next(cls.fresh))
                .replace(b"$uuid", str(uuid.uuid4()).encode()))

    def each(self):
        """Every form with something that speaks it; it still does afterwards, on the same connection."""
        for form in FORMS:
            with self.speaking(form) as speaker:
                yield form, speaker
                with self.subTest(form=form.name, what="a good one afterwards"):
                    speaker.taken(self.good(form))

    def refused(self, form, speaker, text, code, field, what, ref=True):
        with self.subTest(form=form.name, field=field, what=what):
            said = speaker.refusal(text)
            self.assertEqual((said["code"], said.get("field")), (code, field), said)
            self.assertTrue(said["error"])
            self.assertLess(len(json.dumps(said)), 1000)
            if form.fixed and ref:
                self.assertEqual(said.get("ref"), 7)

    def baseline(self):
        forget(self.daemon.pid)
        return resident(self.daemon.pid)

    def assert_grown_less(self, before, bound):
        self.assertLess(growth(self.daemon.pid, before), bound)

    def test_every_field_of_every_wrong_type(self):
        for form, speaker in self.each():
            for name, field in form.fields.items():
                for what, value in WRONG[field.kind].items():
                    self.refused(form, speaker, self.good(form, **{name: value}), "invalid_field", name, what,
                                 ref=field.kind != REF)
                for kind, inside in ((POINTS, WRONG_POINTS), (POINT, WRONG_POINT)):
                    for inner, values in inside.items() if field.kind == kind else ():
                        for what, value in values.items():
                            self.refused(form, speaker, self.good(form, **{name: value}), "invalid_field", inner, what)

    def test_missing_and_null(self):
        for form, speaker in self.each():
            for name, field in form.fields.items():
                if field.required:
                    for what, value in (("missing", None), ("null", b"null")):
                        self.refused(form, speaker, self.good(form, **{name: value}), "missing_field", name, what)
                elif form.answer not in ONCE:
                    for value in (None, b"null"):
                        with self.subTest(form=form.name, field=name, value=value):
                            speaker.taken(self.good(form, **{name: value}))

    def test_client_ids_that_are_none(self):
        for form, speaker in self.each():
            if "client_id" in form.fields:
                for value in (b'""', b'"1"', b'"not-a-uuid"', b'"' + b"a" * 10_000 + b'"', rb'"\u202e"',
                              b'"8f14e45f-ceea-467f-a8f0-f0b6ad2e7c1"', b'"{8f14e45f-ceea-467f-a8f0-f0b6ad2e7c1d}x"'):
                    self.refused(form, speaker, self.good(form, client_id=value), "invalid_field", "client_id", value[:50])

    def test_no_json_in_every_field(self):
        """Depth 10,000, numbers past all doubles, raw NUL and what else is no JSON; the fault's field is named."""
        before = self.baseline()
        for form, speaker in self.each():
            for name in form.fields:
                for what, value in NO_VALUES.items():
                    self.refused(form, speaker, self.good(form, **{name: value}), "invalid_json", name, what, ref=False)
                if not form.is_frame:
                    for what, value in NO_UTF8.items():
                        self.refused(form, speaker, self.good(form, **{name: value}), "invalid_json", name, what)
        self.assert_grown_less(before, 24 * MI)

    def test_no_utf8_in_a_frame(self):
        for path in dict.fromkeys(form.where for form in FORMS if form.is_frame):
            for what, value in NO_UTF8.items():
                with self.subTest(path=path, what=what), Chat(self.daemon, path, self.ann) as chat:
                    chat.send(Frame(TEXT_FRAME, b'{"message":%s}' % value))
                    event = chat.event()
                    self.assertEqual((event.kind, event.code), ("close", 1007))
                    self.assertEqual(chat.event(), END)

    def test_no_object_at_all(self):
        for form, speaker in self.each():
            texts = NO_OBJECTS if form.is_frame else NO_OBJECTS | NO_OBJECTS_OR_UTF8
            if form.where == "/":
                # 000: what does not begin like JSON is a text for the lobby.
                texts = {what: text for what, text in texts.items() if text.strip()[:1] in (b"", b"{", b"[", b'"')}
            if not form.is_frame and not any(field.required for field in form.fields.values()):
                # A body in which nothing has to stand may be left out.
                texts = {what: text for what, text in texts.items() if text}
            for what, text in texts.items():
                with self.subTest(form=form.name, what=what):
                    self.assertEqual(speaker.refusal(text)["code"], "invalid_json")

    def test_duplicate_names(self):
        """Whichever of the two somebody else would take, here it is neither."""
        for form, speaker in self.each():
            for name, field in form.fields.items():
                again = dumps(field.good)
                escaped = b"\\u%04x" % ord(name[0]) + name[1:].encode()
                good = self.good(form)
                rows = {
                    "before": b'{"%s":%s,' % (name.encode(), NEVER_JSON) + good[1:],
                    "behind": good[:-1] + b',"%s":%s}' % (name.encode(), NEVER_JSON),
                    "the same twice": good[:-1] + b',"%s":%s}' % (name.encode(), again),
                    "null": good[:-1] + b',"%s":null}' % name.encode(),
                    "escaped": good[:-1] + b',"%s":%s}' % (escaped, NEVER_JSON),
                    "ten times": good[:-1] + b',"%s":1' % name.encode() * 10 + b"}",
                }
                for what, text in rows.items():
                    self.refused(form, speaker, text, "invalid_json", name, what, ref=False)
            deep = self.good(form)[:-1] + b',"x":[{"y":{"z":1,"z":2}}]}'
            self.refused(form, speaker, deep, "invalid_json", "z", "further in, in what is not read", ref=False)
        self.assertFalse(self.is_stored(NEVER))

    def is_stored(self, words):
        pages = [self.ann.call("GET", path).body for path in (
            "/api/v1/rooms/den/events?limit=200", "/api/v1/rooms/lobby/events?limit=200", "/messages?with=ben&limit=200")]
        return any(words.encode() in page for page in pages)

    def test_what_is_unknown_is_ignored_however_odd(self):
        odd = (b'"x":1e308,"\\u0000":1,"":[],"\\ud800":{"a":"\\ud800"},"y":"\\u0000","proto":{"__proto__":1},"z":'
               + b"[" * 500 + b"]" * 500)
        for form, speaker in self.each():
            if form.answer in ONCE:
                continue
            with self.subTest(form=form.name):
                speaker.taken(self.good(form)[:-1] + b"," + odd + b"}")
                speaker.taken(b"\xef\xbb\xbf \t\r\n" + self.good(form) + b" \n")

    def test_many_deep_texts_at_once(self):
        bombs = [b"[" * 65_000, b'{"message":' + b"[" * 65_000, b'{"a":' * 13_000, b'{"message":"' + rb"\u0041" * 10_000,
                 b'{"message":[' + b"0," * 32_000 + b"0]}", b"{" + b",".join(b'"%d":0' % i for i in range(6_000)) + b"}"]
        before = self.baseline()

        def throw(_):
            with Rest(self.daemon.urls[0], "ann", self.ann.token) as rest:
                return [rest.call("POST", "/api/chats/send", bomb).status for bomb in bombs * 10]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for statuses in pool.map(throw, range(16)):
                self.assertEqual(set(statuses), {400})
        self.assert_grown_less(before, 32 * MI)

    def test_queries(self):
        for path, parameters in QUERIES:
            for name, kind in parameters.items():
                for value in NO_INTEGERS if kind == INTEGER else NO_TEXTS:
                    good = {other: GOOD_QUERY[other] for other in parameters if other in GOOD_QUERY and other != name}
                    query = "&".join([urllib.parse.urlencode(good), f"{name}={value}"]).lstrip("&")
                    with self.subTest(path=path, name=name, value=value[:20]):
                        answer = self.ann.call("GET", f"{path}?{query}".replace("{room}", "den").replace("{seq}", "1"))
                        self.assertEqual((answer.status, answer.json["code"], answer.json.get("field")),
                                         (400, "invalid_field", name))

    def test_paths(self):
        for text in (*NO_TEXTS, "%C0%AE%C0%AE"):
            for path in ("/users/{}", "/api/v1/users/{}", "/api/v1/rooms/{}", "/api/v1/rooms/{}/events"):
                with self.subTest(path=path, text=text):
                    self.assertEqual(self.ann.call("GET", path.format(text)).status, 400)

    def test_queries_of_handshakes(self):
        for name in ("since", "history"):
            for value in NO_INTEGERS:
                with self.subTest(name=name, value=value[:20]), \
                        Chat(self.daemon, f"/ws/chat/den/?{name}={value}", self.ann) as chat:
                    said = chat.json(lambda frame: True)
                    self.assertEqual((said["type"], said["code"], said["field"]), ("error", "invalid_field", name))
                    event = chat.event()
                    self.assertEqual((event.kind, event.code), ("close", 1008))


if __name__ == "__main__":
    unittest.main(verbosity=2)
