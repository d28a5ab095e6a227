# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 001 with curl: registration, log-in, and the routes that it leaves open."""

import base64
import json
import time
import unittest

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import PASSWORD, register


class Document001(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.tokens = register(cls.daemon, "ann", "ben")

    def test_register_answers_201(self):
        reply = post(f"{self.daemon.http}/register", {"username": "newcomer", "password": PASSWORD})
        self.assertEqual(reply.status, 201, reply.body)

    def test_register_with_an_invalid_body_is_400(self):
        rows = [
            ({"username": "carl"}, "password"),
            ({"password": PASSWORD}, "username"),
            ({"username": 7, "password": PASSWORD}, "username"),
            ({"username": "carl", "password": "short"}, "password"),
            ({"username": "", "password": PASSWORD}, "username"),
        ]
        for body, field in rows:
            with self.subTest(body):
                reply = post(f"{self.daemon.http}/register", body)
                self.assertEqual(reply.status, 400, reply.body)
                self.assertEqual(reply.json["field"], field)
                self.assertTrue(reply.json["error"])

    def test_register_with_a_body_that_is_no_json_is_400(self):
        for body in ("", "{", "[]", '"text"', "\xff"):
            with self.subTest(body):
                reply = curl("-X", "POST", f"{self.daemon.http}/register",
                             "-H", "Content-Type: application/json", "-d", body)
                self.assertEqual(reply.status, 400, reply.body)

    def test_register_of_a_taken_name_is_409(self):
        reply = post(f"{self.daemon.http}/register", {"username": "ann", "password": PASSWORD})
        self.assertEqual(reply.status, 409, reply.body)
        self.assertEqual(reply.json["code"], "name_taken")

    def test_login_answers_200_with_a_jwt(self):
        reply = post(f"{self.daemon.http}/login", {"username": "ann", "password": PASSWORD})
        self.assertEqual(reply.status, 200, reply.body)
        header, claims, signature = reply.json["token"].split(".")
        self.assertEqual(json.loads(base64.urlsafe_b64decode(header + "=="))["alg"], "HS256")
        self.assertLessEqual({"iss", "aud", "exp", "jti"}, json.loads(base64.urlsafe_b64decode(claims + "==")).keys())
        self.assertTrue(signature)
        self.assertGreater(reply.json["expires_in"], 0)
        self.assertEqual(reply.json["user"]["username"], "ann")

    def test_login_with_invalid_credentials_is_401(self):
        for name, password in (("ann", "not her password"), ("nobody", PASSWORD)):
            with self.subTest(name):
                reply = post(f"{self.daemon.http}/login", {"username": name, "password": password})
                self.assertEqual(reply.status, 401, reply.body)

    def test_protected_endpoints_are_401_without_a_valid_jwt(self):
        forged = self.tokens["ann"][:-4] + "AAAA"
        for path in ("/users/ann", "/messages?with=ben", "/sessions"):
            for header in ((), bearer("nonsense"), bearer(forged)):
                with self.subTest(path=path, header=header):
                    self.assertEqual(curl(f"{self.daemon.http}{path}", *header).status, 401)

    def test_user_details(self):
        reply = curl(f"{self.daemon.http}/users/ben", *bearer(self.tokens["ann"]))
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json["user"]["username"], "ben")
        reply = curl(f"{self.daemon.http}/users/nobody", *bearer(self.tokens["ann"]))
        self.assertEqual(reply.status, 404, reply.body)

    def test_message_history_is_paged(self):
        for number in range(5):
            reply = post(f"{self.daemon.http}/api/messages",
                         {"senderId": "ann", "receiverId": "ben", "message": f"number {number}"},
                         *bearer(self.tokens["ann"]))
            self.assertEqual(reply.status, 200, reply.body)
        seen = []
        cursor = ""
        for _ in range(3):
            reply = curl(f"{self.daemon.http}/messages?with=ann&limit=2{cursor}", *bearer(self.tokens["ben"]))
            self.assertEqual(reply.status, 200, reply.body)
            seen = [message["content"] for message in reply.json["messages"]] + seen
            cursor = f"&before={reply.json['next']}"
        self.assertEqual(seen, [f"number {number}" for number in range(5)])
        self.assertIsNone(reply.json["next"])

    def test_sessions_are_listed_and_ended(self):
        token = post(f"{self.daemon.http}/login", {"username": "ben", "password": PASSWORD}).json["token"]
        sessions = curl(f"{self.daemon.http}/sessions", *bearer(token)).json["sessions"]
        self.assertEqual(len(sessions), 2)
        mine = next(session for session in sessions if session["current"])
        self.assertEqual(curl("-X", "DELETE", f"{self.daemon.http}/sessions/{mine['id']}", *bearer(token)).status, 204)
        self.assertEqual(curl(f"{self.daemon.http}/sessions", *bearer(token)).status, 401)
        self.assertEqual(curl(f"{self.daemon.http}/sessions", *bearer(self.tokens["ben"])).status, 200)


class Document001RateLimits(unittest.TestCase):
    def test_logins_are_limited_by_default(self):
        with Daemon(ROOKERY_LIMITS_LOGINS_PER_MINUTE="10") as daemon:
            began = time.monotonic()
            replies = []
            while not replies or replies[-1].status == 401:
                replies.append(post(f"{daemon.http}/login", {"username": "ann", "password": "guess number one"}))
            refilled = (time.monotonic() - began) / 6
            self.assertGreater(len(replies), 10)
            self.assertLessEqual(len(replies), 11 + refilled)
            self.assertEqual(replies[-1].status, 429)
            self.assertGreater(int(replies[-1].header("retry-after")), 0)
            self.assertEqual(replies[-1].json["code"], "rate_limited")


if __name__ == "__main__":
    unittest.main(verbosity=2)
