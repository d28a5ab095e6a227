# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunked bodies: sizes, extensions, ends, trailers."""

from case import BODY, CHUNKED, HIDDEN, LAST_CHUNK, READ, answered, chunk, ends, post, refused

RULE = "RFC 9112 7.1"
HALF = len(BODY) // 2


def chunked(body, **options):
    return post(CHUNKED, body=body, **options)


BAD_SIZES = (
    ("nothing", b""),
    ("no digit", b"zz"),
    ("negative", b"-5"),
    ("with a plus", b"+5"),
    ("with 0x", b"0x5"),
    ("a space before", b" 5"),
    ("a tab before", b"\t5"),
    ("a space behind", b"5 "),
    ("a letter behind", b"5g"),
    ("an underscore", b"0_5"),
    ("a vertical tab behind", b"5\x0b"),
    ("NUL behind", b"5\x00"),
    ("2^64-1", b"FFFFFFFFFFFFFFFF"),
    ("2^64+5", b"10000000000000005"),
    ("2^32 in too many digits", b"0000000000100000000"),
    ("a comma", b"5,5"),
    ("an equals sign", b"5=5"),
    ("in quotes", b'"5"'),
    ("digits of another script", "\u0665".encode()),
)

BAD_EXTENSIONS = (
    ("bare LF at its end", b"5;a\n", "CVE-2025-22871"),
    ("bare LF inside", b"5;a\nb\r\n", "CVE-2025-22871"),
    ("bare CR inside", b"5;a\rb\r\n", RULE),
    ("NUL inside", b"5;a\x00\r\n", RULE),
    ("two CRs", b"5;a\r\r\n", RULE),
    ("no semicolon", b"5 a\r\n", RULE),
)

BAD_TRAILERS = (
    ("no colon", b"x"),
    ("no name", b": x"),
    ("a space in the name", b"a b: x"),
    ("a space before the colon", b"a : x"),
    ("a folded line", b"a: x\r\n y"),
    ("bare LF", b"a: x\nb: y"),
    ("bare CR", b"a: x\rb: y"),
    ("NUL", b"a: \x00"),
    ("a request line", b"GET /health HTTP/1.1"),
)

CASES = [
    *(refused(f"chunk size: {what}", RULE, chunked(size + b"\r\nhello\r\n" + LAST_CHUNK + HIDDEN)) for what, size in BAD_SIZES),
    *(refused(f"chunk extension: {what}", source, chunked(line + b"hello\r\n" + LAST_CHUNK + HIDDEN))
      for what, line, source in BAD_EXTENSIONS),
    *(refused(f"trailer: {what}", "RFC 9112 7.1.2", chunked(b"0\r\n" + line + b"\r\n\r\n" + HIDDEN)) for what,
      line in BAD_TRAILERS),
    refused("chunk size: ended by bare LF", RULE, chunked(b"5\nhello\r\n" + LAST_CHUNK + HIDDEN)),
    refused("chunk size: ended by bare CR", RULE, chunked(b"5\rhello\r\n" + LAST_CHUNK + HIDDEN)),
    refused("chunk: shorter than it is", RULE, chunked(b"4\r\nhello\r\n" + LAST_CHUNK + HIDDEN)),
    refused("chunk: longer than it is", RULE, chunked(b"8\r\nhello\r\n" + LAST_CHUNK + HIDDEN)),
    refused("chunk: no end of line behind it", RULE, chunked(b"5\r\nhello" + LAST_CHUNK + HIDDEN)),
    refused("chunk: bare LF behind it", RULE, chunked(b"5\r\nhello\n" + LAST_CHUNK + HIDDEN)),
    refused("chunk: bare CR behind it", RULE, chunked(b"5\r\nhello\r" + LAST_CHUNK + HIDDEN)),
    refused("chunk: two bytes behind it that are no end of line", "CVE-2023-27522",
            chunked(b"5\r\nhelloXX" + LAST_CHUNK + HIDDEN)),
    refused("last chunk: no empty line, and a request at once", RULE, chunked(b"0\r\n" + HIDDEN)),
    refused("last chunk: bare LF for the empty line", RULE, chunked(b"0\r\n\n" + HIDDEN)),
    refused("last chunk: bare LFs", RULE, chunked(b"0\n\n" + HIDDEN)),
    ends("chunks that end too early", "RFC 9112 8", chunked(chunk(BODY)), 400, ends_sending=True),
    ends("a chunk that ends too early", "RFC 9112 8", chunked(b"ff\r\nhello"), 400, ends_sending=True),
    ends("trailers that end too early", "RFC 9112 8", chunked(b"0\r\na: b\r\n"), 400, ends_sending=True),
    answered("chunks: two", RULE, chunked(chunk(BODY[:HALF]) + chunk(BODY[HALF:]) + LAST_CHUNK), READ),
    answered("chunks: one for each byte", RULE, chunked(b"".join(chunk(BODY[i:i + 1]) for i in range(len(BODY))) + LAST_CHUNK),
             READ),
    answered("chunk size: leading zeros, capitals", RULE,
             chunked(f"0000{len(BODY):X}\r\n".encode() + BODY + b"\r\n000\r\n\r\n"), READ),
    answered("chunk extension: a name", RULE, chunked(chunk(BODY, b";a") + LAST_CHUNK), READ),
    answered("chunk extension: name and value", RULE, chunked(chunk(BODY, b";a=b;c=d") + LAST_CHUNK), READ),
    answered("chunk extension: a quoted value", RULE, chunked(chunk(BODY, b';a="b;c=\\"d"') + b"0;z\r\n\r\n"), READ),
    answered("chunk extension: white space before it", RULE, chunked(chunk(BODY, b" \t;a") + LAST_CHUNK), READ),
    answered("trailers are not mixed with the head", "RFC 9110 6.5.1",
             chunked(chunk(BODY) + b"0\r\nContent-Length: 5\r\nHost: evil\r\nTransfer-Encoding: cow\r\nConnection: close\r\n\r\n"), READ),
    answered("an empty body in chunks", RULE, chunked(LAST_CHUNK), 400),
    answered("a request inside a chunk", RULE, chunked(chunk(HIDDEN) + LAST_CHUNK), 400),
    answered("a request inside an extension", RULE, chunked(chunk(BODY, b";POST /register HTTP/1.1") + LAST_CHUNK), READ),
]
