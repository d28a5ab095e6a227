# SPDX-License-Identifier: GPL-3.0-or-later
"""33 requests modelled on h1spec: fifteen incomplete ones, which must be waited for and then answered, and
eighteen that get one answer each."""

from case import BODY, CHUNKED, LENGTH, READ, answered, chunk, LAST_CHUNK, played, post, refused, request

WHOLE = request(host="Host: localhost")
CUTS = (
    ("a part of the method", b"G"),
    ("the method", b"GET "),
    ("a part of the target", b"GET /hea"),
    ("the target", b"GET /health "),
    ("a part of the version", b"GET /health HTTP"),
    ("the version", b"GET /health HTTP/1.1"),
    ("the request line without its LF", b"GET /health HTTP/1.1\r"),
    ("the request line", b"GET /health HTTP/1.1\r\n"),
    ("a part of a field's name", b"GET /health HTTP/1.1\r\nHos"),
    ("a field's name", b"GET /health HTTP/1.1\r\nHost:"),
    ("a field's name and a space", b"GET /health HTTP/1.1\r\nHost: "),
    ("a field without its end", b"GET /health HTTP/1.1\r\nHost: localhost"),
    ("a field without its LF", b"GET /health HTTP/1.1\r\nHost: localhost\r"),
    ("a head without its last line", b"GET /health HTTP/1.1\r\nHost: localhost\r\n"),
    ("a head without its last LF", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r"),
)
RULE = "RFC 9112 3, 5, 6"

CASES = [
    *(played(f"only {what} is waited behind", "RFC 9112 2.2", (cut, ()), (WHOLE.removeprefix(cut), 200)) for what, cut in CUTS),
    refused("no version", RULE, b"GET / \r\n\r\n"),
    answered("an expectation without a body", "RFC 9110 10.1.1", request("GET", "/health", "Expect: 100-continue")),
    answered("a plain GET", RULE, request()),
    answered("a tab before a value, odd case, an empty field", RULE,
             request("GET", "/health", "empty:", host="hoSt:\tlocalhost")),
    refused("brackets in a field's name", "RFC 9110 5.1", request("GET", "/health", "X-Invalid[]: test")),
    refused("no Host", "RFC 9112 3.2", request("GET", "/health", "Content-Length: 5", host=None)),
    refused("two Hosts", "RFC 9112 3.2", request("GET", "/health", "Host: example.org")),
    refused("a length far below zero", "RFC 9112 6.3", request("GET", "/health",
                                                               "Content-Length: -123456789123456789123456789")),
    refused("a length below zero", "RFC 9112 6.3", request("GET", "/health", "Content-Length: -1234")),
    refused("a length in letters", "RFC 9112 6.3", request("GET", "/health", "Content-Length: abc")),
    answered("an empty value", RULE, request("GET", "/health", "X-Empty: ")),
    refused("BEL in a value", "RFC 9110 5.5", request("GET", "/health", "X-Bad: test\x07")),
    refused("HTTP/9.9", "RFC 9112 2.3", request(version="HTTP/9.9"), 505),
    refused("words before the method", RULE, b"Extra line" + WHOLE),
    refused("CR without LF before a field", "RFC 9112 2.2",
            b"GET /health HTTP/1.1\r\nHost: localhost\r\n\rSome-Header: Test\r\n\r\n"),
    answered("a body with its length", RULE, post(LENGTH, body=BODY), READ),
    answered("a body in a chunk", "RFC 9112 7.1", post(CHUNKED, body=chunk(BODY) + LAST_CHUNK), READ),
    refused("length and coding in odd case", "RFC 9112 6.1",
            post(f"content-LengtH: {len(BODY)}", "TransFer-Encoding: chunked", body=chunk(BODY) + LAST_CHUNK)),
]
