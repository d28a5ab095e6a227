# SPDX-License-Identifier: GPL-3.0-or-later
"""Payloads without repetitions, so that lost, duplicated or swapped parts are noticed."""

import hashlib

HELLO = "Hello, world!"
# "kosme" in Greek, one of the letters three bytes long; the text of the Autobahn cases on UTF-8.
KOSME = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"
NO_TEXT = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"


def text_of(size):
    """So many bytes of UTF-8, with characters of one to four bytes that cuts at any fixed size go through."""
    numbered = "".join(f"{i:x}é€\U0001f426 " for i in range(size // 11 + 1)).encode()
    whole = numbered[:size].decode(errors="ignore").encode()
    return whole + b"." * (size - len(whole))


def bytes_of(size):
    """So many bytes that are no text."""
    return (b"\xfe" + hashlib.shake_256(b"rookery").digest(size))[:size]
