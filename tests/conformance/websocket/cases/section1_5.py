# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections 1 to 5: messages, pings and pongs, reserved bits, reserved opcodes, fragments."""

from frames import Frame, binary, close, more, ping, pong, text
from payloads import HELLO, NO_TEXT, bytes_of, text_of
from script import Answered, Case, Conversation, Fails, Stage, case, gives, pongs, says

BAD = Fails(1002)


def _messages():
    sizes = [0, 125, 126, 127, 128, 65535, 65536, 65536]
    for i, size in enumerate(sizes, 1):
        chop = 997 if i == 8 else None
        how = " in chops of 997" if chop else ""
        yield case(f"1.1.{i}", f"text of {size} bytes{how}", [text(text_of(size))], [says(text_of(size))], chop=chop)
        yield case(f"1.2.{i}", f"binary of {size} bytes{how}", [binary(bytes_of(size))], [gives(bytes_of(size))],
                   chop=chop)


def _pings():
    ten = [f"payload-{i}".encode() for i in range(10)]
    yield case("2.1", "empty ping", [ping()], [pongs()])
    yield case("2.2", "ping with text", [ping(HELLO.encode())], [pongs(HELLO.encode())])
    yield case("2.3", "ping with bytes that are no text", [ping(NO_TEXT)], [pongs(NO_TEXT)])
    yield case("2.4", "ping of 125 bytes", [ping(bytes_of(125))], [pongs(bytes_of(125))])
    yield case("2.5", "ping of 126 bytes", [ping(bytes_of(126))], end=BAD)
    yield case("2.6", "ping of 125 bytes, byte by byte", [ping(bytes_of(125))], [pongs(bytes_of(125))], chop=1)
    yield case("2.7", "unasked pong, then close", [pong(), close(1000)], end=Answered())
    yield case("2.8", "unasked pong with a payload, then close", [pong(b"unasked"), close(1000)], end=Answered())
    yield case("2.9", "unasked pong, then ping", [pong(b"unasked"), ping(b"asked")], [pongs(b"asked")])
    for number, chop in (("2.10", None), ("2.11", 1)):
        yield case(number, "ten pings" + (", byte by byte" if chop else ""), map(ping, ten), map(pongs, ten), chop=chop)


def _reserved_bits():
    hello = text(HELLO)
    yield case("3.1", "text with RSV 1", [text(HELLO, rsv=1)], end=BAD)
    for number, rsv, chop in (("3.2", 2, None), ("3.3", 3, "frames"), ("3.4", 4, 1)):
        yield case(number, f"text, text with RSV {rsv}, ping", [hello, text(HELLO, rsv=rsv), ping()], [says(HELLO)],
                   BAD, chop)
    yield case("3.5", "binary with RSV 5", [binary(NO_TEXT, rsv=5)], end=BAD)
    yield case("3.6", "ping with RSV 6", [ping(HELLO.encode(), rsv=6)], end=BAD)
    yield case("3.7", "close with RSV 7", [close(rsv=7)], end=BAD)


def _reserved_opcodes():
    for section, first in (("4.1", 3), ("4.2", 11)):
        alone = [Frame(first), Frame(first + 1, b"with a payload")]
        for i, frame in enumerate(alone, 1):
            yield case(f"{section}.{i}", f"opcode {frame.opcode}", [frame], end=BAD)
        between = [(Frame(first + 2), None), (Frame(first + 3, HELLO.encode()), None),
                   (Frame(first + 4, HELLO.encode()), 1)]
        for i, (frame, chop) in enumerate(between, 3):
            yield case(f"{section}.{i}", f"text, opcode {frame.opcode}, ping", [text(HELLO), frame, ping()],
                       [says(HELLO)], BAD, chop)


def _fragments():
    one, two, three, four = (f"fragment{i}".encode() for i in range(1, 5))
    begun, ended = text(one, fin=False), more(two, fin=True)
    both = says(one + two)
    yield case("5.1", "ping in two fragments", [ping(one, fin=False), more(two, fin=True)], end=BAD)
    yield case("5.2", "pong in two fragments", [pong(one, fin=False), more(two, fin=True)], end=BAD)
    chops = (("together", None), ("frame by frame", "frames"), ("byte by byte", 1))
    for i, (how, chop) in enumerate(chops):
        yield case(f"5.{3 + i}", f"text in two fragments, {how}", [begun, ended], [both], chop=chop)
        yield case(f"5.{6 + i}", f"a ping between two fragments, {how}", [begun, ping(b"between"), ended],
                   [pongs(b"between"), both], chop=chop)
        for first, fin in ((9, True), (12, False)):
            kind = "whole" if fin else "unfinished"
            yield case(f"5.{first + i}", f"a {kind} continuation of nothing, then text, {how}",
                       [more(b"of nothing", fin=fin), text(HELLO)], end=BAD, chop=chop)
    yield case("5.15", "text in two fragments, an unfinished continuation of nothing, text",
               [begun, ended, more(three), text(four)], [both], BAD)
    for number, fin in (("5.16", False), ("5.17", True)):
        yield case(number, "twice: a continuation of nothing, text in two fragments",
                   [more(one, fin=fin), text(two, fin=False), more(three, fin=True)] * 2, end=BAD)
    yield case("5.18", "two fragments, both with the opcode of text", [begun, text(two)], end=BAD)
    yield from _long_fragments()


def _long_fragments():
    """A ping is answered at once, although the message that it is inside has not ended: the rest is only sent
    when the pong has come."""
    parts = [f"fragment{i}".encode() for i in range(1, 6)]
    for number, chop in (("5.19", None), ("5.20", "frames")):
        stages = (
            Stage((text(parts[0], fin=False), more(parts[1]), ping(b"first")), (pongs(b"first"),), chop),
            Stage((more(parts[2]), more(parts[3]), ping(b"second"), more(parts[4], fin=True)),
                  (pongs(b"second"), says(b"".join(parts))), chop))
        yield Case(number, "pings inside a text of five fragments", (Conversation(stages),))


CASES = [*_messages(), *_pings(), *_reserved_bits(), *_reserved_opcodes(), *_fragments()]
