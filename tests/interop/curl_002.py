# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 002 with curl: its four endpoints, with the answers it prints."""

import unittest

from support.curl import bearer, curl, post
from support.daemon import Daemon


class Document002(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.credentials = {"username": "exampleuser", "password": "securepassword"}
        cls.registered = post(f"{cls.daemon.http}/api/auth/register", cls.credentials)
        cls.logged_in = post(f"{cls.daemon.http}/api/auth/login", cls.credentials)
        cls.header = bearer(cls.logged_in.json.get("token", ""))

    def test_register(self):
        self.assertEqual(self.registered.status, 201, self.registered.body)
        self.assertEqual(self.registered.json["message"], "User registered successfully")
        user = self.registered.json["user"]
        self.assertEqual(user["username"], "exampleuser")
        self.assertIsInstance(user["id"], str)

    def test_login(self):
        self.assertEqual(self.logged_in.status, 200, self.logged_in.body)
        self.assertEqual(self.logged_in.json["message"], "Login successful")
        self.assertIsInstance(self.logged_in.json["token"], str)

    def test_profile(self):
        reply = curl(f"{self.daemon.http}/api/users/profile", *self.header)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json["user"]["username"], "exampleuser")
        self.assertEqual(reply.json["user"]["id"], self.registered.json["user"]["id"])

    def test_send(self):
        reply = post(f"{self.daemon.http}/api/chats/send", {"message": "Hello, world!"}, *self.header)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json["message"], "Message sent successfully")
        history = curl(f"{self.daemon.http}/chat/history/?room=lobby", *self.header).json["chat_history"]
        self.assertEqual(history[-1]["message"], "Hello, world!")

    def test_protected_endpoints_want_a_token(self):
        self.assertEqual(curl(f"{self.daemon.http}/api/users/profile").status, 401)
        self.assertEqual(post(f"{self.daemon.http}/api/chats/send", {"message": "hi"}).status, 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
