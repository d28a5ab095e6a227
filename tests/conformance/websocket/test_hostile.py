# SPDX-License-Identifier: GPL-3.0-or-later
"""THREATS 24 on the real endpoints: invalid frames are refused on each of them as on the echo, cost next to no memory,
and affect nobody else."""

import contextlib
import itertools
import unittest

import target
from cases import CASES
from dialects import PATHS, ROOM, Chat
from frames import BINARY, Frame, binary, close, fragments, more, ping, text
from payloads import KOSME
from peer import END, Event
from script import Answered, Fails
from support.daemon import OVER_TLS
from support.memory import forget, growth, resident
from support.rest import Rest

MI = 1024 * 1024
HUGE = 300 * 1000 * 1000
# One I/O thread: who is served while another floods is served by the same thread.
SETTINGS = {"ROOKERY_SERVER_IO_THREADS": "1", "ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS": "0",
            "ROOKERY_LIMITS_MESSAGES_PER_SECOND": "0", "ROOKERY_LIMITS_WORK_PER_USER": "0",
            "ROOKERY_LIMITS_WORK_PER_NETWORK": "0"}


def faults():
    """(what, bytes, end) of every case that is nothing but frames, one of which ends the connection. Binary, which only
    the echo takes, has a test of its own."""
    for case in CASES:
        if callable(case.conversations):
            continue
        for conversation in case.conversations:
            frames = [frame for stage in conversation.stages for frame in stage.send]
            if not isinstance(conversation.end, (Fails, Answered)) or any(
                    isinstance(frame, Frame) and frame.opcode == BINARY for frame in frames):
                continue
            if all(len(frame.payload) < 65536 for frame in frames if isinstance(frame, Frame)):
                yield f"{case.number} {case.title}", frames, conversation.end


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.daemon = stack.enter_context(target.start(OVER_TLS, **SETTINGS))
        cls.numbers = itertools.count(1)
        nobody = stack.enter_context(Rest(cls.daemon.urls[0]))
        cls.ann = stack.enter_context(nobody.joined("ann"))
        cls.ben = stack.enter_context(nobody.joined("ben"))
        with cls.open("/ws/chat/den/") as chat:
            # A pong comes before the room does: whoever leaves at once may leave no room behind.
            chat.json(lambda frame: frame["type"] == "room_users_list")

    @classmethod
    def open(cls, path, who=None):
        return Chat(cls.daemon, path, who or cls.ann)

    def words(self):
        return f"number {next(self.numbers)}, {KOSME.decode()}"

    def is_stored(self, words):
        """In the room, in the lobby, or between ann and herself."""
        pages = [self.page(f"/api/v1/rooms/{room}/events?limit=200", "events") for room in (ROOM, "lobby")]
        pages.append(self.page("/messages?with=ann&limit=200", "messages"))
        return any(words in (message.get("text"), message.get("content")) for page in pages for message in page)

    def page(self, path, name):
        answer = self.ann.call("GET", path)
        self.assertEqual(answer.status, 200, f"{path}: {answer}")
        return answer.json[name]

    def grown(self, before):
        return growth(self.daemon.pid, before)

    def baseline(self):
        forget(self.daemon.pid)
        return resident(self.daemon.pid)

    def test_every_fault_on_every_endpoint(self):
        rows = list(faults())
        self.assertGreater(len(rows), 150)
        for path in PATHS:
            for what, frames, end in rows:
                with self.subTest(path=path, case=what), self.open(path) as chat:
                    chat.send(*frames)
                    while (event := chat.event()).kind == "pong":
                        pass
                    self.assertEqual((event.kind, event.code), ("close", end.code))
                    self.assertEqual(chat.event(), END)

    def test_binary_is_refused_with_1003(self):
        rows = (("whole", [binary(b"\xff")]), ("empty", [binary(b"")]), ("a fragment", [binary(b"a", fin=False)]),
                ("300 MB announced", [binary(b"", length=HUGE)]), ("valid JSON", [binary(b'{"message":"a"}')]))
        for path in PATHS:
            for what, frames in rows:
                with self.subTest(path=path, row=what), self.open(path) as chat:
                    chat.send(*frames)
                    event = chat.event()
                    self.assertEqual((event.kind, event.code), ("close", 1003))
                    self.assertEqual(chat.event(), END)

    def test_300_mb_frame(self):
        """Refused by its head; what is pushed all the same is thrown away, and only so much of it."""
        before = self.baseline()
        piece = b"a" * MI
        for path in PATHS:
            with self.subTest(path), self.open(path) as chat:
                chat.send(text("", length=HUGE))
                event = chat.event()
                self.assertEqual((event.kind, event.code), ("close", 1009))
                pushed = 0
                with contextlib.suppress(OSError):
                    while pushed < HUGE:
                        chat.peer.socket.sendall(piece)
                        pushed += len(piece)
                self.assertLess(pushed, 64 * MI)
        self.assertLess(self.grown(before), 8 * MI)

    def test_300_mb_in_fragments(self):
        before = self.baseline()
        for path in PATHS:
            with self.subTest(path), self.open(path) as chat:
                chat.send(text("a" * 1000, fin=False), *[more(b"a" * 1000)] * 70)
                event = chat.event()
                self.assertEqual((event.kind, event.code), ("close", 1009))
        self.assertLess(self.grown(before), 8 * MI)

    def test_empty_fragments_without_end(self):
        """A message of a million empty fragments: no limit is passed, and nothing is kept of them."""
        before = self.baseline()
        words = self.words()
        for path in PATHS:
            with self.subTest(path), self.open(path).greeted() as chat:
                whole = chat.message(words).payload
                chat.send(text(whole[:1], fin=False))
                empty = more().encode() * 10_000
                for _ in range(20):
                    chat.send(empty)
                chat.send(more(whole[1:], fin=True))
                chat.said(words)
        self.assertLess(self.grown(before), 8 * MI)

    def test_drip_fed_frames(self):
        """Whoever announces much and sends little is believed nothing: a connection costs what has come of it."""
        count = 300
        words = self.words()
        with contextlib.ExitStack() as stack:
            chats = [stack.enter_context(self.open(PATHS[i % len(PATHS)])) for i in range(count)]
            for chat in chats:
                chat.settle()
            before = self.baseline()
            for chat in chats:
                chat.settle()
                chat.send(text(b"{", length=60_000))
            for chat in chats:  # each sends a little more, of a frame that will never end
                chat.send(b"\x4d" * 10)
            with self.open("/ws/chat/den/", self.ben).greeted() as other:
                other.send(other.message(words))
                other.said(words)
            self.assertLess(self.grown(before), count * 8192 + MI)

    def test_byte_by_byte(self):
        """The same answers as in one piece."""
        for path in PATHS:
            for chop in (None, 1):
                words = self.words()
                with self.subTest(path=path, chop=chop), self.open(path).greeted() as chat:
                    whole = chat.message(words)
                    chat.send(whole, chop=chop)
                    chat.said(words)
                    self.assertTrue(self.is_stored(words))
                    # And cut inside every character, with pings between the fragments.
                    again = self.words()
                    parts = fragments(1, chat.message(again).payload, 1)
                    chat.send(*itertools.chain.from_iterable((part, ping(b"between")) for part in parts), chop=chop)
                    chat.said(again)
                    self.assertTrue(self.is_stored(again))

    def test_ping_flood_from_who_reads(self):
        """Every ping is answered, in order, and somebody else's message waits for none of it."""
        batch = 2_000  # whose answers fit into what may wait for one socket
        with self.open("/ws/v1") as flood, self.open("/ws/chat/den/", self.ben).greeted() as other:
            for first in range(0, 10 * batch, batch):
                flood.send(*(ping(b"%d" % i) for i in range(first, first + batch)))
                words = self.words()
                other.send(other.message(words))
                other.said(words)
                for i in range(first, first + batch):
                    self.assertEqual(flood.event(), Event("pong", b"%d" % i))

    def test_ping_flood_from_who_does_not_read(self):
        before = self.baseline()
        payload = b"a" * 125
        for path in PATHS:
            with self.subTest(path), self.open(path) as flood, \
                    self.open("/ws/chat/den/", self.ben).greeted() as other:
                flood.settle()
                batch = ping(payload).encode() * 1000
                for _ in range(100):  # far more than the kernel holds, on both sides together
                    flood.send(batch)
                words = self.words()
                other.send(other.message(words))
                other.said(words)
                while (event := flood.event()).kind == "pong":
                    self.assertEqual(event.payload, payload)
                self.assertEqual((event.kind, event.code), ("close", 4008))
        self.assertLess(self.grown(before), 16 * MI)

    def test_nothing_is_run_after_close(self):
        for path in PATHS:
            rows = (("close", close(1000), 1000), ("close without a code", close(), None),
                    ("a reserved opcode", Frame(3), 1002), ("an unmasked frame", text("a", key=None), 1002),
                    ("bad UTF-8", text(b"\xff"), 1007), ("binary", binary(b"a"), 1003),
                    ("300 MB announced", text("", length=HUGE), 1009))
            for what, end, code in rows:
                before, behind = self.words(), self.words()
                with self.subTest(path=path, row=what), self.open(path).greeted() as chat:
                    chat.send(chat.message(before))
                    chat.said(before)
                    chat.send(end, chat.message(behind), ping(), close(1001))
                    event = chat.event()
                    self.assertEqual((event.kind, event.code), ("close", code))
                    self.assertEqual(chat.event(), END)
                    with self.open("/ws/chat/den/") as later:
                        later.settle()
                    self.assertTrue(self.is_stored(before))
                    self.assertFalse(self.is_stored(behind))


if __name__ == "__main__":
    unittest.main(verbosity=2)
