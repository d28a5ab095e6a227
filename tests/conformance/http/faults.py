# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of real servers, each as a change to a request before the daemon reads it or to an answer before the client
does, and the cases that must find it."""

import dataclasses
import re
import urllib.parse

from case import HIDDEN

HIDDEN_LINE = HIDDEN.split(b"\r\n")[0]
LENGTH_LINE = rb"(?i)\r\ncontent-length:[^\r\n]*"
CODING_LINE = rb"(?i)\r\ntransfer-encoding:[^\r\n]*"


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    found_by: tuple  # names of cases
    request: object = None  # bytes -> bytes
    answer: object = None  # bytes, what the client has sent -> bytes
    goes_on: object = None  # what the client has sent -> what is run although the connection has ended
    cuts: bool = False


NONE = Fault("none", ())


def _in_head(change):
    """Only up to the first empty line, however it is written."""
    def apply(data):
        end = re.search(rb"\r?\n\r?\n", data)
        at = end.end() if end else len(data)
        return change(data[:at]) + data[at:]
    return apply


def _sub(pattern, replacement, count=0):
    return lambda data, *_: re.sub(pattern, replacement, data, count)


def _first_of(pattern):
    def change(head):
        found = list(re.finditer(pattern, head))
        for match in reversed(found[1:]):
            head = head[:match.start()] + head[match.end():]
        return head
    return change


def _last_of(pattern):
    def change(head):
        for match in reversed(list(re.finditer(pattern, head))[:-1]):
            head = head[:match.start()] + head[match.end():]
        return head
    return change


def _without(pattern, where):
    """The lines of `pattern` are ignored where there are also lines of `where`."""
    return lambda head: re.sub(pattern, b"", head) if re.search(where, head) else head


def _only_to(method, change):
    return lambda data, sent: change(data) if sent.startswith(method) else data


def _fields_dropped(head):
    lines = head.split(b"\r\n")
    return head if len(lines) < 104 else b"\r\n".join(lines[:101]) + b"\r\n\r\n"


def _shorter(data, _):
    return re.sub(rb"(?i)content-length: *(\d+)", lambda match: b"content-length: %d" % (int(match[1]) - 1), data)


def _reflected(data, sent):
    origin = re.search(rb"(?i)\r\norigin: *([^\r\n]+)", sent)
    if not origin or b"access-control-allow-origin" in data.lower():
        return data
    return data.replace(b"\r\n", b"\r\nAccess-Control-Allow-Origin: " + origin[1] + b"\r\n", 1)


def _unescaped(data, sent):
    if b"%0d%0a" not in sent:
        return data
    return data.replace(b"\r\n", b"\r\nX-From: " + urllib.parse.unquote_to_bytes(sent.split(b" ")[1]) + b"\r\n", 1)


def _hidden_part(sent):
    at = sent.find(HIDDEN_LINE, 1)
    return sent[at:] if at > 0 else None


FAULTS = [
    Fault("bare LF ends a line", ("bare LF behind a field", "bare LF for the empty line", "host: behind a bare LF"),
          _in_head(_sub(rb"(?<!\r)\n", b"\r\n"))),
    Fault("bare CR is white space", ("bare CR inside a value",), _in_head(_sub(rb"\r(?!\n)", b" "))),
    Fault("folded lines are joined", ("a folded line with a space", "a folded line with a tab"),
          _in_head(_sub(rb"\r\n[ \t]+(?=[^ \t\r])", b" "))),
    Fault("control characters are dropped", ("control character 0x00 in a value", "control character 0x1f in a value"),
          _in_head(_sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b""))),
    Fault("a space before a colon is dropped", ("a space before a colon", "length: a space before its colon"),
          _in_head(_sub(rb"[ \t]+:", b":"))),
    Fault("a length that is no number is ignored", ("length: letters", "length: negative", "length: 2^64-1"),
          _in_head(_sub(rb"(?i)\r\ncontent-length:(?! *\d{1,18}\r)[^\r\n]*", b""))),
    Fault("a length is what its first digits say", ("length: a fraction", "length: two numbers",
                                                    "length: a list of one value twice"),
          _in_head(_sub(rb"(?i)(\r\ncontent-length: *\d+)[^\r\n]*", rb"\1"))),
    Fault("a plus is part of a number", ("length: with a plus",), _in_head(_sub(rb"(?i)(\r\ncontent-length: *)\+", rb"\1"))),
    Fault("of two lengths the first counts", ("length: zero, and then the length", "length: the same twice"),
          _in_head(_first_of(LENGTH_LINE))),
    Fault("of two lengths the last counts", ("length: the length, and then zero",), _in_head(_last_of(LENGTH_LINE))),
    Fault("a coding beats the length", ("coding and length", "length and coding", "length zero and coding"),
          _in_head(_without(LENGTH_LINE, CODING_LINE))),
    Fault("the length beats a coding", ("coding and length", "length and coding"),
          _in_head(_without(CODING_LINE, LENGTH_LINE))),
    Fault("whatever holds 'chunked' is chunked", ("coding: xchunked", "coding: not last", "coding: in quotes"),
          _in_head(_sub(rb"(?i)(\r\ntransfer-encoding:)[^\r\n]*chunked[^\r\n]*", rb"\1 chunked"))),
    Fault("a coding that nobody knows is ignored", ("coding: identity", "coding: gzip alone"),
          _in_head(_sub(rb"(?i)\r\ntransfer-encoding:(?! *chunked)[^\r\n]*", b""))),
    Fault("of two codings the first counts", ("coding: two lines",), _in_head(_first_of(CODING_LINE))),
    Fault("a chunk's size is read by strtol", ("chunk size: with a plus", "chunk size: with 0x", "chunk size: a space before"),
          _sub(rb"(?<=\r\n\r\n)[ \t]*\+?(?:0x)?(?=[0-9a-f])", b"", 1)),
    Fault("a chunk's size ends at its first other character", ("chunk size: a letter behind", "chunk size: a comma"),
          _sub(rb"(\r\n\r\n[0-9a-f]+)[^0-9a-f\r\n;][^\r\n]*(?=\r\n)", rb"\1", 1)),
    Fault("a chunk's size is ended by bare LF", ("chunk size: ended by bare LF",),
          _sub(rb"(\r\n\r\n[0-9a-f]+)\n", rb"\1\r\n", 1)),
    Fault("a chunk extension is ended by bare LF", ("chunk extension: bare LF at its end",),
          _sub(rb"(\r\n\r\n[0-9a-f]+;a)\n", rb"\1\r\n", 1)),
    Fault("two bytes behind a chunk are skipped", ("chunk: two bytes behind it that are no end of line",),
          _sub(b"helloXX", b"hello\r\n")),
    Fault("a chunk may end in bare LF", ("chunk: bare LF behind it",), _sub(b"hello\n", b"hello\r\n")),
    Fault("every version is 1.1", ("HTTP/9.9", "version: HTTP/2.0", "version: HTTP/1.10"),
          _sub(rb" HTTP/[0-9.]+\r", b" HTTP/1.1\r", 1)),
    Fault("a host is made up", ("host: none", "host: none, and an absolute target"),
          _in_head(lambda head: head if re.search(rb"(?i)\nhost[ \t]*:", head) else head.replace(b"\r\n", b"\r\nHost: a\r\n",
                                                                                                 1))),
    Fault("of two hosts the first counts", ("host: the same twice", "host: twice in different case"),
          _in_head(_first_of(rb"(?i)\r\nhost:[^\r\n]*"))),
    Fault("a host is not looked at", ("host: a path", "host: a user", "host: NUL"),
          _in_head(_sub(rb"(?i)\nhost:[^\r\n]*", b"\nHost: a"))),
    Fault("a target is cut to what fits", ("limit: a target one byte too long",), _sub(rb"^(GET [^ ]{8192})[^ ]*", rb"\1")),
    Fault("fields that are too many are dropped", ("limit: one field too many",
                                                   "limit: a length hidden behind too many fields"), _in_head(_fields_dropped)),
    Fault("methods are put into capitals", ("method: get /health",), _sub(rb"^[a-z]+", lambda match: match[0].upper())),
    Fault("spaces are evened out", ("request line: two spaces behind the method", "request line: a tab behind the method"),
          _sub(rb"^[ \t]*([A-Z]+)[ \t]+(\S+)[ \t]+(HTTP/1.1)[ \t]*", rb"\1 \2 \3")),
    Fault("a fragment is cut off", ("target: a fragment",), _sub(rb"#[^ ]*", b"", 1)),
    Fault("what cannot be expected is ignored", ("Expect: wonders",), _in_head(_sub(rb"(?i)\r\nexpect:[^\r\n]*", b""))),
    Fault("'Connection: close' is ignored", ("Connection: close", "Connection: close, in a list"),
          _in_head(_sub(rb"(?i)\r\nconnection:[^\r\n]*", b""))),
    Fault("HTTP/1.0 is kept alive", ("HTTP/1.0 ends behind the answer",), _sub(rb" HTTP/1\.0\r", b" HTTP/1.1\r", 1)),
    Fault("what stands behind a refused request is run", ("length: letters", "coding and length",
                                                          "pipeline: nothing behind a refused one"),
          goes_on=_hidden_part),
    Fault("the connection is reset behind a refusal", ("bare LF behind a field", "HTTP/9.9"), cuts=True),
    Fault("a part of a head is refused", ("only the version is waited behind",),
          answer=lambda data, sent: b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" + data),
    Fault("HEAD has a body", ("HEAD of a page",), answer=_only_to(b"HEAD", lambda data: data + b"{}")),
    Fault("HEAD does not say the length", ("HEAD of a page",),
          answer=_only_to(b"HEAD", _sub(rb"(?i)\r\ncontent-length:[^\r\n]*", b""))),
    Fault("a body is longer than it says", ("a plain GET", "HTTP/9.9"), answer=_shorter),
    Fault("a body has no length", ("a plain GET",), answer=_sub(LENGTH_LINE, b"")),
    Fault("a length is told twice", ("a plain GET",), answer=_sub(rb"(?i)(\r\ncontent-length:[^\r\n]*)", rb"\1\1")),
    Fault("a 204 says a length", ("OPTIONS of the server",), answer=_sub(rb"( 204 [^\r]*\r\n)", rb"\1Content-Length: 0\r\n")),
    Fault("the end is not announced", ("HTTP/9.9", "Connection: close"), answer=_sub(rb"(?i)\r\nconnection: *close", b"")),
    Fault("an end is announced that does not come", ("a plain GET",),
          answer=_sub(rb" 200 OK\r\n", b" 200 OK\r\nConnection: close\r\n")),
    Fault("bare LF in an answer", ("a plain GET",), answer=_sub(rb"(?i)\r\ndate:", b"\nDate:")),
    Fault("no date", ("a plain GET",), answer=_sub(rb"(?i)\r\ndate:[^\r\n]*", b"")),
    Fault("no nosniff", ("a plain GET",), answer=_sub(rb"(?i)\r\nx-content-type-options:[^\r\n]*", b"")),
    Fault("an error that may be kept", ("HEAD without a token",),
          answer=_sub(rb"(?i)\r\ncache-control:[^\r\n]*", b"\r\nCache-Control: private")),
    Fault("401 without a challenge", ("HEAD without a token",), answer=_sub(rb"(?i)\r\nwww-authenticate:[^\r\n]*", b"")),
    Fault("405 without Allow", ("POST where only GET is known",), answer=_sub(rb"(?i)\r\nallow:[^\r\n]*", b"")),
    Fault("Allow without HEAD", ("POST where only GET is known",), answer=_sub(rb"(?i)(\r\nallow:[^\r\n]*)HEAD, ", rb"\1")),
    Fault("426 without a version", ("handshake: another version",),
          answer=_sub(rb"(?i)\r\nsec-websocket-version:[^\r\n]*", b"")),
    Fault("a problem is told with another status", ("target: /nothing is nowhere",),
          answer=_sub(rb'"status": ?404', b'"status":400')),
    Fault("every page may read", ("the origin of another page does not",), answer=_reflected),
    Fault("an escaped end of line is one in a header", ("target: /health?a=%0d%0aX-Injected:%20yes",), answer=_unescaped),
    Fault("answers out of order", ("pipeline: two",),
          answer=lambda data, sent: data.replace(b" 200 OK", b" 299 A").replace(b" 404 Not Found",
                                                                                b" 200 OK") if b"/nothing" in sent else data),
]
