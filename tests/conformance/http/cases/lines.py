# SPDX-License-Identifier: GPL-3.0-or-later
"""Line ends, folded lines, control characters."""

from case import BODY, HIDDEN, LENGTH, answered, post, refused, request

LINES = "RFC 9112 2.2"
FOLDS = "RFC 9112 5.2"
VALUES = "RFC 9110 5.5"
CONTROLS = [code for code in range(0x20) if code not in (0x09, 0x0a, 0x0d)] + [0x7f]
HIDDEN_LENGTH = f"Content-Length: {len(HIDDEN)}"

CASES = [
    refused("bare LF behind the request line", LINES, b"GET /health HTTP/1.1\nHost: localhost\r\n\r\n" + HIDDEN),
    refused("bare LF behind a field", LINES, b"GET /health HTTP/1.1\r\nHost: localhost\n\r\n" + HIDDEN),
    refused("bare LF for the empty line", LINES, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\n" + HIDDEN),
    refused("bare LFs everywhere", LINES, b"GET /health HTTP/1.1\nHost: localhost\n\n" + HIDDEN),
    refused("bare LF before the request", LINES, b"\n" + request() + HIDDEN),
    refused("bare LF inside a value", LINES, request("GET", "/health", "X: a\nContent-Length: 0") + HIDDEN),
    refused("CR LF LF behind a field", LINES, request("GET", "/health", "X: a\r\n") [:-4] + b"\n\r\n" + HIDDEN),
    refused("LF CR for an end of line", LINES, b"GET /health HTTP/1.1\r\nHost: localhost\n\r\n\r" + HIDDEN),
    refused("bare CR behind the request line", LINES, b"GET /health HTTP/1.1\rHost: localhost\r\n\r\n" + HIDDEN),
    refused("bare CR inside a value", LINES, post("X: a\rContent-Length: 0", LENGTH, body=BODY + HIDDEN)),
    refused("bare CR at the end of a value", LINES, post("X: a\r", LENGTH, body=BODY + HIDDEN)),
    refused("bare CR in a name", LINES, post("X\rY: a", LENGTH, body=BODY + HIDDEN)),
    refused("bare CR before a name", LINES, post("\rX: a", LENGTH, body=BODY + HIDDEN)),
    refused("bare CR for the empty line", LINES, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r" + HIDDEN),
    refused("bare CRs everywhere", LINES, (request() + HIDDEN).replace(b"\r\n", b"\r") + b"\r\n\r\n"),
    refused("CR before the request", LINES, b"\r" + request() + HIDDEN),
    refused("CR CR LF", LINES, b"GET /health HTTP/1.1\r\r\nHost: localhost\r\n\r\n" + HIDDEN),
    refused("CR CR LF for the empty line", LINES, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\r\n" + HIDDEN),
    refused("a folded line with a space", FOLDS, post("X: a", " b", LENGTH, body=BODY + HIDDEN)),
    refused("a folded line with a tab", FOLDS, post("X: a", "\tb", LENGTH, body=BODY + HIDDEN)),
    refused("a folded line that is empty", FOLDS, post("X: a", " ", LENGTH, body=BODY + HIDDEN)),
    refused("a folded Host", FOLDS, request(host="Host: local\r\n host") + HIDDEN),
    refused("a folded line before the first field", FOLDS,
            b"GET /health HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n" + HIDDEN),
    refused("a length behind a fold", FOLDS, post("X: a", f" {HIDDEN_LENGTH}", body=HIDDEN)),
    *(refused(f"control character {code:#04x} in a value", VALUES, post(f"X: a{chr(code)}b", LENGTH, body=BODY + HIDDEN))
      for code in CONTROLS),
    answered("a tab in a value", VALUES, request("GET", "/health", "X: a\tb")),
    answered("bytes above ASCII in a value", VALUES, request("GET", "/health", b"X: \x80\xc3\xbc\xff")),
    answered("white space around a value", VALUES, request("GET", "/health", "X: \t a \t ")),
    answered("a value that looks like an escaped end of line", VALUES,
             request("GET", "/health", "X: a%0d%0aContent-Length: 5\\r\\n")),
    answered("an empty line before the request", LINES, b"\r\n" + request()),
    answered("four empty lines before the request", LINES, b"\r\n" * 4 + request()),
    refused("five empty lines before the request", LINES, b"\r\n" * 5 + request() + HIDDEN),
]
