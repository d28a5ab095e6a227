# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 003 with curl: its HTTPS endpoints, with the daemon's self-signed certificate."""

import subprocess
import unittest

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import register


class Document003(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon("https://127.0.0.1:0"))
        cls.url = cls.daemon.https
        cls.header = bearer(register(cls.daemon, "ann", url=cls.url)["ann"])

    def history(self, query=""):
        reply = curl("-k", f"{self.url}/chat/history/{query}", *self.header)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json["chat_history"]

    def send(self, value):
        reply = post(f"{self.url}/chat/send/", value, "-k", *self.header)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json["message"], "Message sent!")

    def test_the_certificate_is_self_signed(self):
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            curl(f"{self.url}/health")
        self.assertEqual(refused.exception.returncode, 60)  # curl: the peer's certificate cannot be trusted

    def test_history_begins_empty(self):
        with Daemon("https://127.0.0.1:0") as daemon:
            header = bearer(register(daemon, "ann", url=daemon.https)["ann"])
            reply = curl("-k", f"{daemon.https}/chat/history/", *header)
            self.assertEqual((reply.status, reply.json["chat_history"]), (200, []))
            reply = curl("-k", f"{daemon.https}/chat/history/?room=nowhere", *header)
            self.assertEqual(reply.status, 404)

    def test_what_is_sent_is_in_the_history_of_the_lobby(self):
        self.send({"message": "Your message here"})
        self.assertEqual(self.history()[-1]["message"], "Your message here")

    def test_room_limit_and_before(self):
        for number in range(4):
            self.send({"message": f"number {number}", "room": "quiet"})
        newest = self.history("?room=quiet&limit=2")
        self.assertEqual([message["message"] for message in newest], ["number 2", "number 3"])
        older = self.history(f"?room=quiet&limit=2&before={newest[0]['seq']}")
        self.assertEqual([message["message"] for message in older], ["number 0", "number 1"])
        self.assertNotIn("number 0", [message["message"] for message in self.history()])

    def test_without_a_token_it_is_401(self):
        self.assertEqual(post(f"{self.url}/chat/send/", {"message": "hi"}, "-k").status, 401)
        self.assertEqual(curl("-k", f"{self.url}/chat/history/").status, 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
