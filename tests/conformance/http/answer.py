# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP answer, parsed strictly: what RFC 9110 and RFC 9112 forbid a server is an error here."""

import dataclasses
import email.utils
import json
import re

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [\t\x20-\x7e]*")
FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*")
DIGITS = re.compile(rb"0|[1-9][0-9]{0,17}")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,12}")
REPEATABLE = {"set-cookie"}


class BadAnswer(Exception):
    """What came is no answer that a server may give."""


class Unfinished(Exception):
    """More has to come before this is an answer."""


@dataclasses.dataclass
class Answer:
    status: int
    fields: dict  # lower-case name -> value; of several, what came last
    body: bytes

    @property
    def closes(self):
        options = self.fields.get("connection", "").lower().split(",")
        return "close" in (option.strip() for option in options)

    @property
    def json(self):
        return json.loads(self.body)


def _head(data):
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > 64 * 1024:
            raise BadAnswer("a head of more than 64 KiB")
        raise Unfinished
    lines = data[:end].split(b"\r\n")
    match = STATUS_LINE.fullmatch(lines[0])
    if not match:
        raise BadAnswer(f"the status line {lines[0][:80]!r}")
    fields = {}
    for line in lines[1:]:
        field = FIELD.fullmatch(line)
        if not field:
            raise BadAnswer(f"the header field {line[:80]!r}")
        name = field[1].decode().lower()
        if name in fields and name not in REPEATABLE:
            raise BadAnswer(f"the header field {name!r} twice")
        fields[name] = field[2].decode()
    return int(match[1]), fields, end + 4


def _chunked(data, at):
    body = b""
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            raise Unfinished
        if not CHUNK_SIZE.fullmatch(data[at:end]):
            raise BadAnswer(f"the chunk size {data[at:end][:40]!r}")
        size = int(data[at:end], 16)
        at = end + 2
        if len(data) < at + size + 2:
            raise Unfinished
        if data[at + size:at + size + 2] != b"\r\n":
            raise BadAnswer("a chunk that is longer than it says")
        body += data[at:at + size]
        at += size + 2
        if size == 0:
            return body, at


def take(data, to_head):
    """The first answer of `data`, and what stands behind it. `to_head`: it answers a HEAD."""
    status, fields, at = _head(data)
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if length is not None and (coding is not None or not DIGITS.fullmatch(length.encode())):
        raise BadAnswer(f"Content-Length {length!r} with Transfer-Encoding {coding!r}")
    if status < 200 or status == 204:
        if length is not None or coding is not None:
            raise BadAnswer(f"a length of the body in a {status}")
        return Answer(status, fields, b""), data[at:]
    if to_head or status == 304:
        return Answer(status, fields, b""), data[at:]
    if coding is not None:
        if coding.lower() != "chunked":
            raise BadAnswer(f"Transfer-Encoding {coding!r}")
        body, at = _chunked(data, at)
        return Answer(status, fields, body), data[at:]
    if length is None:
        raise BadAnswer(f"a {status} whose body has no length")
    if len(data) < at + int(length):
        raise Unfinished
    return Answer(status, fields, data[at:at + int(length)]), data[at + int(length):]


def _problem_faults(answer, to_head):
    if answer.fields.get("content-type") != "application/problem+json":
        yield f"its Content-Type is {answer.fields.get('content-type')!r}"
    if to_head:
        return
    try:
        body = answer.json
    except ValueError:
        yield "its body is not JSON"
        return
    if body.get("status") != answer.status:
        yield f"its body says the status {body.get('status')!r}"
    for name in ("type", "title", "detail", "code", "error"):
        if not isinstance(body.get(name), str) or not body[name]:
            yield f"its body has no {name!r}"


# What an answer of this status must say beside (RFC 9110 sections 10.2.3, 11.6.1, 15.5.6, 15.5.22).
COMPANIONS = {401: "www-authenticate", 405: "allow", 426: "upgrade", 429: "retry-after", 503: "retry-after"}


def faults(answer, to_head):
    """What is wrong with an answer whatever it answers."""
    if answer.status < 200:
        return
    try:
        if not answer.fields["date"].endswith(" GMT"):
            raise ValueError
        email.utils.parsedate_to_datetime(answer.fields["date"])
    except (KeyError, TypeError, ValueError):
        yield f"its Date is {answer.fields.get('date')!r}"
    if answer.fields.get("x-content-type-options") != "nosniff":
        yield "it has no X-Content-Type-Options: nosniff"
    if "cache-control" not in answer.fields:
        yield "it has no Cache-Control"
    companion = COMPANIONS.get(answer.status)
    if companion and companion not in answer.fields:
        yield f"it has no {companion}"
    if answer.status >= 400:
        if answer.fields.get("cache-control") != "no-store":
            yield f"its Cache-Control is {answer.fields.get('cache-control')!r}"
        yield from _problem_faults(answer, to_head)
