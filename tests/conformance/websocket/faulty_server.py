# SPDX-License-Identifier: GPL-3.0-or-later
"""A small echo server that follows RFC 6455 except for one selected fault: the runner is tested against it."""

import base64
import codecs
import hashlib
import socket
import struct
import threading

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, masked
from peer import GUID

LIMIT = 17 * 1024 * 1024
FAULTS = (
    "unmasked accepted", "reserved bits accepted", "reserved opcodes ignored", "long lengths accepted",
    "any size accepted", "fragmented pings accepted", "long pings accepted", "continuations of nothing ignored",
    "messages inside messages accepted", "one read is one frame",
    "UTF-8 never checked", "UTF-8 checked at the end", "UTF-8 checked frame by frame", "UTF-8 checked in each frame alone",
    "surrogates accepted", "BOM dropped", "NUL ends text", "binary checked as text",
    "text echoed as binary", "empty messages dropped", "large messages cut", "messages swapped in pairs",
    "pings unanswered", "pongs empty", "pongs unasked", "pings answered behind the message",
    "1003 for 1002", "1002 for 1007", "1000 for every close", "a code for a close without one", "bad close codes accepted",
    "close reasons unchecked", "no close frame", "reads on after close", "stays after close", "waits for an answer",
    "cuts off", "masks its frames", "writes long lengths", "sets a reserved bit", "chooses an extension",
    "wrong accept",
)


class _Failed(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class _Over(Exception):
    pass


class FaultyServer:
    """`with FaultyServer(fault) as url:` listens until the block ends; no fault for None."""

    def __init__(self, fault=None):
        assert fault is None or fault in FAULTS, fault
        self._fault = fault
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return f"ws://127.0.0.1:{self._listener.getsockname()[1]}/"

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=_Session(connection, self._fault).run, daemon=True).start()


