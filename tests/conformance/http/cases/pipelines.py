# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelined requests: answered in order, and none after a refused one or a last one."""

from case import (BODY, CHUNKED, HIDDEN, LAST_CHUNK, LENGTH, PASSWORD, READ, answered, chunk, ends, head_reply, json_body, post,
                  refused,
                  request)

RULE = "RFC 9112 9.3.2"
GOOD = request()
NOTHING = request("GET", "/nothing")
NO_TOKEN = request("GET", "/api/users/profile")
WRONG = request("PUT", "/health")
BODIED = post(LENGTH, body=BODY)
IN_CHUNKS = post(CHUNKED, body=chunk(BODY) + LAST_CHUNK)
# Takes the time of a hash, which the requests behind it do not.
SLOW_BODY = json_body(username="nobody-at-all", password=PASSWORD)
SLOW = post(f"Content-Length: {len(SLOW_BODY)}", target="/login", body=SLOW_BODY)

ROUND = ((GOOD, 200), (NOTHING, 404), (BODIED, READ), (NO_TOKEN, 401), (IN_CHUNKS, READ),
         (request("HEAD", "/health"), head_reply(200)),
         (WRONG, 405), (request("OPTIONS", "*"), 204))
MANY = [ROUND[(7 * i + i // 8) % len(ROUND)] for i in range(200)]


def together(pairs):
    return b"".join(request for request, _ in pairs), tuple(reply for _, reply in pairs)


CASES = [
    answered("pipeline: two", RULE, GOOD + NOTHING, (200, 404)),
    answered("pipeline: one of each kind", RULE, *together(ROUND)),
    answered("pipeline: 200 of eight kinds", RULE, *together(MANY)),
    answered("pipeline: a slow one before fast ones", RULE, SLOW + GOOD + NOTHING, (401, 200, 404), hashes=True),
    answered("pipeline: a slow one behind and before a slow one", RULE, SLOW + SLOW + GOOD, (401, 401, 200), hashes=True),
    answered("pipeline: an empty line between two", "RFC 9112 2.2", GOOD + b"\r\n" + NOTHING, (200, 404)),
    answered("pipeline: another version behind", RULE, GOOD + request("GET", "/nothing", "Connection: keep-alive",
                                                                      version="HTTP/1.0"), (200, 404)),
    refused("pipeline: nothing behind a refused one", RULE, GOOD + request("GET", "/health", "X : y") + HIDDEN, (200, 400)),
    refused("pipeline: nothing behind a slow one and a refused one", RULE, SLOW + request(host=None) + HIDDEN, (401, 400),
            hashes=True),
    refused("pipeline: nothing behind a refused body", RULE, GOOD + post(CHUNKED, body=b"x\r\n") + HIDDEN, (200, 400)),
    ends("pipeline: nothing behind the last", RULE, GOOD + request("GET", "/nothing", "Connection: close") + HIDDEN,
         (200, 404)),
    ends("pipeline: nothing behind a slow last one", RULE, SLOW.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n",
                                                                        1) + HIDDEN, 401, hashes=True),
    ends("pipeline: nothing behind HTTP/1.0", RULE, GOOD + request("GET", "/nothing", version="HTTP/1.0") + HIDDEN, (200, 404)),
    ends("pipeline: all are answered although the client ends its sending", "RFC 9112 9.6", SLOW + GOOD + NOTHING,
         (401, 200, 404), ends_sending=True, hashes=True),
    ends("pipeline: a part behind, and the client ends its sending", "RFC 9112 8", GOOD + NOTHING[:-1], (200, 400),
         ends_sending=True),
]
