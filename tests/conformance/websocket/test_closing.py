# SPDX-License-Identifier: GPL-3.0-or-later
"""Refused handshakes and close codes: every row of the two tables in resources/docs/api.md is reached on the
real endpoints, and no other status or code occurs."""

import contextlib
import json
import pathlib
import re
import signal
import socket
import time
import unittest
import urllib.parse

import target
from frames import Frame, TEXT, binary, close, text
from peer import END, Peer, Violation
from support.rest import Rest

API = pathlib.Path(__file__).resolve().parents[3] / "resources" / "docs" / "api.md"
NEVER_SENT = 1006


def rows(head):
    """The rows of the table in api.md that has this head, as lists of cells."""
    lines = API.read_text().split(f"{head}\n|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def handshake(url, path, *headers, key="dGhlIHNhbXBsZSBub25jZQ==", version="13", upgrade=True):
    """All that is answered to a handshake that is to be refused: status, headers, body."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", *headers]
        if upgrade:
            lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                      f"Sec-WebSocket-Version: {version}"]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            connection.shutdown(socket.SHUT_WR)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in
                                    (field.partition(":") for field in fields)}, body


def opened(url, headers):
    """A WebSocket, as soon as the connections that ended before are no longer counted."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return Peer(url, headers=headers)
        except Violation:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class RefusedHandshakes(unittest.TestCase):
    def check(self, answer, status):
        # One status may have several codes.
        documented = [(int(row[0]), row[1].strip("`")) for row in rows("| status | code | when |")]
        got, headers, body = answer
        self.assertEqual(got, status, body)
        self.assertTrue(headers["content-type"].startswith("application/problem+json"))
        problem = json.loads(body)
        self.assertEqual(problem["status"], status)
        self.assertIn((status, problem["code"]), documented)
        self.assertTrue(problem["detail"])
        if status in (429, 503):
            self.assertGreater(int(headers["retry-after"]), 0)
        self.reached.add(status)

    def test_every_row(self):
        self.reached = set()
        with target.start() as daemon, Rest(daemon.urls[0]) as nobody:
            url = daemon.urls[0]
            token = nobody.joined("ann").token
            bearer = f"Authorization: Bearer {token}"
            for path in ("/ws/v1", "/", "/websocket", "/ws/chat/den/"):
                with self.subTest(path):
                    self.check(handshake(url, path, bearer, version="8"), 426)
                    # A page of another origin, with what a browser adds by itself.
                    self.check(handshake(url, path, f"Cookie: rookery_session={token}", "Origin: http://evil.example"), 403)
                    self.check(handshake(url, path, "Origin: http://evil.example"), 403)
            self.check(handshake(url, "/ws/v1", bearer, upgrade=False), 426)
            for path in ("/ws/v2", "/ws/chat/", "/ws", "/no/such/path"):
                with self.subTest(path):
                    self.check(handshake(url, path, bearer), 404)
            self.check(handshake(url, "/ws/chat/%FF/", bearer), 400)
            self.check(handshake(url, "/ws/v1", bearer, key="short"), 400)
        for setting, status in (("CONNECTIONS_PER_ADDRESS", 429), ("CONNECTIONS", 503)):
            with target.start(**{f"ROOKERY_LIMITS_{setting}": "2"}) as daemon:
                with Rest(daemon.urls[0]) as nobody:
                    token = nobody.joined("ann").token
                headers = (f"Authorization: Bearer {token}",)
                url = target.url(daemon, "/ws/chat/den/")
                with opened(url, headers), opened(url, headers):
                    self.check(handshake(daemon.urls[0], "/ws/chat/den/", *headers), status)
        self.assertEqual(self.reached, {int(row[0]) for row in rows("| status | code | when |")})


class CloseCodes(unittest.TestCase):
    def open(self, path="/ws/chat/den/", token=None):
        headers = (f"Authorization: Bearer {token or self.token}",)
        return self.enterContext(Peer(target.url(self.daemon, path), headers=headers))

    def ends(self, peer, code):
        """The error frame before the end, if there is one."""
        error = None
        while (event := peer.next()).kind != "close":
            self.assertNotEqual(event, END)
            if event.kind == "text" and json.loads(event.payload)["type"] == "error":
                error = json.loads(event.payload)
        self.assertEqual(event.code, code)
        self.reached.add(code)
        peer.send(close(code).encode())
        return error

    def test_every_row(self):
        self.reached = set()
        settings = {"ROOKERY_AUTH_GUESTS": "true", "ROOKERY_LIMITS_GUESTS_PER_MINUTE": "1",
                    "ROOKERY_LIMITS_MESSAGES_PER_SECOND": "0"}
        with target.start(**settings) as self.daemon, Rest(self.daemon.urls[0]) as nobody:
            self.token = nobody.joined("ann").token
            self.every_row(nobody)
            leaving = [self.open(path) for path in ("/", "/websocket", "/ws/chat/den/", "/ws/v1")]
            for peer in leaving:
                peer.send(text(json.dumps({"nonsense": 1})).encode())
                while peer.next().kind != "text":
                    pass
            self.daemon.send_signal(signal.SIGTERM)
            for peer in leaving:
                self.ends(peer, 1012)
        self.assertEqual(self.reached, {int(row[0]) for row in rows("| close code | come back | meaning |")} - {NEVER_SENT})

    def every_row(self, nobody):
        for path in ("/", "/websocket", "/ws/chat/den/", "/ws/v1"):
            for code, frame in ((1000, close(1000)), (1001, close(1001)), (1002, Frame(TEXT, b"{}", key=None)),
                                (1003, binary(b"{}")), (1007, text(b'{"message": "\xff"}')),
                                (1009, text("x" * (64 * 1024 + 1)))):
                with self.subTest(path=path, code=code):
                    peer = self.open(path)
                    peer.send(frame.encode())
                    self.ends(peer, code)
            with self.subTest(path=path, code=4001):
                self.assertEqual(self.ends(self.open(path, "nonsense"), 4001)["code"], "unauthorized")
        peer = self.open("/")
        peer.send(text(json.dumps({"event": "disconnect"})).encode())
        self.assertIsNone(self.ends(peer, 1000))
        self.assertEqual(self.ends(self.open("/ws/chat/den/?since=yesterday"), 1008)["field"], "since")
        for room in ("no%20name", "no.name", "x" * 65):
            self.assertEqual(self.ends(self.open(f"/ws/chat/{room}/"), 4000)["field"], "room")

        # Somebody whose log-in is ended while they are there.
        ben = nobody.joined("ben")
        peer = self.open(token=ben.token)
        self.assertEqual(ben.call("POST", "/api/v1/logout").status, 204)
        self.ends(peer, 4001)
        ben.close()

        # The second guest of one minute: a refusal that ends by itself, and says when.
        url = target.url(self.daemon, "/ws/chat/den/")
        self.assertIn("users", json.loads(self.enterContext(Peer(url)).next().payload))
        error = self.ends(self.enterContext(Peer(url)), 1011)
        self.assertEqual(error["code"], "rate_limited")
        self.assertGreater(error["retry_after_ms"], 0)

        # Somebody who reads nothing, from when others see them come until they see them leave.
        ann = self.open()
        cora = nobody.joined("cora")
        peer = self.open(token=cora.token)
        self.read_until(ann, "user_join", "cora")
        while self.is_there(ann, "cora"):
            pass
        self.ends(peer, 4008)
        cora.close()

    @staticmethod
    def read_until(peer, kind, name):
        """Whether it is this frame of this user that comes first, and not a message."""
        while True:
            frame = json.loads(peer.next().payload)
            if frame["type"] == kind and frame["username"] == name:
                return True
            if frame["type"] == "chat_message":
                return False

    def is_there(self, peer, name):
        """Sends a message and reads until it comes back, or until the user of this name has left."""
        peer.send(text(json.dumps({"message": "\u4e2d" * 4000}, ensure_ascii=False)).encode())
        return not self.read_until(peer, "user_leave", name)

    def test_what_ends_by_itself_is_not_closed_with_4000(self):
        """A room that cannot be made at the moment: with 4000 the client would never come back."""
        self.reached = set()
        with target.start(ROOKERY_LIMITS_MESSAGES_PER_SECOND="1", ROOKERY_LIMITS_MESSAGES_BURST="1") as self.daemon, \
                Rest(self.daemon.urls[0]) as nobody:
            self.token = nobody.joined("ann").token
            for number in range(1000):
                peer = self.open(f"/ws/chat/room-{number}/")
                if json.loads(peer.next().payload)["type"] == "error":
                    break
            self.ends(peer, 1011)


if __name__ == "__main__":
    unittest.main(verbosity=2)
