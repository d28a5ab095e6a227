# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner's end of one WebSocket: sends exactly the given bytes, and reads as strictly as RFC 6455 allows."""

import base64
import dataclasses
import hashlib
import os
import socket
import ssl
import struct
import time
import urllib.parse

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NAMES = {TEXT: "text", BINARY: "binary", PING: "ping", PONG: "pong"}
PIECE = 256 * 1024


class Violation(Exception):
    """The server did what RFC 6455 forbids, or kept silent for longer than the runner waits."""


@dataclasses.dataclass(frozen=True)
class Event:
    """What came from the server: a message, a control frame, or the end of the connection."""

    kind: str  # text, binary, ping, pong, close, end
    payload: bytes = b""
    code: int | None = None  # of close; None where it has no code

    def __str__(self):
        shown = self.payload if len(self.payload) <= 40 else self.payload[:40] + b"..."
        size = f" of {len(self.payload)} bytes" if len(self.payload) > 40 else ""
        code = f" {self.code}" if self.kind == "close" else ""
        return f"{self.kind}{code}{size}" + (f" {shown!r}" if shown else "")


END = Event("end")


def _no_delay(target):
    target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Peer:
    """An open WebSocket. `patience` is how long, in seconds, any one thing may take; never a pause."""

    def __init__(self, url, patience=30.0, headers=()):
        parts = urllib.parse.urlsplit(url)
        self.patience = patience
        self._bytes = bytearray()
        self._message = None  # kind and payload of a fragmented message under way
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=patience)
        _no_delay(self._socket)
        try:
            if parts.scheme in ("wss", "https"):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE  # a loopback server with a certificate of its own making
                self._socket = context.wrap_socket(
                    self._socket, server_hostname=parts.hostname, suppress_ragged_eofs=False)
            self._shake_hands(parts, headers)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    @property
    def socket(self):
        return self._socket

    def _shake_hands(self, parts, headers):
        key = base64.b64encode(os.urandom(16))
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13", *headers, "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self._bytes:
            if not self._receive():
                raise Violation("the connection ended before the handshake was answered")
        head, _, rest = bytes(self._bytes).partition(b"\r\n\r\n")
        self._bytes = bytearray(rest)
        status, *fields = head.split(b"\r\n")
        self.status = int(status.split()[1])
        if self.status != 101:
            raise Violation(f"the handshake was answered by {status.decode()}")
        values = {}
        for field in fields:
            name, _, value = field.partition(b":")
            values[name.strip().lower()] = value.strip()
        expected = base64.b64encode(hashlib.sha1(key + GUID).digest())
        if values.get(b"sec-websocket-accept") != expected:
            raise Violation("Sec-WebSocket-Accept is wrong")
        if values.get(b"upgrade", b"").lower() != b"websocket" or values.get(b"connection", b"").lower() != b"upgrade":
            raise Violation("the handshake's answer lacks Upgrade or Connection")
        for name in (b"sec-websocket-extensions", b"sec-websocket-protocol"):
            if name in values:
                raise Violation(f"the server chose a {name.decode()} that was not offered")

    # --- Sending

    def send(self, data, chop=None):
        """All bytes, in pieces of `chop`. A server that has already ended the connection is told by reading."""
        view = memoryview(data)
        try:
            if chop is None:
                self._socket.sendall(view)
            else:
                for at in range(0, len(view), chop):
                    self._socket.sendall(view[at:at + chop])
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            pass
        except (TimeoutError, socket.timeout):
            raise Violation(f"the server took nothing for {self.patience:g} s") from None

    # --- Reading

    def _receive(self):
        """False at the orderly end."""
        try:
            piece = self._socket.recv(PIECE)
        except (TimeoutError, socket.timeout):
            raise Violation(f"nothing came for {self.patience:g} s") from None
        except ConnectionResetError:
            raise Violation("the connection was cut off (RST)") from None
        except ssl.SSLEOFError:
            raise Violation("the TLS connection ended without close_notify") from None
        self._bytes += piece
        return bool(piece)

    def _need(self, size, deadline):
        while len(self._bytes) < size:
            if time.monotonic() > deadline:
                raise Violation(f"what began to come did not end within {self.patience:g} s")
            if not self._receive():
                raise Violation("the connection ended inside a frame")

    def next(self):
        """The next message, control frame or end."""
        deadline = time.monotonic() + self.patience
        while True:
            if not self._bytes and not self._receive():
                return END
            fin, opcode, payload = self._frame(deadline)
            if opcode == CLOSE:
                return self._close(payload)
            if opcode in (PING, PONG):
                return Event(NAMES[opcode], payload)
            if (opcode == CONTINUATION) != (self._message is not None):
                raise Violation("a fragment that belongs to nothing, or a message inside another")
            if opcode != CONTINUATION:
                self._message = (NAMES[opcode], bytearray())
            kind, parts = self._message
            parts += payload
            if fin:
                self._message = None
                whole = bytes(parts)
                if kind == "text":
                    self._check_utf8(whole, "a text message")
                return Event(kind, whole)

    def _frame(self, deadline):
        self._need(2, deadline)
        first, second = self._bytes[:2]
        fin, opcode, length = bool(first & 0x80), first & 0x0f, second & 0x7f
        if first & 0x70:
            raise Violation("the server set a reserved bit")
        if second & 0x80:
            raise Violation("the server masked a frame")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation(f"the server sent the reserved opcode {opcode}")
        if opcode >= CLOSE and (not fin or length > 125):
            raise Violation("the server sent a fragmented or long control frame")
        size = 2
        if length >= 126:
            size = 4 if length == 126 else 10
            self._need(size, deadline)
            length, = struct.unpack(">H" if size == 4 else ">Q", self._bytes[2:size])
            if length < (126 if size == 4 else 65536):
                raise Violation("the server wrote a length in more bytes than it needs")
        self._need(size + length, deadline)
        payload = bytes(self._bytes[size:size + length])
        del self._bytes[:size + length]
        return fin, opcode, payload

    def _close(self, payload):
        if len(payload) == 1:
            raise Violation("the server's close frame holds one byte")
        self._check_utf8(payload[2:], "a close reason")
        return Event("close", payload[2:], struct.unpack(">H", payload[:2])[0] if payload else None)

    @staticmethod
    def _check_utf8(data, what):
        try:
            data.decode()
        except UnicodeDecodeError:
            raise Violation(f"{what} is not UTF-8") from None
