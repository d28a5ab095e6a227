# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP API conforms to its OpenAPI document. Every operation is called with its example and with all requests of recipes.py:
each answer has the expected status, is documented under that status, and matches its schema; and each documented status of an
operation is reached."""

import concurrent.futures
import dataclasses
import os
import time
import unittest
import urllib.parse
import uuid

from disk import FaultyDisk
from document import Document
from recipes import FOREIGN_PAGE, OWN_PAGE, PASSWORD, attempts, fresh, success
from support.daemon import Daemon
from support.rest import PATIENCE, Rest

# The sanitizers' runtimes and what makes a disk fail replace the same calls: without the latter no disk is full.
SANITIZED = os.environ.get("ROOKERY_TEST_SANITIZED") == "1"
UNREACHED = {507} if SANITIZED else set()
SOME_ID = "019a3f70-11aa-7d02-9b1c-77d0c2f4a310"
# What undoes an operation that costs nothing when it is repeated.
UNDOES = {"joinRoom": "leaveRoom", "leaveRoom": "joinRoom", "invite": "withdrawInvitation", "withdrawInvitation": "invite",
          "blockUser": "unblockUser", "unblockUser": "blockUser"}

# What counts against a rate. Everything but `health` costs work, which is bounded as well.
RATED = {"register", "seed001Register", "seed002Register", "logIn", "seed001LogIn", "seed002LogIn", "changePassword",
         "createRoom", "changeRoom", "joinRoom", "leaveRoom", "invite", "setRole", "removeMember", "openDirectRoom",
         "sendMessage", "editMessage", "deleteMessage", "seed000SendMessage", "seed002SendMessage", "seed003SendMessage"}


class World:
    """A daemon with these people, public rooms of anna's and bert's, and private ones of bert's, of which anna is invited to
    one."""

    def __init__(self, case, document, people=("anna", "bert", "carl"), **settings):
        self.document = document
        settings = {"ROOKERY_HTTP_ALLOWED_ORIGINS": OWN_PAGE, "ROOKERY_LIMITS_INVITATIONS_PER_PAIR": "0",
                    "ROOKERY_LIMITS_WORK_PER_USER": "0", "ROOKERY_LIMITS_WORK_PER_NETWORK": "0", **settings}
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
            self.call("POST", "/api/v1/rooms", {"name": "berts-den", "private": True}, token=self.tokens["bert"])
            self.call("POST", "/api/v1/rooms", {"name": "berts-club"}, token=self.tokens["bert"])
            self.call("PUT", "/api/v1/rooms/berts-club/members/anna", {"role": "banned"}, token=self.tokens["bert"])
            self.call("POST", "/api/v1/rooms/berts-den/members", {"user": "anna"}, token=self.tokens["bert"])

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

    def newcomer(self, room=None):
        """The name of a new user, who joins the room; bert's where no more can be registered."""
        name = fresh()
        if self.plain.call("POST", "/register", {"username": name, "password": PASSWORD}).status >= 300:
            return "bert"
        if room:
            self.call("POST", f"/api/v1/rooms/{room}/join", token=self.log_in(name))
        return name

    def message_of(self, name):
        """The seq of a new message in the lobby; 1 where there can be none now."""
        answer = self.plain.call("POST", "/api/v1/rooms/lobby/messages", {"text": "Hello"}, self.tokens.get(name))
        return answer.json["event"]["seq"] if answer.status < 300 else 1

    def deleted_message(self):
        """The client_id of a message of anna's in the lobby that has been deleted."""
        body = {"text": "Hello", "client_id": str(uuid.uuid4())}
        sent = self.call("POST", "/api/v1/rooms/lobby/messages", body, self.tokens["anna"]).json["event"]
        self.call("DELETE", f"/api/v1/rooms/lobby/messages/{sent['seq']}", token=self.tokens["anna"])
        return body["client_id"]

    def token_of(self, attempt):
        if attempt.caller is None:
            return None
        return self.fresh_token() if attempt.caller == "fresh" else self.tokens[attempt.caller]

    def ask(self, operation, attempt):
        """The answer to an attempt."""
        return self.prepared(operation, attempt)(self.plain)

    def prepared(self, operation, attempt):
        """An attempt with `$session` and the like filled in, as a call that takes a Rest."""
        token = self.token_of(attempt)
        body = attempt.body if isinstance(attempt.body, dict) else {}
        parts = [value for value in (*attempt.path.values(), *attempt.headers.values(), *body.values())
                 if isinstance(value, str)]
        values = {"$session": SOME_ID}
        if "$session" in parts and token:
            sessions = self.call("GET", "/sessions", token=token).json["sessions"]
            values["$session"] = next(session["id"] for session in sessions if session["current"])
        made = {"$newcomer": self.newcomer, "$member": lambda: self.newcomer("plaza"),
                "$seq": lambda: self.message_of("anna"), "$others": lambda: self.message_of("bert"),
                "$deleted": self.deleted_message}
        values.update((name, make()) for name, make in made.items() if name in parts)
        if "$cookie" in parts:
            values["$cookie"] = f"rookery_session={self.tokens['anna']}"

        def filled(members):
            return {name: values.get(value, value) if isinstance(value, str) else value for name, value in members.items()}

        path = operation.path
        for name, value in filled(attempt.path).items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        if "$etag" in parts:
            values["$etag"] = self.call(operation.method, path).headers["ETag"]
        if attempt.query:
            path += "?" + urllib.parse.urlencode(attempt.query)
        headers = filled(attempt.headers)
        asked = filled(body) if body else attempt.body
        return lambda rest: rest.call(operation.method, path, asked, token, **headers)


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
            self.assertIn((answer.status, answer.json["code"]), self.document.codes)
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
        # Enough for three accounts and their log-ins, and for what bert does first.
        slow = World(type(self), self.document, ("anna", "bert"), ROOKERY_LIMITS_LOGINS_PER_MINUTE="4",
                     ROOKERY_LIMITS_MESSAGES_PER_SECOND="1", ROOKERY_LIMITS_MESSAGES_BURST="6")
        for operation in self.operations:
            if operation.id not in RATED:
                continue
            with self.subTest(operation.name):
                answer = self.refused_at_last(slow, operation)
                self.judge(operation, answer)
                self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_2_work_is_used_up(self):
        world = World(type(self), self.document, ROOKERY_LIMITS_WORK_PER_NETWORK="4")
        asked = [operation for operation in self.operations if operation.id != "health"]
        requests = [world.prepared(operation, success(operation)) for operation in asked]
        until = time.monotonic() + PATIENCE
        while world.plain.call("GET", "/api/v1/me", token=world.tokens["anna"]).status != 429:
            self.assertLess(time.monotonic(), until, "no 429")
            self.owe(world, 1000)
        self.owe(world, 500)  # refusals are late, and all of them have to find it spent
        with concurrent.futures.ThreadPoolExecutor(len(asked)) as threads:
            answers = list(threads.map(lambda request: self.on_another_connection(world, request), requests))
        for operation, answer in zip(asked, answers):
            with self.subTest(operation.name):
                self.assertEqual(answer.status, 429, answer)
                self.judge(operation, answer)
                self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    @staticmethod
    def owe(world, times):
        """Spends work that there is, and that there is not: `health` is never refused, and costs as much as others."""
        for _ in range(times):
            world.plain.call("GET", "/health")

    @staticmethod
    def on_another_connection(world, request):
        with Rest(world.daemon.http) as another:
            return request(another)

    def refused_at_last(self, world, operation):
        """Repeats an operation until the answer is 429. A right to send comes back meanwhile, once a second."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if operation.id in UNDOES:
                for other in (UNDOES[operation.id], *2 * ["seed002SendMessage"]):
                    self.succeed(world, other)
            attempt = success(operation)
            answer = world.ask(operation, dataclasses.replace(attempt, caller=attempt.caller and "anna"))
            if answer.status == 429:
                return answer
        raise AssertionError(f"no 429 in {PATIENCE} s, but {answer}")

    def succeed(self, world, name):
        operation = self.document.operation(name)
        return world.ask(operation, success(operation))

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

    def test_4_a_server_with_too_many_connections(self):
        world = World(type(self), self.document, ROOKERY_LIMITS_CONNECTIONS="1")  # which the world has
        for operation in self.operations:
            if 503 not in operation.statuses:
                continue
            with self.subTest(operation.name), Rest(world.daemon.http) as another:
                answer = world.prepared(operation, success(operation))(another)
                self.assertEqual((answer.status, answer.json["code"]), (503, "overloaded"), answer)
                self.judge(operation, answer)

    @unittest.skipIf(SANITIZED, "what makes a disk fail is not loaded together with a sanitizer")
    def test_5_a_disk_that_fails_or_is_full(self):
        disk = type(self).enterClassContext(FaultyDisk())
        world = World(type(self), self.document, data=disk.folder, **disk.environment)
        for operation in self.operations:
            for faults, status, code in (("write=EIO", 503, "storage_unavailable"),
                                         ("write=ENOSPC create=ENOSPC", 507, "storage_full")):
                with self.subTest(f"{operation.name}: {code}"):
                    if operation.id in UNDOES:
                        self.succeed(world, UNDOES[operation.id])
                    good = success(operation)
                    ask = world.prepared(operation, good)
                    disk.set(faults)
                    answer = ask(world.plain)
                    until = time.monotonic() + PATIENCE
                    while operation.id == "health" and answer.status != status and time.monotonic() < until:
                        answer = ask(world.plain)  # which looks at the disk once a second
                    disk.set("")
                    # Reading goes on.
                    stores = 507 in operation.statuses
                    self.assertEqual(answer.status, status if stores else good.status, answer)
                    self.judge(operation, answer)
                    if stores:
                        self.assertEqual(answer.json["code"], code)

    def test_6_every_documented_status_was_reached(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                self.assertEqual(self.reached[operation.id], operation.statuses - UNREACHED)

    def test_7_examples_can_be_sent_twice_with_different_texts(self):
        sending = [operation for operation in self.operations
                   if operation.body and {"text", "message"} & set(operation.body["properties"])]
        self.assertEqual(len(sending), 5)
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

    def test_8_what_reaches_no_route_is_a_problem_too(self):
        problem = self.document.follow({"$ref": "#/components/responses/Problem"})
        problem = {**problem, "headers": {}, "description": " ".join(f"`{code}`" for _, code in self.document.codes)}
        refused = {
            ("PATCH", "/login"): (405, "method_not_allowed"), ("GET", "/no/such/path"): (404, "not_found"),
            ("BREW", "/"): (501, "not_implemented"), ("GET", "/ws/v1"): (426, "invalid_request"),
            ("GET", "/" + "x" * 9000): (414, "invalid_request"), ("GET", "/", "Expect", "wonders"): (417, "expectation_failed"),
            ("GET", "/", "Content-Encoding", "gzip"): (415, "unsupported_media_type"),
            ("GET", "/", "Content-Length", "70000"): (413, "payload_too_large"),
            ("GET", "/", "Transfer-Encoding", "gzip, chunked"): (501, "not_implemented"),
            ("GET", "/", "X-Filler", "x" * 40_000): (431, "invalid_request")}
        for (method, path, *header), expected in refused.items():
            with self.subTest(f"{method} {path[:30]} {header[:1]}"):
                answer = self.world.plain.call(method, path, **dict([header] if header else []))
                self.assertEqual((answer.status, answer.json["code"]), expected, answer)
                self.assertIsNone(self.document.content_problem(answer.status, problem, answer.headers, answer.body))
                self.assertEqual("Allow" in answer.headers, answer.status == 405)


if __name__ == "__main__":
    unittest.main(verbosity=2)
