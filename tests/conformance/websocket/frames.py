# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames as a client sends them (RFC 6455 section 5.2); every field can be set to an invalid value."""

import dataclasses
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
# A new key for every frame would be right for a browser; here a row must send the same bytes each time it runs.
KEY = b"\x37\xfa\x21\x3d"


def masked(payload, key):
    """The payload under the key; applied twice it is the payload again."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


@dataclasses.dataclass(frozen=True)
class Frame:
    """One frame. `key` of None leaves it unmasked, which a client must not do; `length` announces another
    size than the payload has; `form` writes it in 1, 3 or 9 bytes instead of the fewest."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    key: bytes | None = KEY
    length: int | None = None
    form: int | None = None

    def encode(self):
        size = len(self.payload) if self.length is None else self.length
        form = self.form or (1 if size < 126 else 3 if size < 65536 else 9)
        mask_bit = 0x80 if self.key is not None else 0
        head = bytes([self.fin << 7 | self.rsv << 4 | self.opcode])
        if form == 1:
            head += bytes([mask_bit | size])
        elif form == 3:
            head += bytes([mask_bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", size)
        if self.key is None:
            return head + self.payload
        return head + self.key + masked(self.payload, self.key)


def text(payload, **fields):
    return Frame(TEXT, payload.encode() if isinstance(payload, str) else payload, **fields)


def binary(payload, **fields):
    return Frame(BINARY, payload, **fields)


def ping(payload=b"", **fields):
    return Frame(PING, payload, **fields)


def pong(payload=b"", **fields):
    return Frame(PONG, payload, **fields)


def more(payload=b"", fin=False, **fields):
    """A continuation frame."""
    return Frame(CONTINUATION, payload, fin, **fields)


def close(code=None, reason=b"", **fields):
    return Frame(CLOSE, (b"" if code is None else struct.pack(">H", code)) + reason, **fields)


def fragments(opcode, payload, size):
    """A message in fragments of `size` bytes, the last of which may be shorter."""
    parts = [payload[at:at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return [Frame(opcode if i == 0 else CONTINUATION, part, fin=i == last) for i, part in enumerate(parts)]
