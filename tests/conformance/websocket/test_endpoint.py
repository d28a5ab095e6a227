# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's /test/echo: it exists only when requested, and has every limit of other sockets."""

import contextlib
import signal
import socket
import unittest
import urllib.parse

import target
from frames import BINARY, PONG, TEXT, Frame, close, fragments, text
from payloads import HELLO, bytes_of, text_of
from peer import END, Event, Peer, Violation
from script import gives, says

OPEN = {"ROOKERY_TEST_ECHO": "1"}
LIMIT = 64 * 1024
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
           "Sec-WebSocket-Version: 13")


def answer(url, path, *lines):
    """All that the server says to a GET, up to the end of the connection."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        head = [f"GET {path} HTTP/1.1", "Host: a", *lines, "", ""]
        connection.sendall("\r\n".join(head).encode())
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while piece := connection.recv(65536):
            said += piece
    return said.replace(path.encode(), b"PATH")


def without_date(said):
    return b"\r\n".join(line for line in said.split(b"\r\n") if not line.lower().startswith(b"date:"))


class Endpoint(unittest.TestCase):
    @contextlib.contextmanager
    def echo(self, path="/test/echo", **settings):
        with target.start(**{**OPEN, **settings}) as daemon, Peer(target.url(daemon, path)) as peer:
            yield peer

    def test_without_the_variable_it_is_a_path_like_others(self):
        for settings in ({}, {"ROOKERY_TEST_ECHO": "0"}, {"ROOKERY_TEST_ECHO": "true"}, {"ROOKERY_TEST_ECHO": ""}):
            with self.subTest(settings), target.start(**settings) as daemon:
                self.assertNotIn("ROOKERY_TEST_ECHO", daemon.log())
                for lines in ((), UPGRADE):
                    echo, other = (without_date(answer(daemon.urls[0], f"/test/{name}", *lines))
                                   for name in ("echo", "ohce"))
                    self.assertEqual(echo, other)
                    self.assertIn(b" 404 ", echo.split(b"\r\n")[0])

    def test_a_daemon_that_has_it_says_so_in_its_log(self):
        with target.start(**OPEN) as daemon:
            self.assertRegex(daemon.log(), "warning .*/test/echo")

    def test_it_echoes_text_and_binary_without_a_token(self):
        for path in ("/test/echo", "/test/echo/", "/test/echo?token=nonsense"):
            with self.subTest(path), self.echo(path) as peer:
                peer.send(text(HELLO).encode() + Frame(BINARY, b"\xff").encode())
                self.assertEqual(peer.next(), says(HELLO))
                self.assertEqual(peer.next(), gives(b"\xff"))

    def test_foreign_pages_are_kept_out(self):
        with target.start(**OPEN) as daemon, self.assertRaisesRegex(Violation, "403"):
            Peer(target.url(daemon, "/test/echo"), headers=("Origin: https://evil.example",))

    def test_messages_have_the_limit_of_all_sockets(self):
        for opcode, payload in ((TEXT, text_of(LIMIT)), (BINARY, bytes_of(LIMIT))):
            more = payload + b"a"
            for what, good, bad in (
                    ("whole", [Frame(opcode, payload)], [Frame(opcode, more)]),
                    ("in fragments", fragments(opcode, payload, 1000), fragments(opcode, more, 1000))):
                with self.subTest(what, opcode=opcode), self.echo() as peer:
                    peer.send(b"".join(frame.encode() for frame in good))
                    self.assertEqual(peer.next(), says(payload) if opcode == TEXT else gives(payload))
                    peer.send(b"".join(frame.encode() for frame in bad))
                    event = peer.next()
                    self.assertEqual((event.kind, event.code), ("close", 1009))
                    self.assertEqual(peer.next(), END)

    def test_it_counts_among_the_connections_of_an_address(self):
        with target.start(**OPEN, ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS="2") as daemon:
            url = target.url(daemon, "/test/echo")
            with Peer(url), Peer(url), self.assertRaisesRegex(Violation, " (429|503) "):
                Peer(url)

    def test_the_heartbeat_finds_the_dead(self):
        beat = {"ROOKERY_LIMITS_PING_INTERVAL_MS": "50", "ROOKERY_LIMITS_PONG_TIMEOUT_MS": "400"}
        with self.echo(**beat) as peer:
            for _ in range(12):  # longer than a silent peer lives
                self.assertEqual(peer.next(), Event("ping"))
                peer.send(Frame(PONG).encode())
            with self.assertRaisesRegex(Violation, "cut off"):
                while peer.next().kind == "ping":
                    pass

    def test_who_does_not_read_is_closed_with_4008(self):
        with self.echo() as peer:
            frame = text(text_of(60_000)).encode()
            for _ in range(500):  # far more than the kernel holds, on both sides together
                peer.send(frame)
            event = peer.next()
            while event.kind == "text":
                event = peer.next()
            self.assertEqual((event.kind, event.code), ("close", 4008))

    def test_a_leaving_server_closes_it_with_1012(self):
        with target.start(**OPEN) as daemon, Peer(target.url(daemon, "/test/echo")) as peer:
            daemon.send_signal(signal.SIGTERM)
            event = peer.next()
            self.assertEqual((event.kind, event.code), ("close", 1012))
            peer.send(close(1012).encode())
            self.assertEqual(peer.next(), END)


if __name__ == "__main__":
    unittest.main(verbosity=2)
