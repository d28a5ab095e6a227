# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of fields, and fields that must not be repeated."""

from case import BODY, HIDDEN, LENGTH, answered, post, refused, request

NAMES = "RFC 9110 5.1, 5.6.2"

CASES = [
    *(refused(f"{character!r} in a field's name", NAMES, post(f"X{character}Y: a", LENGTH, body=BODY + HIDDEN))
      for character in '()<>@,;\\"/[]?={} \t'),
    *(refused(f"control character {code:#04x} in a field's name", NAMES, post(f"X{chr(code)}Y: a", LENGTH, body=BODY + HIDDEN))
      for code in (0x00, 0x01, 0x0b, 0x0c, 0x1f, 0x7f)),
    refused("a byte above ASCII in a field's name", NAMES, post(b"X\xfcY: a", LENGTH, body=BODY + HIDDEN)),
    refused("a field without a name", NAMES, post(": a", LENGTH, body=BODY + HIDDEN)),
    refused("a field without a colon", NAMES, post("X", LENGTH, body=BODY + HIDDEN)),
    refused("a space before a colon", "RFC 9112 5.1", post("X : a", LENGTH, body=BODY + HIDDEN)),
    refused("two authorizations", "RFC 9110 5.3", request("GET", "/api/users/profile", "Authorization: Bearer a",
                                                          "Authorization: Bearer b")),
    refused("two origins", "RFC 6454 7", request("GET", "/health", "Origin: http://a", "Origin: http://b")),
    answered("every character of a token in a field's name", NAMES, request("GET", "/health", "!#$%&'*+-.^_`|~09azAZ: a")),
    answered("a field twice that may be", "RFC 9110 5.3", request("GET", "/health", "Accept: a/b", "Accept: c/d")),
    answered("fields of the daemon's own answers", "RFC 9110 5.1",
             request("GET", "/health", "Set-Cookie: a=b", "Location: /x", "Date: never")),
]