class _Session:
    def __init__(self, connection, fault):
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fault = fault
        self._bytes = bytearray()
        self._opcode = None  # of the message under way
        self._message = bytearray()
        self._decoder = None
        self._held = []

    def has(self, fault):
        assert fault in FAULTS, fault
        return self._fault == fault

    def run(self):
        try:
            self._shake_hands()
            while True:
                self._frame()
        except _Failed as failure:
            self._fail(failure.code)
        except (_Over, OSError):
            pass
        if not self.has("stays after close"):
            self._end()

    # --- Bytes

    def _more(self):
        piece = self._socket.recv(65536)
        if not piece:
            raise _Over
        self._bytes += piece

    def _take(self, size):
        while len(self._bytes) < size:
            self._more()
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def _shake_hands(self):
        while b"\r\n\r\n" not in self._bytes:
            self._more()
        head, _, rest = bytes(self._bytes).partition(b"\r\n\r\n")
        self._bytes = bytearray(rest)
        key = next(line.split(b":")[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        if self.has("wrong accept"):
            accept = accept[::-1]
        lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
                 b"Sec-WebSocket-Accept: " + accept]
        if self.has("chooses an extension"):
            lines.append(b"Sec-WebSocket-Extensions: permessage-deflate")
        self._socket.sendall(b"\r\n".join([*lines, b"", b""]))
        if self.has("pongs unasked"):
            self._send(PONG, b"")

    def _send(self, opcode, payload):
        first = 0x80 | opcode | (0x40 if self.has("sets a reserved bit") else 0)
        mask_bit = 0x80 if self.has("masks its frames") else 0
        size = len(payload)
        if size < 126 and not self.has("writes long lengths"):
            head = bytes([first, mask_bit | size])
        elif size < 65536:
            head = bytes([first, mask_bit | 126]) + struct.pack(">H", size)
        else:
            head = bytes([first, mask_bit | 127]) + struct.pack(">Q", size)
        self._socket.sendall(head + (bytes(4) if mask_bit else b"") + payload)

    # --- Frames

    def _frame(self):
        first, second = self._take(2)
        fin, opcode, length = bool(first & 0x80), first & 0x0f, second & 0x7f
        self._check_head(first, second, fin, opcode, length)
        if length >= 126:
            least = 126 if length == 126 else 65536
            length, = struct.unpack(">H" if length == 126 else ">Q", self._take(2 if length == 126 else 8))
            if (length < least or length >> 63) and not self.has("long lengths accepted"):
                raise _Failed(1002)
        if length + len(self._message) > LIMIT and not self.has("any size accepted"):
            raise _Failed(1009)
        key = self._take(4) if second & 0x80 else bytes(4)
        if self.has("one read is one frame"):
            payload = masked(bytes(self._bytes[:length]), key)
            del self._bytes[:]
        else:
            payload = self._payload(opcode, length, key)
        if opcode >= CLOSE:
            self._control(opcode, payload)
        else:
            self._data(fin, opcode, payload)

    def _check_head(self, first, second, fin, opcode, length):
        wrong = (
            first & 0x70 and not self.has("reserved bits accepted")
            or opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15) and not self.has("reserved opcodes ignored")
            or not second & 0x80 and not self.has("unmasked accepted")
            or opcode >= CLOSE and not fin and not self.has("fragmented pings accepted")
            or opcode >= CLOSE and length > 125 and not self.has("long pings accepted")
            or opcode == CONTINUATION and self._opcode is None and not self.has("continuations of nothing ignored")
            or opcode in (TEXT, BINARY) and self._opcode is not None
            and not self.has("messages inside messages accepted"))
        if wrong:
            raise _Failed(1002)
        if opcode in (TEXT, BINARY):
            self._opcode = opcode
            self._decoder = codecs.getincrementaldecoder("utf-8")(
                "surrogatepass" if self.has("surrogates accepted") else "strict")

    def _payload(self, opcode, length, key):
        """Text is checked as it comes, unless that is the fault."""
        fast = opcode < CLOSE and self._checked() and not any(map(self.has, (
            "UTF-8 never checked", "UTF-8 checked at the end", "UTF-8 checked frame by frame",
            "UTF-8 checked in each frame alone")))
        taken = bytearray()
        while len(taken) < length:
            if not self._bytes:
                self._more()
            turn = len(taken) % 4
            piece = masked(self._take(min(len(self._bytes), length - len(taken))), key[turn:] + key[:turn])
            if fast:
                self._decode(piece)
            taken += piece
        return bytes(taken)

    def _checked(self):
        return self._opcode == TEXT or self._opcode == BINARY and self.has("binary checked as text")

    def _decode(self, piece, final=False):
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise _Failed(1007) from None

    def _data(self, fin, opcode, payload):
        if self._opcode is None or opcode not in (CONTINUATION, TEXT, BINARY):
            return
        self._message += payload
        if self._checked():
            if self.has("UTF-8 checked frame by frame"):
                self._decode(payload)
            if self.has("UTF-8 checked in each frame alone"):
                self._decode(payload, True)
            if fin and self.has("UTF-8 checked at the end"):
                self._decode(bytes(self._message))
            if fin and not self.has("UTF-8 never checked"):
                self._decode(b"", True)
        if fin:
            kind, message = self._opcode, bytes(self._message)
            self._opcode = None
            self._message.clear()
            self._echo(kind, message)
            for held in self._held if self.has("pings answered behind the message") else ():
                self._send(PONG, held)
            if self.has("pings answered behind the message"):
                self._held.clear()

    def _echo(self, kind, message):
        if self.has("BOM dropped"):
            message = message.removeprefix(b"\xef\xbb\xbf")
        if self.has("NUL ends text"):
            message = message.split(b"\0")[0]
        if self.has("large messages cut"):
            message = message[:65535]
        if self.has("empty messages dropped") and not message:
            return
        if self.has("text echoed as binary"):
            kind = BINARY
        if self.has("messages swapped in pairs"):
            self._held.insert(0, (kind, message))
            if len(self._held) == 2:
                for held in self._held:
                    self._send(*held)
                self._held.clear()
            return
        self._send(kind, message)

    def _control(self, opcode, payload):
        if opcode == PING and self.has("pings answered behind the message") and self._opcode is not None:
            self._held.append(payload)
        elif opcode == PING and not self.has("pings unanswered"):
            self._send(PONG, b"" if self.has("pongs empty") else payload)
        elif opcode == CLOSE:
            self._close(payload)

    # --- The end

    def _close(self, payload):
        code = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else None
        good = code in range(1000, 1004) or code in range(1007, 1015) or code in range(3000, 5000)
        if payload and not good and not self.has("bad close codes accepted"):
            raise _Failed(1002)
        if not self.has("close reasons unchecked"):
            self._decoder = codecs.getincrementaldecoder("utf-8")()
            self._decode(payload[2:], True)
        answer = payload[:2]
        if self.has("1000 for every close") or not payload and self.has("a code for a close without one"):
            answer = struct.pack(">H", 1000)
        if not self.has("no close frame"):
            self._send(CLOSE, answer)
        if not self.has("reads on after close"):
            raise _Over

    def _fail(self, code):
        code = {("1003 for 1002", 1002): 1003, ("1002 for 1007", 1007): 1002}.get((self._fault, code), code)
        try:
            if not self.has("no close frame"):
                self._send(CLOSE, struct.pack(">H", code))
            while self.has("waits for an answer"):
                self._more()
        except (_Over, OSError):
            pass

    def _end(self):
        try:
            if self.has("cuts off"):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._socket.close()
                return
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(65536):  # what is still on its way would be answered by a reset
                pass
            self._socket.close()
        except OSError:
            pass
