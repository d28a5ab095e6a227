"""The HTTP API as its OpenAPI document has it. Every operation is called with its example and with all that recipes.py can think
of: each answer has the status that is expected, is documented under that status, and fits its schema; and each status that is
documented for an operation is reached, but for those that UNREACHED gives a reason for."""

import dataclasses
import json
import time
import unittest
import urllib.parse

from document import Document
from recipes import FOREIGN_PAGE, OWN_PAGE, PASSWORD, attempts, fresh, success
from support.daemon import Daemon
from support.rest import PATIENCE, Rest

UNREACHED = {
    503: "a full queue or a failing disk, which no client can bring about: tests/faults (tst_disk), tests/server",
    507: "a full disk, which no client can bring about: tests/faults (tst_disk)",
}
SOME_ID = "019a3f70-11aa-7d02-9b1c-77d0c2f4a310"
# What undoes an operation that costs nothing when it is repeated.
UNDOES = {"joinRoom": "leaveRoom", "leaveRoom": "joinRoom"}


class World:
    """A daemon with these people, public rooms of anna's and bert's, and a private one of bert's."""

    def __init__(self, case, document, people=("anna", "bert"), **settings):
        self.document = document
        settings = {"ROOKERY_HTTP_ALLOWED_ORIGINS": OWN_PAGE, **settings}
        self.daemon = case.enterClassContext(Daemon("http://127.0.0.1:0", **settings))
        self.plain = case.enterClassContext(Rest(self.daemon.http))
        self.tokens = {}
        for name in people:
            self.call("POST", "/register", {"username": name, "password": PASSWORD})
            self.tokens[name] = self.log_in(name)
        self.call("POST", "/api/v1/rooms", {"name": "plaza"}, token=self.tokens["anna"])
        if "bert" in people:
            self.call("POST", "/api/v1/rooms", {"name": "berts-hall"}, token=self.tokens["bert"])
            self.call("POST", "/api/v1/rooms", {"name": "berts-room", "private": True}, token=self.tokens["bert"])

    def call(self, method, path, body=None, token=None, **headers):
        answer = self.plain.call(method, path, body, token, **headers)
        assert answer.status < 300, answer
        return answer

    def log_in(self, name):
        return self.call("POST", "/login", {"username": name, "password": PASSWORD}).json["token"]

    def fresh_token(self):
        name = fresh()
        self.call("POST", "/register", {"username": name, "password": PASSWORD})
        return self.log_in(name)

    def token_of(self, attempt):
        if attempt.caller is None:
            return None
        return self.fresh_token() if attempt.caller == "fresh" else self.tokens[attempt.caller]

    def ask(self, operation, attempt):
        """The answer to an attempt, with its placeholders filled in."""
        token = self.token_of(attempt)
        parts = [*attempt.path.values(), *attempt.headers.values()]
        values = {"$session": SOME_ID}
        if "$session" in parts and token:
            sessions = self.call("GET", "/sessions", token=token).json["sessions"]
            values["$session"] = next(session["id"] for session in sessions if session["current"])
        if "$cookie" in parts:
            values["$cookie"] = f"rookery_session={self.tokens['anna']}"

        def filled(members):
            return {name: values.get(value, value) if isinstance(value, str) else value for name, value in members.items()}

        path = operation.path
        for name, value in filled(attempt.path).items():
            path = path.replace("{" + name + "}", urllib.parse.quote(value, safe=""))
        if "$etag" in parts:
            values["$etag"] = self.call(operation.method, path).headers["ETag"]
        if attempt.query:
            path += "?" + urllib.parse.urlencode(attempt.query)
        return self.plain.call(operation.method, path, attempt.body, token, **filled(attempt.headers))


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = Document()
        cls.operations = cls.document.operations()
        cls.world = World(cls, cls.document, ROOKERY_LIMITS_MESSAGES_PER_SECOND="0")
        cls.reached = {operation.id: set() for operation in cls.operations}

    def judge(self, operation, answer):
        """That the answer is one that the operation documents; notes its status."""
        self.assertIsNone(operation.problem(answer.status, answer.headers, answer.body))
        if answer.status >= 400:
            self.assertEqual(answer.json["status"], answer.status)
        self.reached[operation.id].add(answer.status)

    def test_1_every_attempt_is_answered_as_documented(self):
        for operation in self.operations:
            for attempt in attempts(operation):
                with self.subTest(f"{operation.name}: {attempt.name}"):
                    answer = self.world.ask(operation, attempt)
                    self.assertEqual(answer.status, attempt.status, answer)
                    self.judge(operation, answer)
                    if attempt.blamed:
                        self.assertEqual(answer.json.get("field"), attempt.blamed, answer)

    def test_2_rates_are_used_up(self):
        # Enough for three accounts and their log-ins.
        slow = World(type(self), self.document, ("anna", "bert"), ROOKERY_LIMITS_LOGINS_PER_MINUTE="4",
                     ROOKERY_LIMITS_MESSAGES_PER_SECOND="1", ROOKERY_LIMITS_MESSAGES_BURST="2")
        for operation in self.operations:
            if 429 not in operation.statuses:
                continue
            with self.subTest(operation.name):
                answer = self.refused_at_last(slow, operation)
                self.judge(operation, answer)
                self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def refused_at_last(self, world, operation):
        """Repeats an operation until the answer is 429. A right to send comes back meanwhile, once a second."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if operation.id in UNDOES:
                for other in (UNDOES[operation.id], *2 * ["seed002SendMessage"]):
                    other = self.document.operation(other)
                    world.ask(other, success(other))
            attempt = success(operation)
            answer = world.ask(operation, dataclasses.replace(attempt, caller=attempt.caller and "anna"))
            if answer.status == 429:
                return answer
        raise AssertionError(f"no 429 in {PATIENCE} s, but {answer}")

    def test_3_guests_need_no_token_where_the_document_says_so(self):
        world = World(type(self), self.document, ("anna",), ROOKERY_AUTH_GUESTS="true")
        for operation in self.operations:
            if operation.is_open:
                continue
            with self.subTest(operation.name):
                good = success(operation)
                answer = world.ask(operation, good.but("a guest", 200, caller=None))
                self.assertEqual(answer.status, 200 if operation.takes_guests else 401, answer)
                self.judge(operation, answer)
                if operation.takes_guests:
                    page = good.but("a guest on a foreign page", 403, caller=None, headers={"Origin": FOREIGN_PAGE})
                    answer = world.ask(operation, page)
                    self.assertEqual(answer.status, 403, answer)
                    self.judge(operation, answer)

    def test_4_every_documented_status_was_reached(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                self.assertEqual(self.reached[operation.id], operation.statuses - set(UNREACHED))
        used = set().union(*(operation.statuses for operation in self.operations))
        self.assertLessEqual(set(UNREACHED), used, "an exception that nothing needs")

    def test_5_examples_can_be_sent_twice_with_different_texts(self):
        sending = [operation for operation in self.operations
                   if operation.body and {"text", "message"} & set(operation.body["properties"])]
        self.assertEqual(len(sending), 4)
        for operation in sending:
            with self.subTest(operation.name):
                good = success(operation)
                text = "text" if "text" in good.body else "message"
                ids = set()
                for word in ("One", "Two"):
                    answer = self.world.ask(operation, good.but(word, good.status, body={**operation.example, text: word}))
                    self.assertEqual(answer.status, good.status, answer)
                    ids.add(answer.json.get("event", answer.json)["id"])
                self.assertEqual(len(ids), 2)

    def test_6_what_reaches_no_route_is_a_problem_too(self):
        schema = self.document.follow({"$ref": "#/components/schemas/Problem"})
        refused = {("PATCH", "/login"): 405, ("GET", "/no/such/path"): 404, ("BREW", "/"): 501, ("GET", "/ws/v1"): 426,
                   ("GET", "/" + "x" * 9000): 414}
        for (method, path), status in refused.items():
            with self.subTest(f"{method} {path[:30]}"):
                answer = self.world.plain.call(method, path)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                self.assertIsNone(self.document.mismatch(json.loads(answer.body), schema, "answer"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
