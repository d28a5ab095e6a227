# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 7: closing. The Autobahn cases accept several answers; here each has one: the code that was sent, or
none if none was sent, 1002 for a code that must not be sent, 1007 for a reason that is not UTF-8."""

from frames import close, more, ping, text
from payloads import HELLO, KOSME, text_of
from script import Answered, Fails, case, says

BAD = Fails(1002)


def _orders():
    closing = close(1000)
    yield case("7.1.1", "text, then close", [text(HELLO)], [says(HELLO)])
    yield case("7.1.2", "two close frames", [closing, close()], end=Answered())
    yield case("7.1.3", "ping after close", [closing, ping()], end=Answered())
    yield case("7.1.4", "text after close", [closing, text(HELLO)], end=Answered())
    yield case("7.1.5", "close inside a message", [text("begun", fin=False), closing, more(b"ended", fin=True)],
               end=Answered())
    large = text_of(256 * 1024)
    yield case("7.1.6", "256 KiB of text, text, close, ping", [text(large), text(HELLO), closing, ping()],
               [says(large), says(HELLO)], Answered())


def _payloads():
    yield case("7.3.1", "close without a code", [close()], end=Answered(None))
    yield case("7.3.2", "close of one byte", [close(None, b"a")], end=BAD)
    yield case("7.3.3", "close with a code", [close(1000)], end=Answered())
    yield case("7.3.4", "close with a code and a reason", [close(1000, HELLO.encode())], end=Answered())
    yield case("7.3.5", "close with the longest reason", [close(1000, b"*" * 123)], end=Answered())
    yield case("7.3.6", "close with a reason one byte too long", [close(1000, b"*" * 124)], end=BAD)
    yield case("7.5.1", "close with a reason that is no UTF-8", [close(1000, KOSME + b"\xed\xa0\x80edited")],
               end=Fails(1007))


def _codes():
    good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
    for i, code in enumerate(good, 1):
        yield case(f"7.7.{i}", f"close with {code}", [close(code)], end=Answered(code))
    for i, code in enumerate([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999], 1):
        yield case(f"7.9.{i}", f"close with {code}, which must not be sent", [close(code)], end=BAD)
    for i, code in enumerate([5000, 65535], 1):
        yield case(f"7.13.{i}", f"close with {code}, which means nothing", [close(code)], end=BAD)


CASES = [*_orders(), *_payloads(), *_codes()]
