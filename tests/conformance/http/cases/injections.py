# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that is copied into an answer's header: a page's origin, a new room's Location, a session's cookie. None may end a line there."""

from case import Reply, answered, field_is, json_body, no_field, post, refused, request

RULE = "RFC 9110 5.5"
PAGE = "https://chat.example.org"  # which the daemon is told to allow
TOKEN = b"TOKEN-OF-A-USER"  # stands for one
LINE_BREAKS = ("a\r\nX-Injected: yes", "a\nX-Injected: yes", "a\rX-Injected: yes", "a\u560d\u560aX-Injected: yes",
               "a\u2028X-Injected: yes",
               "a\u0085X-Injected: yes", "a\x00X-Injected: yes", "a%0d%0aX-Injected: yes")


def room(name):
    body = json_body(name=name)
    return post(b"Authorization: Bearer " + TOKEN, f"Content-Length: {len(body)}", target="/api/v1/rooms", body=body)


def log_in(name):
    body = json_body(username=name, password="x" * 12)
    return post(f"Content-Length: {len(body)}", target="/login", body=body)


CASES = [
    answered("the origin of an allowed page comes back", "Fetch 3.2", request("GET", "/health", f"Origin: {PAGE}"),
             Reply(200, also=field_is("access-control-allow-origin", PAGE))),
    answered("the origin of another page does not", "Fetch 3.2", request("GET", "/health", "Origin: https://evil.example"),
             Reply(200, also=no_field("access-control-allow-origin"))),
    answered("an origin with an escaped line in it does not", RULE,
             request("GET", "/health", f"Origin: {PAGE}%0d%0aX-Injected: yes"),
             Reply(200, also=no_field("access-control-allow-origin"))),
    refused("an origin with a bare CR in it", RULE, request("GET", "/health", f"Origin: {PAGE}\rX-Injected: yes")),
    refused("an origin with a bare LF in it", RULE, request("GET", "/health", f"Origin: {PAGE}\nX-Injected: yes")),
    *(answered(f"a room named {name!r}", RULE, room(name), Reply(400, also=no_field("x-injected"))) for name in LINE_BREAKS),
    *(answered(f"a user named {name!r}", RULE, log_in(name), Reply(400 if "\0" in name else 401, also=no_field("x-injected")),
               hashes=True) for name in LINE_BREAKS),
]
