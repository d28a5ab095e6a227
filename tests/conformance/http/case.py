# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a case, and the requests that cases are built from."""

import dataclasses
import json

# Stands in a case for a name that nobody has. Where a request that would register it were run, it would be taken.
NAME = b"smuggled-00000"
PASSWORD = "correct horse battery"


@dataclasses.dataclass(frozen=True)
class Reply:
    """What an answer must be: its status, whether it answers a HEAD, and a function that returns what is wrong with it."""
    status: int
    to_head: bool = False
    also: object = None


def head_reply(status, also=None):
    return Reply(status, True, also)


@dataclasses.dataclass(frozen=True)
class Step:
    """Bytes to send, and the answers that must have come before the next step; none: silence, and an open connection."""
    send: bytes
    replies: tuple


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    source: str  # the rule, or whose fault it was
    steps: tuple
    ends: bool  # whether the connection ends behind the last answer; otherwise it must serve another request
    hides: bool = False  # a registration of NAME that must never be run
    runs: bool = False  # one that must be: the proof that the proof can fail
    hashes: bool = False  # a password each time, so it is not tried in a hundred ways
    ends_sending: bool = False  # the client's side, behind the last byte
    number: str = ""

    @property
    def request(self):
        return b"".join(step.send for step in self.steps)


def _reply(expected):
    return expected if isinstance(expected, Reply) else Reply(expected)


def _case(name, source, request, replies, ends, options):
    if not isinstance(replies, tuple):
        replies = (replies,)
    return Case(name, source, (Step(request, tuple(map(_reply, replies))),), ends,
                hides=NAME in request and not options.get("runs"), **options)


def refused(name, source, request, status=400, **options):
    """One answer, and the end of the connection."""
    return _case(name, source, request, status, True, options)


def ends(name, source, request, replies, **options):
    return _case(name, source, request, replies, True, options)


def answered(name, source, request, replies=200, **options):
    """So many answers, and the connection is good for more."""
    return _case(name, source, request, replies, False, options)


def played(name, source, *steps, ends=False, **options):
    """Steps of (bytes, answers), one after the other."""
    made = []
    for send, replies in steps:
        replies = replies if isinstance(replies, tuple) else (replies,)
        made.append(Step(send, tuple(map(_reply, replies))))
    return Case(name, source, tuple(made), ends, hides=any(NAME in step.send for step in made), **options)


def request(method="GET", target="/health", *lines, version="HTTP/1.1", host="Host: localhost", body=b""):
    """A request as it should be, but for what is given. `lines`: header fields, text or bytes, without their CR LF."""
    start = b" ".join(part.encode() if isinstance(part, str) else part for part in (method, target, version))
    rest = [line.encode() if isinstance(line, str) else line for line in ((host,) if host else ()) + lines]
    return b"\r\n".join([start, *rest, b"", b""]) + body


def post(*lines, body=b"", target="/register", **others):
    return request("POST", target, *lines, body=body, **others)


def json_body(**fields):
    return json.dumps(fields).encode()


# A registration under a name that is too short. Its answer names that field, so it shows that the body was read as it was
# sent; and nothing has to be hashed for it.
BODY = json_body(username="x", password=PASSWORD)


def _body_was_read(answer):
    field = answer.json.get("field")
    return None if field == "username" else f"the body was not read as it was sent: it names the field {field!r}"


READ = Reply(400, also=_body_was_read)


HIDDEN = (lambda body: post(f"Content-Length: {len(body)}", body=body))(
    json_body(username=NAME.decode(), password=PASSWORD))


def chunk(data, extension=b""):
    return f"{len(data):x}".encode() + extension + b"\r\n" + data + b"\r\n"


LAST_CHUNK = b"0\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
LENGTH = f"Content-Length: {len(BODY)}"


def field_is(name, value):
    """For Reply.also."""
    def check(answer):
        found = answer.fields.get(name)
        return None if found == value else f"its {name} is {found!r}, not {value!r}"
    return check


def no_field(name):
    return field_is(name, None)
