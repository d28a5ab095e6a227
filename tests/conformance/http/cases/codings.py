# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfer-Encoding: `chunked`, once, alone, or nothing."""

from case import BODY, CHUNKED, HIDDEN, LAST_CHUNK, LENGTH, READ, answered, chunk, post, refused, request

RULE = "RFC 9112 6.1, 6.3"
CHUNKS = chunk(BODY) + LAST_CHUNK
# To whom believes the coding this is a body; to whom does not, a request behind `0 CR LF CR LF` or at once.
EITHER = LAST_CHUNK + HIDDEN

BAD_VALUES = (
    ("xchunked", "xchunked"),
    ("chunkedx", "chunkedx"),
    ("chunke", "chunke"),
    ("identity", "identity"),
    ("gzip alone", "gzip"),
    ("not last", "chunked, gzip"),
    ("not last, identity", "chunked, identity"),
    ("twice in a list", "chunked, chunked"),
    ("with a parameter", "chunked;q=1"),
    ("a space inside", "chun ked"),
    ("two words", "chunked chunked"),
    ("nothing", ""),
    ("in quotes", '"chunked"'),
    ("in apostrophes", "'chunked'"),
    ("a list with nothing before it", ", chunked"),
    ("a list with nothing behind it", "chunked,"),
    ("a colon before it", ": chunked"),
    ("vertical tab before", "\x0bchunked"),
    ("vertical tab behind", "chunked\x0b"),
    ("form feed behind", "chunked\x0c"),
    ("NUL behind", "chunked\x00"),
    ("NUL before", "\x00chunked"),
    ("DEL behind", "chunked\x7f"),
    ("a byte above ASCII behind", b"chunked\xff"),
    ("no-break space before", b"\xa0chunked"),
    ("a dotless i away from ASCII", "c\u0125unked".encode()),
)


def coded(value):
    return post(b"Transfer-Encoding: " + (value if isinstance(value, bytes) else value.encode()), body=EITHER)


CASES = [
    *(refused(f"coding: {what}", RULE, coded(value)) for what, value in BAD_VALUES),
    refused("coding: gzip below chunked", "RFC 9112 6.1", coded("gzip, chunked"), 501),
    refused("coding: an unknown one below chunked", "RFC 9112 6.1", coded("cow, chunked"), 501),
    refused("coding: two lines", RULE, post(CHUNKED, CHUNKED, body=EITHER)),
    refused("coding: two lines, identity first", RULE, post("Transfer-Encoding: identity", CHUNKED, body=EITHER)),
    refused("coding: two lines, identity last", RULE, post(CHUNKED, "Transfer-Encoding: identity", body=EITHER)),
    refused("coding: two lines in different case", RULE, post(CHUNKED, "transfer-encoding: x", body=EITHER)),
    refused("coding and length", "RFC 9112 6.1", post(CHUNKED, f"Content-Length: {len(EITHER)}", body=EITHER)),
    refused("length and coding", "RFC 9112 6.1", post(f"Content-Length: {len(EITHER)}", CHUNKED, body=EITHER)),
    refused("length zero and coding", "RFC 9112 6.1", post("Content-Length: 0", CHUNKED, body=CHUNKS + HIDDEN)),
    refused("length and a coding that nobody knows", "RFC 9112 6.1",
            post(LENGTH, "Transfer-Encoding: cow", body=BODY + HIDDEN)),
    refused("length and an empty coding", "RFC 9112 6.1", post(LENGTH, "Transfer-Encoding:", body=BODY + HIDDEN)),
    refused("coding in HTTP/1.0", "RFC 9112 6.1", post(CHUNKED, version="HTTP/1.0", body=EITHER)),
    refused("coding and length in HTTP/1.0", "RFC 9112 6.1", post(CHUNKED, LENGTH, version="HTTP/1.0", body=EITHER)),
    refused("coding: a space before its colon", "RFC 9112 5.1", post("Transfer-Encoding : chunked", LENGTH, body=EITHER)),
    refused("coding: a tab before its colon", "RFC 9112 5.1", post("Transfer-Encoding\t: chunked", LENGTH, body=EITHER)),
    refused("coding: a space before its name", "RFC 9112 5.2",
            post("X: y", " Transfer-Encoding: chunked", LENGTH, body=EITHER)),
    refused("coding: on a folded line", "RFC 9112 5.2", post("Transfer-Encoding:", " chunked", body=EITHER)),
    refused("coding: continued on a folded line", "RFC 9112 5.2",
            post("Transfer-Encoding: chun", "\tked", LENGTH, body=EITHER)),
    refused("coding: behind a bare LF", "RFC 9112 2.2", post("X: y\nTransfer-Encoding: chunked", LENGTH, body=EITHER)),
    refused("coding: behind a bare CR", "RFC 9112 2.2", post("X: y\rTransfer-Encoding: chunked", LENGTH, body=EITHER)),
    refused("coding: a Kelvin sign for the k", "RFC 9110 5.1", post("Transfer-Encoding: chun\u212aed".encode(), body=EITHER)),
    answered("coding: in capitals", "RFC 9112 7", post("TRANSFER-ENCODING: CHUNKED", body=CHUNKS), READ),
    answered("coding: white space around it", "RFC 9110 5.5", post("Transfer-Encoding:\t chunked \t", body=CHUNKS), READ),
    answered("coding: of a GET", "RFC 9110 9.3.1", request("GET", "/health", CHUNKED, body=chunk(HIDDEN) + LAST_CHUNK)),
    answered("coding: named hop-by-hop", "RFC 9110 7.6.1", post(CHUNKED, "Connection: transfer-encoding", body=CHUNKS), READ),
    answered("length: named hop-by-hop", "RFC 9110 7.6.1", post(LENGTH, "Connection: content-length", body=BODY), READ),
]
