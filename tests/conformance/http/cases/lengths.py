# SPDX-License-Identifier: GPL-3.0-or-later
"""Content-Length: anything ambiguous is refused, and the bytes behind it are never run as a request."""

from case import BODY, HIDDEN, LENGTH, READ, answered, ends, head_reply, post, refused, request

RULE = "RFC 9112 6.3"
HIDDEN_LENGTH = f"Content-Length: {len(HIDDEN)}"

BAD_VALUES = (
    ("letters", "abc"),
    ("negative", "-1"),
    ("negative zero", "-0"),
    ("with a plus", "+5"),
    ("hexadecimal", "0x5"),
    ("a fraction", "5.0"),
    ("an exponent", "5e0"),
    ("two numbers", "5 5"),
    ("nothing", ""),
    ("only white space", " \t "),
    ("a list of one value twice", "5, 5"),
    ("a list of two values", "5, 6"),
    ("a list with nothing behind it", "5,"),
    ("a list with nothing before it", ",5"),
    ("a parameter", "5;"),
    ("in quotes", '"5"'),
    ("an underscore between digits", "1_0"),
    ("2^63", "9223372036854775808"),
    ("2^64-1", "18446744073709551615"),
    ("2^64+5", "18446744073709551621"),
    ("40 digits", "9" * 40),
    ("a vertical tab before", "\x0b5"),
    ("a form feed behind", "5\x0c"),
    ("NUL behind", "5\x00"),
    ("digits of another script", "\u0665".encode()),
)

CASES = [
    *(refused(f"length: {what}", RULE, post(b"Content-Length: " + (value if isinstance(value, bytes) else value.encode()),
                                            body=HIDDEN)) for what, value in BAD_VALUES),
    refused("length: zero, and then the length", RULE, post("Content-Length: 0", HIDDEN_LENGTH, body=HIDDEN)),
    refused("length: the length, and then zero", RULE, post(HIDDEN_LENGTH, "Content-Length: 0", body=HIDDEN)),
    refused("length: the same twice", RULE, post(LENGTH, LENGTH, body=BODY + HIDDEN)),
    refused("length: twice in different case", RULE, post(LENGTH, "content-length: 0", body=BODY + HIDDEN)),
    refused("length: good, and letters", RULE, post(LENGTH, "Content-Length: abc", body=BODY + HIDDEN)),
    refused("length: three of them", RULE, post(LENGTH, LENGTH, LENGTH, body=BODY + HIDDEN)),
    refused("length: twice in HTTP/1.0", RULE, post(LENGTH, "Content-Length: 0", version="HTTP/1.0", body=BODY + HIDDEN)),
    refused("length: a space before its colon", "RFC 9112 5.1", post(f"Content-Length : {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: a tab before its colon", "RFC 9112 5.1", post(f"Content-Length\t: {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: a space before its name", "RFC 9112 2.2, 5.2", post(f" Content-Length: {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: NUL in its name", "RFC 9110 5.1", post(f"Content\x00-Length: {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: NUL behind its name", "RFC 9110 5.1", post(f"Content-Length\x00: {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: on a folded line", "RFC 9112 5.2", post("Content-Length:", f" {len(BODY)}", body=BODY + HIDDEN)),
    refused("length: continued on a folded line", "RFC 9112 5.2", post("Content-Length: 1", " 0", body=BODY + HIDDEN)),
    answered("length: with leading zeros", RULE, post(f"Content-Length: 000{len(BODY)}", body=BODY), READ),
    answered("length: white space around it", RULE, post(f"Content-Length: \t {len(BODY)} \t", body=BODY), READ),
    answered("length: no space", RULE, post(f"Content-Length:{len(BODY)}", body=BODY), READ),
    answered("length: zero", RULE, request("GET", "/health", "Content-Length: 0")),
    # What is inside a body stays inside, whatever the method.
    answered("a request in the body of a POST", RULE, post(HIDDEN_LENGTH, body=HIDDEN), 400),
    answered("a request in the body of a GET", "RFC 9110 9.3.1", request("GET", "/health", HIDDEN_LENGTH, body=HIDDEN)),
    answered("a request in the body of a HEAD", "RFC 9110 9.3.2", request("HEAD", "/health", HIDDEN_LENGTH, body=HIDDEN),
             head_reply(200)),
    answered("a request in the body of a DELETE", "RFC 9110 9.3.5", request("DELETE", "/health", HIDDEN_LENGTH, body=HIDDEN),
             405),
    answered("a request in the body of an OPTIONS", "RFC 9110 9.3.7", request("OPTIONS", "/health", HIDDEN_LENGTH, body=HIDDEN),
             204),
    answered("a request in the body of a request for nothing", RULE,
             request("GET", "/nothing/here", HIDDEN_LENGTH, body=HIDDEN), 404),
    answered("a request in the body of a request without a token", RULE, post(HIDDEN_LENGTH, target="/chat/send", body=HIDDEN),
             401),
    # The control: what stands behind a body of no bytes is a request, and this proves that one that runs is noticed.
    answered("a request behind the body is run", RULE, post("Content-Length: 0", body=HIDDEN), (400, 201), runs=True),
    ends("a body that ends too early", "RFC 9112 8", post(HIDDEN_LENGTH, body=HIDDEN[:-1]), 400, ends_sending=True),
    ends("a body that never begins", "RFC 9112 8", post("Content-Length: 5"), 400, ends_sending=True),
]
