# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host field, which must be present once and be a valid host."""

from case import HIDDEN, answered, ends, refused, request

RULE = "RFC 9112 3.2, RFC 9110 7.2"
BAD_HOSTS = (
    ("a path", "a/b"),
    ("a query", "a?b"),
    ("a fragment", "a#b"),
    ("a user", "u@a"),
    ("a space", "a b"),
    ("a list", "a, b"),
    ("a tab", "a\tb"),
    ("a port of letters", "a:b"),
    ("a port of six digits", "a:123456"),
    ("a port out of range", "a:65536"),
    ("two ports", "a:1:2"),
    ("an open bracket", "[::1"),
    ("no address in the brackets", "[::g]"),
    ("an IPv4 address in brackets", "[127.0.0.1]"),
    ("something behind the brackets", "[::1]a"),
    ("an IPv6 address without brackets", "::1"),
    ("a scheme", "http://a"),
    ("a backslash", "a\\b"),
    ("a quotation mark", 'a"b'),
    ("angle brackets", "<a>"),
    ("a byte above ASCII", b"a\xfc"),
    ("NUL", "a\x00b"),
    ("an escape of no digits", "%zz"),
)


def with_host(value):
    return request(host=b"Host: " + (value if isinstance(value, bytes) else value.encode()))


CASES = [
    *(refused(f"host: {what}", RULE, with_host(value) + HIDDEN) for what, value in BAD_HOSTS),
    refused("host: none", RULE, request(host=None) + HIDDEN),
    refused("host: none, and an absolute target", RULE, request("GET", "http://localhost/health", host=None) + HIDDEN),
    refused("host: the same twice", RULE, request("GET", "/health", "Host: localhost") + HIDDEN),
    refused("host: twice in different case", RULE, request("GET", "/health", "HOST: evil.example") + HIDDEN),
    refused("host: twice, and an absolute target", RULE, request("GET", "http://localhost/health", "Host: b") + HIDDEN),
    refused("host: twice, the first one empty", RULE, request("GET", "/health", "Host: evil.example", host="Host:") + HIDDEN),
    refused("host: twice in HTTP/1.0", RULE, request("GET", "/health", "Host: b", version="HTTP/1.0") + HIDDEN),
    refused("host: a space before its colon", "RFC 9112 5.1", request(host="Host : localhost") + HIDDEN),
    refused("host: only a folded one", "RFC 9112 5.2", request(host="X: y\r\n Host: localhost") + HIDDEN),
    refused("host: behind a bare LF", "RFC 9112 2.2", request(host="X: y\nHost: localhost") + HIDDEN),
    refused("host: a second one behind a bare CR", "RFC 9112 2.2", request(host="Host: localhost\rHost: evil") + HIDDEN),
    answered("host: empty", RULE, request(host="Host:")),
    answered("host: a port", RULE, request(host="Host: localhost:65535")),
    answered("host: an empty port", "RFC 3986 3.2.3", request(host="Host: localhost:")),
    answered("host: an IPv6 address", RULE, request(host="Host: [::1]:5000")),
    answered("host: an escape", "RFC 3986 3.2.2", request(host="Host: a%C3%BC")),
    answered("host: another than the absolute target's", RULE, request("GET", "http://a/health", host="Host: b")),
    ends("host: none in HTTP/1.0", RULE, request(host=None, version="HTTP/1.0"), 200),
]
