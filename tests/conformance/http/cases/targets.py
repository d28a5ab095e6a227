# SPDX-License-Identifier: GPL-3.0-or-later
"""The request line: its form, versions, targets."""

from case import HIDDEN, answered, no_field, refused, Reply, request

LINE = "RFC 9112 3"
TARGET = "RFC 9112 3.2"
VERSION = "RFC 9112 2.3"
REST = b"\r\nHost: localhost\r\n\r\n" + HIDDEN

BAD_LINES = (
    ("two spaces behind the method", b"GET  /health HTTP/1.1"),
    ("two spaces before the version", b"GET /health  HTTP/1.1"),
    ("a space behind the version", b"GET /health HTTP/1.1 "),
    ("a space before the method", b" GET /health HTTP/1.1"),
    ("a tab behind the method", b"GET\t/health HTTP/1.1"),
    ("a tab before the version", b"GET /health\tHTTP/1.1"),
    ("a vertical tab for a space", b"GET\x0b/health HTTP/1.1"),
    ("NUL behind the method", b"GET\x00 /health HTTP/1.1"),
    ("NUL before the method", b"\x00GET /health HTTP/1.1"),
    ("a form feed for a space", b"GET /health\x0cHTTP/1.1"),
    ("only a method", b"GET"),
    ("method and target", b"GET /health"),
    ("no target", b"GET HTTP/1.1"),
    ("an empty target", b"GET  HTTP/1.1"),
    ("four words", b"GET /health HTTP/1.1 HTTP/1.1"),
    ("a field for a request line", b"Host: localhost"),
    ("a method with a colon", b"GE:T /health HTTP/1.1"),
    ("a method above ASCII", b"G\xcb\x9cT /health HTTP/1.1"),
    ("a byte order mark", b"\xef\xbb\xbfGET /health HTTP/1.1"),
    ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("an answer instead of a request", b"HTTP/1.1 200 OK"),
)
BAD_VERSIONS = ("http/1.1", "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.10", "HTTP/01.1", "HTTP/1.1x", "HTTP/1,1", "HTTP/+1.1",
                "HTTP /1.1",
                "HTTPS/1.1", "HTTP/x.y", "XTTP/1.1", "HTTP-1.1")
UNSPOKEN_VERSIONS = ("HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9")
BAD_TARGETS = (
    ("without a slash", b"health"),
    ("a space", b"/he alth"),
    ("NUL", b"/health\x00"),
    ("a control character", b"/hea\x01lth"),
    ("DEL", b"/hea\x7flth"),
    ("a CR", b"/hea\rlth"),
    ("a fragment", b"/health#a"),
    ("raw UTF-8", "/h\u00e9alth".encode()),
    ("a byte above ASCII", b"/health\xff"),
    ("a backslash", b"/health\\"),
    ("a quotation mark", b'/health"'),
    ("angle brackets", b"/<health>"),
    ("an escape of no digits", b"/health%zz"),
    ("an escape cut short", b"/health%2"),
    ("a lone percent sign", b"/health%"),
    ("an escaped NUL", b"/health%00"),
    ("an escape of no digits in the query", b"/health?a=%zz"),
    ("NUL in the query", b"/health?\x00"),
    ("a fragment in the query", b"/health?a#b"),
    ("an asterisk with GET", b"*"),
    ("an authority with GET", b"localhost:80"),
    ("another scheme", b"ftp://localhost/health"),
    ("a file", b"file:///etc/passwd"),
    ("absolute, without a host", b"http:///health"),
    ("absolute, with a user", b"http://a@localhost/health"),
    ("absolute, with a bad port", b"http://localhost:x/health"),
    ("absolute, one slash", b"http:/health"),
    ("absolute, with a space", b"http://local host/health"),
)
UNKNOWN_TARGETS = ("/..", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/swagger/..%2f..%2fetc%2fpasswd", "/nothing",
                   "//health",
                   "//evil.example/health", "/health%2f", "/health%0d%0aX-Injected:%20yes", "/./health", "/HEALTH", "/health;a=b",
                   "/%E5%98%8A%E5%98%8DX-Injected:yes", "http://localhost/nothing")
GOOD_TARGETS = ("/health/", "/health?", "/health?a=b&c=%C3%BC", "/he%61lth", "/health?/?[]{}|^`", "http://localhost/health",
                "HTTP://LOCALHOST:80/health", "https://elsewhere.example/health?a", "http://[::1]:5000/health", "/health?a=%0d%0aX-Injected:%20yes")

CASES = [
    *(refused(f"request line: {what}", LINE, line + REST) for what, line in BAD_LINES),
    refused("request line: the preface of HTTP/2", "RFC 9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN, 505),
    *(refused(f"version: {version}", VERSION, request(version=version) + HIDDEN) for version in BAD_VERSIONS),
    *(refused(f"version: {version}", VERSION, request(version=version) + HIDDEN, 505) for version in UNSPOKEN_VERSIONS),
    *(refused(f"target: {what}", TARGET, request("GET", target) + HIDDEN) for what, target in BAD_TARGETS),
    *(answered(f"target: {target} is nowhere", TARGET, request("GET", target), Reply(404, also=no_field("x-injected")))
      for target in UNKNOWN_TARGETS),
    *(answered(f"target: {target}", TARGET, request("GET", target),
               Reply(200, also=no_field("x-injected"))) for target in GOOD_TARGETS),
]
