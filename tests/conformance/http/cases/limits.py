# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented limits (README.md, `[limits]`): values just inside and just outside of them."""

from case import CHUNKED, HIDDEN, LAST_CHUNK, READ, BODY, answered, chunk, post, refused, request

KIBI = 1024
URL = 8 * KIBI
BLOCK = 32 * KIBI
FIELDS = 100
BODY_BYTES = 64 * KIBI
CHUNK_LINE = 1024  # a size with its extensions

# A body that is text of the right length, and no JSON.
FILLED = b"x" * BODY_BYTES


def target_of(length):
    return "/health?" + "a" * (length - len("/health?"))


def block_of(length):
    """A head whose fields with their ends of line, and the empty line, are so many bytes."""
    lines = ["Host: localhost"] + ["X: " + "y" * 1000] * 30
    rest = length - sum(len(line) + 2 for line in lines) - 2
    return request("GET", "/health", *lines[1:], "Z: " + "y" * (rest - 5))


CASES = [
    answered("limit: the longest target", "RFC 9110 15.5.15", request("GET", target_of(URL))),
    refused("limit: a target one byte too long", "RFC 9110 15.5.15", request("GET", target_of(URL + 1)) + HIDDEN, 414),
    refused("limit: a target without an end", "RFC 9110 15.5.15", b"GET /" + b"a" * (3 * URL), 414),
    refused("limit: an absolute target too long", "RFC 9110 15.5.15", request("GET", "http://localhost/" + "a" * URL) + HIDDEN,
            414),
    refused("limit: a method without an end", "RFC 9112 3", b"A" * (3 * URL)),
    refused("limit: a version without an end", "RFC 9112 3", b"GET / " + b"H" * (3 * URL)),
    answered("limit: the largest head", "RFC 6585 5", block_of(BLOCK)),
    refused("limit: a head one byte too large", "RFC 6585 5", block_of(BLOCK + 1) + HIDDEN, 431),
    refused("limit: a value without an end", "RFC 6585 5",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (2 * BLOCK), 431),
    refused("limit: a name without an end", "RFC 6585 5", b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"y" * (2 * BLOCK),
            431),
    answered("limit: as many fields as may be", "RFC 6585 5", request("GET", "/health", *["X: y"] * (FIELDS - 1))),
    refused("limit: one field too many", "RFC 6585 5", request("GET", "/health", *["X: y"] * FIELDS) + HIDDEN, 431),
    refused("limit: 10,000 fields", "RFC 6585 5", request("GET", "/health", *["X: y"] * 10_000) + HIDDEN, 431),
    refused("limit: a length hidden behind too many fields", "RFC 6585 5",
            post(*["X: y"] * FIELDS, f"Content-Length: {len(HIDDEN)}", body=HIDDEN), 431),
    answered("limit: the largest body", "RFC 9110 15.5.14", post(f"Content-Length: {BODY_BYTES}", body=FILLED), 400),
    refused("limit: a body one byte too large", "RFC 9110 15.5.14",
            post(f"Content-Length: {BODY_BYTES + 1}", body=FILLED + b"x"), 413),
    refused("limit: a body of 10^18-1", "RFC 9110 15.5.14", post("Content-Length: " + "9" * 18, body=HIDDEN), 413),
    answered("limit: the largest body in a chunk", "RFC 9110 15.5.14", post(CHUNKED, body=chunk(FILLED) + LAST_CHUNK), 400),
    answered("limit: the largest body in chunks", "RFC 9110 15.5.14",
             post(CHUNKED, body=chunk(FILLED[:KIBI]) * 64 + LAST_CHUNK), 400),
    refused("limit: a chunk one byte too large", "RFC 9110 15.5.14",
            post(CHUNKED, body=chunk(FILLED + b"x") + LAST_CHUNK + HIDDEN), 413),
    refused("limit: chunks of one byte too many", "RFC 9110 15.5.14",
            post(CHUNKED, body=chunk(FILLED) + chunk(b"x") + LAST_CHUNK + HIDDEN), 413),
    refused("limit: a chunk of 12 digits", "RFC 9110 15.5.14", post(CHUNKED, body=b"FFFFFFFFFFFF\r\n" + HIDDEN), 413),
    answered("limit: the longest chunk extension", "RFC 9112 7.1.1",
             post(CHUNKED, body=chunk(BODY, b";" + b"a" * (CHUNK_LINE - 5)) + LAST_CHUNK), READ),
    refused("limit: a chunk extension too long", "RFC 9112 7.1.1",
            post(CHUNKED, body=chunk(BODY, b";" + b"a" * CHUNK_LINE) + LAST_CHUNK + HIDDEN)),
    refused("limit: a chunk extension without an end", "CVE-2024-22019", post(CHUNKED, body=b"5;" + b"a" * (2 * BLOCK))),
    refused("limit: too many chunk extensions", "CVE-2023-39326",
            post(CHUNKED, body=chunk(b"x", b";" + b"a" * 900) * 40 + LAST_CHUNK + HIDDEN)),
    refused("limit: zeros before a chunk size without an end", "RFC 9112 7.1", post(CHUNKED, body=b"0" * (2 * BLOCK))),
    refused("limit: trailers too large", "RFC 9112 7.1.2", post(CHUNKED,
                                                                body=chunk(BODY) + b"0\r\n" + b"a: b\r\n" * 6000 + b"\r\n" + HIDDEN)),
    refused("limit: a trailer without an end", "RFC 9112 7.1.2",
            post(CHUNKED, body=chunk(BODY) + b"0\r\na: " + b"b" * (2 * BLOCK))),
    refused("limit: empty lines without an end", "RFC 9112 2.2", b"\r\n" * 1000),
]
