# SPDX-License-Identifier: GPL-3.0-or-later
"""HEAD, OPTIONS, unknown methods, Expect, Connection, HTTP/1.0."""

from case import (BODY, CHUNKED, HIDDEN, LAST_CHUNK, LENGTH, READ, Reply, answered, chunk, ends, field_is, head_reply, played,
                  post, refused,
                  request)

HEAD = "RFC 9110 9.3.2"
OPTIONS = "RFC 9110 9.3.7"
UNKNOWN = "RFC 9110 9.1, 15.6.2"
EXPECT = "RFC 9110 10.1.1"
CLOSE = "RFC 9112 9.6"
OLD = "RFC 9112 9.3, C.2.2"
CONTINUE = "Expect: 100-continue"


def allows(*methods):
    def check(answer):
        found = {method.strip() for method in answer.fields.get("allow", "").split(",")}
        return None if found == set(methods) else f"it allows {sorted(found)}, not {sorted(methods)}"
    return check


def has_length(answer):
    return None if answer.fields.get("content-length", "0") != "0" else "it does not say how long the body of a GET would be"


CASES = [
    answered("HEAD of a page", HEAD, request("HEAD", "/health"), head_reply(200, has_length)),
    answered("HEAD of nothing", HEAD, request("HEAD", "/nothing"), head_reply(404, has_length)),
    answered("HEAD of what only knows POST", HEAD, request("HEAD", "/register"), head_reply(405, allows("POST", "OPTIONS"))),
    answered("HEAD without a token", HEAD, request("HEAD", "/api/users/profile"), head_reply(401)),
    refused("HEAD, malformed", HEAD, request("HEAD", "/health", "X : y"), head_reply(400)),
    refused("HEAD, with a malformed length", HEAD, request("HEAD", "/health", "Content-Length: x", body=HIDDEN),
            head_reply(400)),
    ends("HEAD in HTTP/1.0", HEAD, request("HEAD", "/health", version="HTTP/1.0"), head_reply(200)),
    answered("OPTIONS of a path", OPTIONS, request("OPTIONS", "/health"), Reply(204, also=allows("GET", "HEAD", "OPTIONS"))),
    answered("OPTIONS of the server", OPTIONS, request("OPTIONS", "*"), 204),
    answered("OPTIONS of nothing", OPTIONS, request("OPTIONS", "/nothing"), 404),
    answered("POST where only GET is known", "RFC 9110 15.5.6", request("POST", "/health"),
             Reply(405, also=allows("GET", "HEAD", "OPTIONS"))),
    answered("GET where only POST is known", "RFC 9110 15.5.6", request("GET", "/register"),
             Reply(405, also=allows("POST", "OPTIONS"))),
    answered("PUT", "RFC 9110 15.5.6", request("PUT", "/health", LENGTH, body=BODY), 405),
    answered("PATCH", "RFC 9110 15.5.6", request("PATCH", "/health", LENGTH, body=BODY), 405),
    answered("PUT of nothing", "RFC 9110 15.5.5", request("PUT", "/nothing"), 404),
    *(refused(f"method: {method} {target}", UNKNOWN, request(method, target) + HIDDEN, 501) for method, target in (
        ("BREW", "/health"), ("get", "/health"), ("Get", "/health"), ("GETT", "/health"), ("GE", "/health"), ("TRACE",
                                                                                                              "/health"),
        ("CONNECT", "localhost:80"), ("CONNECT", "/health/"), ("PROPFIND", "/health"), ("!#$%&'*+-.^_`|~",
                                                                                        "/health"), ("A" * 32, "/health"))),
    played("Expect: the body is asked for", EXPECT, (post(LENGTH, CONTINUE), 100), (BODY, READ)),
    played("Expect: in odd case", EXPECT, (post(LENGTH, "expect: 100-Continue"), 100), (BODY, READ)),
    played("Expect: with chunks", EXPECT, (post(CHUNKED, CONTINUE), 100), (chunk(BODY) + LAST_CHUNK, READ)),
    played("Expect: twice on one connection", EXPECT, (post(LENGTH, CONTINUE), 100), (BODY, READ),
           (post(LENGTH, CONTINUE), 100), (BODY, READ)),
    answered("Expect: with an empty body", EXPECT, post("Content-Length: 0", CONTINUE), 400),
    refused("Expect: too much is not asked for", EXPECT, post("Content-Length: 100000000", CONTINUE), 413),
    refused("Expect: a malformed length", EXPECT, post("Content-Length: x", CONTINUE, body=HIDDEN)),
    refused("Expect: wonders", EXPECT, post(LENGTH, "Expect: wonders", body=BODY + HIDDEN), 417),
    refused("Expect: a list", EXPECT, post(LENGTH, "Expect: 100-continue, wonders", body=BODY + HIDDEN), 417),
    refused("Expect: two of them", EXPECT, post(LENGTH, CONTINUE, CONTINUE, body=BODY + HIDDEN), 417),
    ends("Expect: ignored in HTTP/1.0", EXPECT, post(LENGTH, CONTINUE, version="HTTP/1.0", body=BODY), READ),
    ends("Connection: close", CLOSE, request("GET", "/health", "Connection: close") + HIDDEN, 200),
    ends("Connection: close, in odd case", CLOSE, request("GET", "/health", "connection: CLOSE") + HIDDEN, 200),
    ends("Connection: close, in a list", CLOSE, request("GET", "/health", "Connection: x, close ,y") + HIDDEN, 200),
    ends("Connection: close, on a second line", CLOSE, request("GET", "/health", "Connection: x", "Connection: close") + HIDDEN,
         200),
    ends("Connection: close against keep-alive", CLOSE, request("GET", "/health", "Connection: keep-alive, close") + HIDDEN,
         200),
    ends("Connection: close, with a body", CLOSE, post(LENGTH, "Connection: close", body=BODY + HIDDEN), READ),
    ends("Connection: close, of nothing", CLOSE, request("GET", "/nothing", "Connection: close") + HIDDEN, 404),
    answered("Connection: keep-alive in HTTP/1.1", OLD, request("GET", "/health", "Connection: keep-alive")),
    answered("Connection: closed is another word", CLOSE, request("GET", "/health", "Connection: closed")),
    ends("HTTP/1.0 ends behind the answer", OLD, request(version="HTTP/1.0") + HIDDEN, 200),
    ends("HTTP/1.0, with a body", OLD, post(LENGTH, version="HTTP/1.0", body=BODY + HIDDEN), READ),
    answered("HTTP/1.0 kept alive", OLD, request("GET", "/health", "Connection: keep-alive", version="HTTP/1.0"),
             Reply(200, also=field_is("connection", "keep-alive"))),
    ends("HTTP/1.0 kept alive and closed", OLD, request("GET", "/health", "Connection: keep-alive, close",
                                                        version="HTTP/1.0") + HIDDEN, 200),
    ends("the client ends its sending behind a request", "RFC 9112 9.6", request(), 200, ends_sending=True),
    ends("the client ends its sending inside a head", "RFC 9112 8", request()[:-2], 400, ends_sending=True),
]
