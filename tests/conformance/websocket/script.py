# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a case: what is sent, what must come back, and how the connection must end. All of it is exact: an answer that
the RFC tolerates but that is not the best one fails; the Autobahn test suite calls it "non-strict"."""

import dataclasses

from frames import Frame, close
from peer import END, Event, Peer, Violation


def says(payload):
    """The server sends this text message."""
    return Event("text", payload.encode() if isinstance(payload, str) else payload)


def gives(payload):
    """The server sends this binary message."""
    return Event("binary", payload)


def pongs(payload=b""):
    return Event("pong", payload)


@dataclasses.dataclass(frozen=True)
class Stage:
    """Sends and then waits for what must come of it. `chop` cuts what is sent: None sends all of it with one
    call, "frames" each frame with its own, a number so many bytes with each."""

    send: tuple = ()  # of Frame, or of bytes as they are
    expect: tuple = ()  # of Event
    chop: int | str | None = None

    def run(self, peer):
        pieces = [part.encode() if isinstance(part, Frame) else part for part in self.send]
        if self.chop == "frames":
            for piece in pieces:
                peer.send(piece)
        else:
            peer.send(b"".join(pieces), self.chop)
        for event in self.expect:
            came(peer, event)


@dataclasses.dataclass(frozen=True)
class WeClose:
    """The client closes; the server answers with the same code and ends the connection."""

    code: int = 1000

    def run(self, peer):
        peer.send(close(self.code).encode())
        came(peer, Event("close", b"", self.code))
        came(peer, END)


@dataclasses.dataclass(frozen=True)
class Answered:
    """The client has closed with the stages; the server answers with the same code, or with none where it got
    none, and ends the connection."""

    code: int | None = 1000

    def run(self, peer):
        came(peer, Event("close", b"", self.code))
        came(peer, END)


@dataclasses.dataclass(frozen=True)
class Fails:
    """The server fails the connection: a close frame with exactly this code and a reason of its own, then the
    end, without waiting for the client's answer."""

    code: int

    def run(self, peer):
        event = peer.next()
        if event.kind != "close" or event.code != self.code:
            raise Violation(f"instead of being failed with {self.code}: {event}")
        came(peer, END)


@dataclasses.dataclass(frozen=True)
class Conversation:
    stages: tuple
    end: object = WeClose()

    def run(self, url, patience):
        with Peer(url, patience) as peer:
            for stage in self.stages:
                stage.run(peer)
            self.end.run(peer)


@dataclasses.dataclass(frozen=True)
class Case:
    number: str
    title: str
    conversations: object  # a tuple of them, or a function that makes it: large ones only exist while they run

    def run(self, url, patience):
        """None, or what went wrong."""
        conversations = self.conversations() if callable(self.conversations) else self.conversations
        try:
            for conversation in conversations:
                conversation.run(url, patience)
        except Violation as violation:
            return str(violation)
        except OSError as problem:
            return f"{type(problem).__name__}: {problem}"
        return None


def case(number, title, send, expect=(), end=WeClose(), chop=None):
    """A case of one connection and one stage."""
    return Case(number, title, (Conversation((Stage(tuple(send), tuple(expect), chop),), end),))


def came(peer, expected):
    event = peer.next()
    if event != expected:
        raise Violation(f"instead of {expected}: {event}")
