# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 003 with wscat, using its printed command: a room over TLS, as a guest."""

import json
import pathlib
import unittest

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import register
from support.ports import printed_port
from support.terminal import Terminal

WSCAT = pathlib.Path(__file__).resolve().parent / "node_modules" / ".bin" / "wscat"


class Document003Wscat(unittest.TestCase):
    def test_the_printed_line(self):
        port = printed_port(10443)
        with Daemon(f"https://127.0.0.1:{port}", ROOKERY_AUTH_GUESTS="true") as daemon:
            port = daemon.https.rsplit(":", 1)[1]
            # Guests make no rooms.
            token = register(daemon, "ann", url=daemon.https)["ann"]
            made = post(f"{daemon.https}/api/v1/rooms", {"name": "room_name"}, "-k", *bearer(token))
            self.assertEqual(made.status, 201, made.body)
            line = f"wscat -c wss://localhost:{port}/ws/chat/room_name/ --no-check".split()
            with Terminal(WSCAT, *line[1:]) as one, Terminal(WSCAT, *line[1:]) as other:
                one.expect("Connected")
                other.expect("Connected")
                other.expect(r"< .*room_users_list")
                one.type('{"message": "Your message here"}')
                for screen in (one, other):
                    frame = json.loads(screen.expect(r'< (\{.*"Your message here".*\})').group(1))
                    self.assertEqual(frame["message"], "Your message here")
                other.type('{"message": "Message from another user"}')
                one.expect(r'< \{.*"Message from another user".*\}')

            history = curl("-k", f"{daemon.https}/chat/history/?room=room_name", *bearer(token)).json["chat_history"]
            self.assertEqual([message["message"] for message in history],
                             ["Your message here", "Message from another user"])

    def test_without_guests_it_is_closed_with_4001(self):
        with Daemon("https://127.0.0.1:0") as daemon:
            with Terminal(WSCAT, "-c", f"{daemon.wss}/ws/chat/room_name/", "--no-check") as screen:
                screen.expect(r"Disconnected \(code: 4001")


if __name__ == "__main__":
    unittest.main(verbosity=2)
