# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid WebSocket handshakes, and upgrades to unsupported protocols."""

from case import HIDDEN, LAST_CHUNK, CHUNKED, Reply, answered, field_is, post, refused, request

RULE = "RFC 6455 4.2.1"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = "Sec-WebSocket-Version: 13"
WANTS = ("Upgrade: websocket", "Connection: Upgrade")


def handshake(*lines, method="GET", target="/ws/v1", version="HTTP/1.1", body=b""):
    return request(method, target, *lines, version=version, body=body)


CASES = [
    refused("handshake: a body", RULE, handshake(*WANTS, KEY, VERSION, f"Content-Length: {len(HIDDEN)}", body=HIDDEN)),
    refused("handshake: a body in chunks", RULE, handshake(*WANTS, KEY, VERSION, CHUNKED, body=LAST_CHUNK + HIDDEN)),
    refused("handshake: length and coding", "RFC 9112 6.1", handshake(*WANTS, KEY, VERSION, "Content-Length: 5", CHUNKED,
                                                                      body=LAST_CHUNK + HIDDEN)),
    refused("handshake: a POST", RULE, handshake(*WANTS, KEY, VERSION, method="POST") + HIDDEN),
    refused("handshake: HTTP/1.0", RULE, handshake(*WANTS, KEY, VERSION, version="HTTP/1.0") + HIDDEN),
    refused("handshake: no key", RULE, handshake(*WANTS, VERSION) + HIDDEN),
    refused("handshake: two keys", RULE, handshake(*WANTS, KEY, KEY, VERSION) + HIDDEN),
    refused("handshake: a key too short", RULE, handshake(*WANTS, "Sec-WebSocket-Key: YQ==", VERSION) + HIDDEN),
    refused("handshake: no version", RULE, handshake(*WANTS, KEY) + HIDDEN),
    refused("handshake: no Connection", RULE, handshake(WANTS[0], KEY, VERSION) + HIDDEN),
    # Behind a proxy that takes whatever follows for frames, what stands behind a handshake that fails is where requests hide.
    refused("handshake: another version", "RFC 6455 4.4", handshake(*WANTS, KEY, "Sec-WebSocket-Version: 777") + HIDDEN,
            Reply(426, also=field_is("sec-websocket-version", "13"))),
    refused("handshake: at a path that has none", RULE, handshake(*WANTS, KEY, VERSION, target="/health") + HIDDEN, 404),
    refused("handshake: from a foreign page", "RFC 6455 10.2",
            handshake(*WANTS, KEY, VERSION, "Origin: https://evil.example", "Cookie: rookery_session=a") + HIDDEN, 403),
    answered("upgrade: to HTTP/2", "RFC 9110 7.8", request("GET", "/health", "Upgrade: h2c",
                                                           "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk")),
    answered("upgrade: to TLS", "RFC 2817 3", request("OPTIONS", "*", "Upgrade: TLS/1.0", "Connection: Upgrade"), 204),
    answered("upgrade: to HTTP/2, with a request in the body", "RFC 9110 7.8",
             post("Upgrade: h2c", "Connection: Upgrade", f"Content-Length: {len(HIDDEN)}", body=HIDDEN), 400),
    answered("upgrade: websocket, but no handshake", RULE, request("GET", "/health", "Upgrade: websocket")),
]
