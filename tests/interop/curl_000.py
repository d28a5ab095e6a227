# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 000 with curl: POST /api/messages."""

import unittest

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import register


class Document000(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.tokens = register(cls.daemon, "user123", "user456")

    def send(self, value, token="user123"):
        return post(f"{self.daemon.http}/api/messages", value, *bearer(self.tokens[token]))

    def test_a_message_is_answered_by_200(self):
        reply = self.send({"senderId": "user123", "receiverId": "user456", "message": "Hello, how are you?"})
        self.assertEqual(reply.status, 200, reply.body)

    def test_ids_do_as_well_as_names(self):
        ids = {name: curl(f"{self.daemon.http}/api/users/profile", *bearer(token)).json["user"]["id"]
               for name, token in self.tokens.items()}
        reply = self.send({"senderId": ids["user123"], "receiverId": ids["user456"], "message": "by id"})
        self.assertEqual(reply.status, 200, reply.body)

    def test_another_sender_is_403(self):
        reply = self.send({"senderId": "user456", "receiverId": "user123", "message": "not mine"})
        self.assertEqual(reply.status, 403, reply.body)

    def test_an_unknown_receiver_is_404(self):
        reply = self.send({"senderId": "user123", "receiverId": "nobody", "message": "hello?"})
        self.assertEqual(reply.status, 404, reply.body)

    def test_a_missing_field_is_400_and_named(self):
        whole = {"senderId": "user123", "receiverId": "user456", "message": "hi"}
        for field in ("receiverId", "message"):
            with self.subTest(field):
                reply = self.send({key: value for key, value in whole.items() if key != field})
                self.assertEqual(reply.status, 400, reply.body)
                self.assertEqual(reply.json["field"], field)

    def test_without_a_token_it_is_401(self):
        reply = post(f"{self.daemon.http}/api/messages",
                     {"senderId": "user123", "receiverId": "user456", "message": "hi"})
        self.assertEqual(reply.status, 401, reply.body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
