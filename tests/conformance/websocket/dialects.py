# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's real WebSocket endpoints, as far as tests of frames need to know them: how to open one, and the form of a message."""

import json

from frames import ping, text
from peer import Event, Peer, Violation
from target import url

PATHS = ("/", "/websocket", "/ws/chat/den/", "/ws/v1")
ROOM = "den"


class Chat:
    """A socket of somebody on one of these paths. What its dialect sends by itself is skipped when something else is
    waited for."""

    def __init__(self, daemon, path, rest, patience=30.0):
        self.path = path
        self.peer = Peer(url(daemon, path), patience, headers=(f"Authorization: Bearer {rest.token}",))
        self._name = rest.name
        self._pings = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.__exit__()

    def greeted(self):
        """Ready for messages."""
        if self.path == "/ws/v1":
            self.send(text(json.dumps({"type": "hello"})))
            self.json(lambda frame: frame["type"] == "hello")
        return self

    def send(self, *frames, chop=None):
        self.peer.send(b"".join(frame if isinstance(frame, bytes) else frame.encode() for frame in frames), chop)

    def message(self, words, room=ROOM):
        """One message in the path's dialect: to the room, to the lobby, or to oneself."""
        fields = {"/": {"message": words},
                  "/websocket": {"sender": self._name, "receiver": self._name, "content": words},
                  "/ws/chat/den/": {"message": words},
                  "/ws/v1": {"type": "send", "ref": words, "room": room, "text": words}}[self.path]
        return text(json.dumps(fields, ensure_ascii=False))

    def event(self):
        """The next that is no text."""
        while (event := self.peer.next()).kind == "text":
            pass
        return event

    def json(self, fits):
        """The next text frame that fits; what comes before it is gone."""
        while True:
            event = self.peer.next()
            if event.kind == "pong":
                continue
            if event.kind != "text":
                raise Violation(f"instead of a text frame: {event}")
            frame = json.loads(event.payload)
            if fits(frame):
                return frame

    def said(self, words):
        """What shows the sender of this message that it is stored."""
        def fits(frame):
            if frame.get("type") == "error":
                raise Violation(f"instead of a message: {frame}")
            return words in (frame.get("message"), frame.get("content"), frame.get("ref"))
        return self.json(fits)

    def settle(self):
        """All that was sent has been read."""
        self._pings += 1
        mark = b"settled %d" % self._pings
        self.send(ping(mark))
        while (event := self.event()) != Event("pong", mark):
            if event.kind in ("close", "end"):
                raise Violation(f"instead of a pong: {event}")
