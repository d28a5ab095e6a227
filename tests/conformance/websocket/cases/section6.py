# SPDX-License-Identifier: GPL-3.0-or-later
"""Section 6: UTF-8, whole and split, valid and invalid. The sequences are those of Markus Kuhn's decoder stress test
(https://www.cl.cam.ac.uk/~mgk25/ucs/examples/UTF-8-test.txt), which the Autobahn cases are based on as well."""

from frames import TEXT, fragments, more, ping, text
from payloads import KOSME
from script import Case, Conversation, Fails, Stage, case, pongs, says

GERMAN = "Hello-µ@ßöäüàá-UTF-8!!"
BAD = Fails(1007)
EDITED = b"edited"
SURROGATE = KOSME + b"\xed\xa0\x80" + EDITED
# Invalid from the second byte behind KOSME on: nothing past U+10FFFF begins with f4 90.
TOO_HIGH = b"\xf4\x90\x80\x80"


def _whole():
    yield case("6.1.1", "empty text", [text("")], [says("")])
    yield case("6.1.2", "text of three empty fragments", [text("", fin=False), more(), more(fin=True)], [says("")])
    yield case("6.1.3", "text whose first and last fragment are empty",
               [text("", fin=False), more(b"middle"), more(fin=True)], [says("middle")])
    german = GERMAN.encode()
    cut = german.index("ü".encode())
    yield case("6.2.1", "German", [text(GERMAN)], [says(GERMAN)])
    yield case("6.2.2", "German, cut between characters", [text(german[:cut], fin=False), more(german[cut:], fin=True)],
               [says(GERMAN)])
    yield case("6.2.3", "German in fragments of one byte", fragments(TEXT, german, 1), [says(GERMAN)])
    yield case("6.2.4", "Greek in fragments of one byte", fragments(TEXT, KOSME, 1), [says(KOSME)])
    yield case("6.3.1", "a surrogate", [text(SURROGATE)], end=BAD)
    yield case("6.3.2", "a surrogate in fragments of one byte", fragments(TEXT, SURROGATE, 1), end=BAD)


def _fail_fast():
    """What can become valid no more is refused although neither its frame nor its message has ended: what
    would come behind is never sent. That the part before is not refused is shown by a pong, or, inside a
    frame, by a valid end of the same beginning."""
    for number, bad in (("6.4.1", TOO_HIGH), ("6.4.2", TOO_HIGH[1:2])):
        good = KOSME if bad is TOO_HIGH else KOSME + TOO_HIGH[:1]
        stages = (Stage((text(good, fin=False), ping(b"so far")), (pongs(b"so far"),)), Stage((more(bad),)))
        yield Case(number, f"{len(bad)} bytes past U+10FFFF in the second fragment", (Conversation(stages, BAD),))
    for number, good, bad in (("6.4.3", KOSME, TOO_HIGH), ("6.4.4", KOSME + TOO_HIGH[:1], TOO_HIGH[1:2])):
        rest = TOO_HIGH[len(good) - len(KOSME) + len(bad):] + EDITED
        head_and_good, bad_alone = _cut(good, bad, rest)
        ends_well = good + b"\x8f\xbf\xbf" if good != KOSME else good + b"\xf4\x8f\xbf\xbf"
        first, second = _cut(good, ends_well[len(good):], b"")
        yield Case(number, f"{len(bad)} bytes past U+10FFFF in the second part of one frame", (
            Conversation((Stage((first,)), Stage((second,), (says(ends_well),)))),
            Conversation((Stage((head_and_good,)), Stage((bad_alone,))), BAD)))


def _cut(good, bad, rest):
    """The frame of all three, as the bytes up to `good` and those of `bad`."""
    frame = text(good + bad + rest).encode()
    head = len(frame) - len(good + bad + rest)
    return frame[:head + len(good)], frame[head + len(good):head + len(good + bad)]


def _noncharacters():
    yield b"\xef\xbf\xbe"
    yield b"\xef\xbf\xbf"
    for plane in range(1, 17):
        for last in (0xfffe, 0xffff):
            yield chr(plane << 16 | last).encode()


def _lonely_starts(first, last):
    return b"".join(bytes([byte]) + b" " for byte in range(first, last))


_LAST_MISSING = [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80",
                 b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"]
_PAIRS = [high + low for high in (b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf")
          for low in (b"\xed\xb0\x80", b"\xed\xbf\xbf")]

# (what, valid, invalid), in the order of their numbers from 6.5 on. _prefixes() makes 6.6.
_SEQUENCES = [
    ("valid", [b"hello$world", "hello¢world".encode(), "hello€world".encode(), "hello\U00024b62world".encode(), KOSME],
     []),
    ("prefixes of valid text", None, None),
    ("first of a length", [b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"], []),
    ("first of five and six bytes", [], [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"]),
    ("last of a length", [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"], []),
    ("last of four, five and six bytes", [],
     [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"]),
    ("other boundaries", [b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf"], [TOO_HIGH]),
    ("unexpected continuation bytes", [],
     [b"\x80", b"\xbf", *((b"\x80\xbf" * 3)[:size] for size in range(2, 7)), bytes(range(0x80, 0xbf))]),
    ("lonely first bytes", [], [_lonely_starts(0xc0, 0xdf), _lonely_starts(0xe0, 0xef), _lonely_starts(0xf0, 0xf7),
                                _lonely_starts(0xf8, 0xfb), _lonely_starts(0xfc, 0xfd)]),
    ("last byte missing", [], _LAST_MISSING),
    ("many with their last byte missing", [], [b"".join(_LAST_MISSING)]),
    ("impossible bytes", [], [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"]),
    ("overlong slash", [], [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf",
                            b"\xfc\x80\x80\x80\x80\xaf"]),
    ("highest overlong", [], [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf",
                              b"\xfc\x83\xbf\xbf\xbf\xbf"]),
    ("overlong NUL", [], [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80",
                          b"\xfc\x80\x80\x80\x80\x80"]),
    ("single surrogates", [], [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80",
                               b"\xed\xbe\x80", b"\xed\xbf\xbf"]),
    ("paired surrogates", [], _PAIRS),
    ("noncharacters", list(_noncharacters()), []),
    ("specials", [b"\xef\xbf\xb9", b"\xef\xbf\xba", b"\xef\xbf\xbb", b"\xef\xbf\xbc", b"\xef\xbf\xbd",
                  b"\xef\xbf\xbe", b"\xef\xbf\xbf"], []),
]


def _prefixes():
    """Of KOSME, each valid where it ends with a character."""
    ends = {2, 5, 7, 9, 11}
    return [(KOSME[:size], size in ends) for size in range(1, len(KOSME) + 1)]


def _sequences():
    for minor, (what, valid, invalid) in enumerate(_SEQUENCES, 5):
        rows = _prefixes() if valid is None else [(row, True) for row in valid] + [(row, False) for row in invalid]
        for i, (payload, good) in enumerate(rows, 1):
            title = f"{what}: {payload.hex() if len(payload) < 20 else payload[:20].hex() + '...'}"
            if good:
                yield case(f"6.{minor}.{i}", title, [text(payload)], [says(payload)])
            else:
                yield case(f"6.{minor}.{i}", title, [text(payload)], end=BAD)


CASES = [*_whole(), *_fail_fast(), *_sequences()]
