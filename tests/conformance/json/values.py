# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid values of a field, and invalid JSON texts, as raw bytes."""

from table import BOOLEAN, ID, INTEGER, POINT, POINTS, REF, TEXT

DEPTH = 10_000
# No text: neither can be stored, sent and shown as it came.
BAD_STRINGS = {
    "a lone high surrogate": rb'"a\ud800b"', "a lone low surrogate": rb'"a\udc00b"',
    "a surrogate pair the wrong way round": rb'"\udc00\ud800"', "a high surrogate at the end": rb'"a\ud800"',
    "two high surrogates": rb'"\ud800\ud800\udc00"', "NUL": rb'"\u0000"', "NUL inside": rb'"a\u0000b"',
}
_CONTAINERS = {
    "an object": b"{}", "a full object": b'{"a":1}', "an array": b"[]", "an array of strings": b'["a"]',
    "500 arrays": b"[" * 500 + b"]" * 500, "500 objects": b'{"a":' * 500 + b"1" + b"}" * 500,
}
_BOOLEANS = {"true": b"true", "false": b"false"}
_BAD_NUMBERS = {
    "a fraction": b"1.5", "a negative number": b"-1", "-1.5": b"-1.5", "2^53": b"9007199254740992",
    "2^63": b"9223372036854775808", "2^64": b"18446744073709551616", "1e308": b"1e308", "-1e308": b"-1e308",
    "1e-5": b"1e-5", "a number of 300 digits": b"9" * 300,
}
_NUMBERS = {"0": b"0", "1": b"1", "1e0": b"1e0", **_BAD_NUMBERS}
_HUGE = {name: _BAD_NUMBERS[name] for name in ("2^63", "2^64", "1e308", "-1e308", "a number of 300 digits")}

WRONG = {
    TEXT: {**_NUMBERS, **_BOOLEANS, **_CONTAINERS, **BAD_STRINGS},
    ID: {**_BAD_NUMBERS, **_BOOLEANS, **_CONTAINERS, **BAD_STRINGS},
    INTEGER: {**_BAD_NUMBERS, **_BOOLEANS, **_CONTAINERS, "a string": b'"1"', "an empty string": b'""'},
    BOOLEAN: {**_NUMBERS, **_CONTAINERS, "a string": b'"true"', "an empty string": b'""'},
    POINTS: {**_NUMBERS, **_BOOLEANS, "an object": b"{}", "a string": b'"den"', "numbers": b"[1]", "strings": b'["den"]',
             "null in it": b"[null]", "arrays": b"[[]]", "500 arrays": b"[" * 500 + b"]" * 500,
             "1,001 rooms": b"[" + b",".join([b'{"room":"r","epoch":"e","seq":1}'] * 1001) + b"]"},
    POINT: {**_NUMBERS, **_BOOLEANS, "an array": b"[]", "a string": b'"e"'},
    REF: {**_BOOLEANS, **_CONTAINERS, **_HUGE, **BAD_STRINGS, "65 characters": b'"' + b"a" * 65 + b'"'},
}
# What is in a list names its own field.
WRONG_POINTS = {
    field: {name: b"[{" + b",".join(
        b'"%s":%s' % (key.encode(), value if key == field else good)
        for key, good in (("room", b'"den"'), ("epoch", b'"e"'), ("seq", b"1"))) + b"}]"
        for name, value in WRONG[kind].items()}
    for field, kind in (("room", TEXT), ("epoch", TEXT), ("seq", INTEGER))}
WRONG_POINT = {
    field: {name: b"{" + b",".join(
        b'"%s":%s' % (key.encode(), value if key == field else good) for key, good in (("epoch", b'"e"'), ("seq", b"1"))) + b"}"
        for name, value in WRONG[kind].items()}
    for field, kind in (("epoch", TEXT), ("seq", INTEGER))}

# In place of a value: the text is no JSON any more, and the fault is in this member.
NO_VALUES = {
    "10,000 arrays": b"[" * DEPTH + b"]" * DEPTH, "10,000 objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "10,000 arrays without end": b"[" * DEPTH, "1e400": b"1e400", "-1e400": b"-1e400", "1e999999999": b"1e999999999",
    "a number of 5,000 digits": b"9" * 5000, "NaN": b"NaN", "Infinity": b"Infinity", "-Infinity": b"-Infinity",
    "012": b"012", "+1": b"+1", "0x10": b"0x10", "1.": b"1.", ".5": b".5", "True": b"True", "undefined": b"undefined",
    "single quotes": b"'a'", "a raw NUL": b'"a\0b"', "a raw line break": b'"a\nb"', "a raw tab": b'"a\tb"',
    "an unknown escape": rb'"\x41"', "half an escape": rb'"\u12"', "a comment": b"1/* */", "nothing": b"",
    "a string without end": b'"a',
}
# The same, but no UTF-8: over a WebSocket it never gets as far as JSON.
NO_UTF8 = {
    "ff": b'"\xff"', "cut": b'"\xe2\x82"', "overlong": b'"\xc0\xaf"', "a surrogate": b'"\xed\xa0\x80"',
    "past U+10FFFF": b'"\xf4\x90\x80\x80"', "Latin-1": "\"é\"".encode("latin-1"),
}
# In place of a whole text.
NO_OBJECTS = {
    "nothing": b"", "white space": b" \n", "null": b"null", "true": b"true", "a number": b"1", "a string": b'"a"',
    "an array": b"[]", "10,000 arrays": b"[" * DEPTH + b"]" * DEPTH, "10,000 arrays without end": b"[" * DEPTH,
    "a form": b"username=ann&password=x", "XML": b"<a/>", "an object without end": b"{", "two objects": b"{}{}",
    "something behind": b"{} x", "a NUL behind": b"{}\0", "a comma too many": b'{"a":1,}', "no comma": b'{"a":1 "b":2}',
    "a bare name": b"{a:1}", "no colon": b'{"a" 1}', "no name": b"{:1}", "two colons": b'{"a"::1}',
}
NO_OBJECTS_OR_UTF8 = {"UTF-16": '{"a":1}'.encode("utf-16"), "UTF-32": '{"a":1}'.encode("utf-32"),
                      "only ff": b"\xff" * 100}

# Of a number in a query; each names the parameter.
NO_INTEGERS = ["", "abc", "-1", "%2B1", "%201", "1%20", "1.0", "1e3", "0x1", "99999999999999999999", "9" * 300,
               "%EF%BC%91", "%D9%A1", "1%00", "%00", "true", "null", "[]", "%ff"]
# Of a text in a query.
NO_TEXTS = ["%00", "a%00b", "%ff", "%c0%af", "%ed%a0%80", "%e2%82", "%f4%90%80%80"]
