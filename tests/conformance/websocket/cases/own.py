# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases that Autobahn does not have, with numbers of the project's own: R.1 masks and lengths, R.2 byte order marks,
NUL and binary, R.3 one byte at a time, R.4 data after the end."""

from frames import BINARY, CLOSE, PING, PONG, TEXT, Frame, binary, close, fragments, more, ping, pong, text
from payloads import HELLO, KOSME
from script import Answered, Case, Conversation, Fails, Stage, case, gives, pongs, says

BAD = Fails(1002)
BOM = b"\xef\xbb\xbf"
ANNOUNCED = 300 * 1000 * 1000


def _masks():
    """RFC 6455 section 5.1: a server must close when it gets an unmasked frame."""
    unmasked = {"key": None}
    rows = [("text", text(HELLO, **unmasked)), ("empty text", text("", **unmasked)),
            ("binary", binary(b"a", **unmasked)), ("ping", ping(b"a", **unmasked)), ("pong", pong(**unmasked)),
            ("close", close(1000, **unmasked))]
    for i, (what, frame) in enumerate(rows, 1):
        yield case(f"R.1.{i}", f"unmasked {what}", [frame], end=BAD)
    yield case("R.1.7", "text, unmasked text", [text(HELLO), text(HELLO, **unmasked)], [says(HELLO)], BAD)
    yield case("R.1.8", "unmasked second fragment", [text("a", fin=False), more(b"b", fin=True, **unmasked)], end=BAD)
    yield case("R.1.9", "a key of zeros is a key", [text(HELLO, key=bytes(4))], [says(HELLO)])
    yield case("R.1.10", "a key of ones", [text(KOSME, key=b"\xff" * 4)], [says(KOSME)])


def _lengths():
    """RFC 6455 section 5.2: the fewest bytes, the highest bit of 64 not set."""
    rows = [("5 in 16 bits", text("12345", form=3)), ("5 in 64 bits", text("12345", form=9)),
            ("125 in 16 bits", text("a" * 125, form=3)), ("65,535 in 64 bits", text("a" * 65535, form=9)),
            ("a ping's 5 in 16 bits", ping(b"12345", form=3)), ("a close's 2 in 16 bits", close(1000, form=3)),
            ("2^63", text("", length=1 << 63, form=9)), ("2^64-1", text("", length=(1 << 64) - 1, form=9))]
    for i, (what, frame) in enumerate(rows, 11):
        yield case(f"R.1.{i}", f"a length of {what}", [frame], end=BAD)
    yield case("R.1.19", "300 MB announced, refused by the length alone", [text("", length=ANNOUNCED)],
               end=Fails(1009))
    yield case("R.1.20", "300 MB of binary announced", [binary(b"", length=ANNOUNCED)], end=Fails(1009))
    yield case("R.1.21", "2^63-1 announced behind a fragment",
               [text(HELLO, fin=False), more(length=(1 << 63) - 1, form=9)], end=Fails(1009))
    for i, (what, frame) in enumerate((("ping", ping(b"a", fin=False)), ("pong", pong(fin=False)),
                                       ("close", close(1000, fin=False))), 22):
        yield case(f"R.1.{i}", f"an unfinished {what}, refused by itself", [frame], end=BAD)


def _contents():
    marked = BOM + KOSME
    yield case("R.2.1", "a leading BOM stays", [text(marked)], [says(marked)])
    yield case("R.2.2", "a BOM alone", [text(BOM)], [says(BOM)])
    yield case("R.2.3", "a BOM in fragments of one byte", fragments(TEXT, marked, 1), [says(marked)])
    yield case("R.2.4", "a BOM in the middle and at the end", [text(KOSME + BOM + KOSME + BOM)],
               [says(KOSME + BOM + KOSME + BOM)])
    yield case("R.2.5", "a BOM of UTF-16 is no text", [text(b"\xff\xfea\0")], end=Fails(1007))
    yield case("R.2.6", "NUL", [text("a\0b"), text("\0"), text("c\0")], [says("a\0b"), says("\0"), says("c\0")])
    yield case("R.2.7", "binary in fragments stays binary, cut characters and all",
               fragments(BINARY, KOSME + b"\xff", 1), [gives(KOSME + b"\xff")])
    yield case("R.2.8", "text after binary is checked as text", [binary(b"\xff"), text(b"\xff")], [gives(b"\xff")],
               Fails(1007))
    yield case("R.2.9", "a character begun in one message is not ended by the next",
               [text(KOSME[:1], fin=True), text(KOSME[1:])], end=Fails(1007))
    yield case("R.2.10", "a ping inside a character", [text(KOSME[:1], fin=False), ping(b"\xff"),
                                                      more(KOSME[1:], fin=True)], [pongs(b"\xff"), says(KOSME)])
    yield case("R.2.11", "text inside a fragmented binary message", [binary(b"a", fin=False), text("b")], end=BAD)
    yield case("R.2.12", "binary inside a fragmented text", [text("a", fin=False), binary(b"b")], end=BAD)


def _bytewise():
    whole = [text(HELLO), *fragments(TEXT, KOSME, 2), ping(b"p"), binary(b"\xff\x00"), pong(b"unasked"), text("a" * 130)]
    expect = [says(HELLO), says(KOSME), pongs(b"p"), gives(b"\xff\x00"), says("a" * 130)]
    yield case("R.3.1", "a conversation byte by byte", whole, expect, chop=1)
    yield case("R.3.2", "a conversation in pieces of three", whole, expect, chop=3)
    yield case("R.3.3", "a conversation in one piece", whole, expect)
    yield case("R.3.4", "a close frame byte by byte", [close(4321, HELLO.encode())], end=Answered(4321), chop=1)
    head = text("a" * 200).encode()[:7]
    # Half a head keeps nobody waiting and is no fault: the connection simply goes on once the rest comes.
    yield Case("R.3.5", "half a head, then the rest", (
        Conversation((Stage((head,)), Stage((text("a" * 200).encode()[7:],), (says("a" * 200),)))),))


def _afterwards():
    closing = close(1000)
    rows = [("invalid UTF-8", text(b"\xff")), ("a reserved opcode", Frame(3)), ("an unmasked frame", text("a", key=None)),
            ("another code", close(1001)), ("300 MB announced", text("", length=ANNOUNCED)), ("noise", b"\x00" * 1000)]
    for i, (what, behind) in enumerate(rows, 1):
        yield case(f"R.4.{i}", f"{what} after close", [closing, behind], end=Answered())
    yield case("R.4.7", "text after a fault is not read", [Frame(3), text(HELLO)], end=BAD)
    yield case("R.4.8", "close after a fault is not read", [text(b"\xff"), closing], end=Fails(1007))
    for i, opcode in enumerate((TEXT, BINARY, PING, PONG), 9):
        yield case(f"R.4.{i}", f"opcode {opcode} after close, byte by byte", [closing, Frame(opcode, b"a")],
                   end=Answered(), chop=1)
    yield case("R.4.13", "one byte of a close frame's code, unfinished fragment before",
               [text("a", fin=False), Frame(CLOSE, b"\x03")], end=BAD)
    for i, code in enumerate((1012, 1013, 1014), 14):
        yield case(f"R.4.{i}", f"close with {code}, of the IANA registry", [close(code)], end=Answered(code))
    yield case("R.4.17", "close with 1015, which must not be sent", [close(1015)], end=BAD)


CASES = [*_masks(), *_lengths(), *_contents(), *_bytewise(), *_afterwards()]
