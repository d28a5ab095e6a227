# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 9, messages of up to 16 MiB, in many pieces, and a thousand one after the other; and section 10."""

from frames import BINARY, TEXT, Frame, binary, fragments, text
from payloads import bytes_of, text_of
from script import Case, Conversation, Stage, gives, says

KI = 1024
MI = 1024 * KI


def _large(number, title, opcode, size, fragment=None, chop=None):
    def conversations():
        payload = text_of(size) if opcode == TEXT else bytes_of(size)
        send = fragments(opcode, payload, fragment) if fragment else [Frame(opcode, payload)]
        expect = says(payload) if opcode == TEXT else gives(payload)
        return (Conversation((Stage(tuple(send), (expect,), chop),)),)
    return Case(number, title, conversations)


def _many(number, title, opcode, size, count=1000):
    """Each is only sent when the one before has come back."""
    def conversations():
        payload = text_of(size) if opcode == TEXT else bytes_of(size)
        frame = (text if opcode == TEXT else binary)(payload).encode()
        stage = Stage((frame,), (says(payload) if opcode == TEXT else gives(payload),))
        return (Conversation((stage,) * count),)
    return Case(number, title, conversations)


def _section9():
    for opcode, kind, whole, cut, chopped, many in ((TEXT, "text", "9.1", "9.3", "9.5", "9.7"),
                                                    (BINARY, "binary", "9.2", "9.4", "9.6", "9.8")):
        for i, size in enumerate((64 * KI, 256 * KI, MI, 4 * MI, 8 * MI, 16 * MI), 1):
            yield _large(f"{whole}.{i}", f"{kind} of {size // KI} KiB", opcode, size)
        sizes = (64, 256, KI, 4 * KI, 16 * KI, 64 * KI, 256 * KI, MI, 4 * MI)
        for i, size in enumerate(sizes, 1):
            yield _large(f"{cut}.{i}", f"{kind} of 4 MiB in fragments of {size}", opcode, 4 * MI, fragment=size)
        for i, chop in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            yield _large(f"{chopped}.{i}", f"{kind} of 1 MiB in chops of {chop}", opcode, MI, chop=chop)
        for i, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
            yield _many(f"{many}.{i}", f"1,000 times {kind} of {size} bytes", opcode, size)


CASES = [*_section9(), _large("10.1.1", "text of 64 KiB in fragments of 1,300", TEXT, 64 * KI, fragment=1300)]
