# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of the document finds errors in answers: each one is planted in a valid answer."""

import copy
import json
import unittest

from document import Document

JSON = {"Content-Type": "application/json"}
PROBLEM = {"Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer"}
COOKIE = {"Set-Cookie": "rookery_session=; Max-Age=0"}
EVENT = {
    "room": "019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e01", "seq": 1, "id": "019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e02", "kind": "message",
    "sender": {"id": "019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e03", "username": "anna"},
    "client_id": "3f0f8a52-5a55-4a8c-9a0e-5d3c3f4b8f11", "text": "Hello", "timestamp": "2026-11-21T08:00:00.000Z"}
PAGE = {"epoch": "e", "events": [EVENT], "last_seq": 1, "has_more": False}
REFUSAL = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "No.", "code": "unauthorized", "error": "No."}


def changed(value, path, to):
    """A copy in which the member at this path is another, or gone where `to` is ..."""
    whole = copy.deepcopy(value)
    *steps, last = path
    place = whole
    for step in steps:
        place = place[step]
    if to is ...:
        del place[last]
    else:
        place[last] = to
    return whole


class Reader(unittest.TestCase):
    def setUp(self):
        self.document = Document()
        self.events = self.document.operation("events")

    def problem(self, status, headers, value):
        return self.events.problem(status, headers, json.dumps(value).encode())

    def test_good_answers(self):
        self.assertIsNone(self.problem(200, JSON, PAGE))
        self.assertIsNone(self.problem(200, JSON, {**PAGE, "further": 1}))
        self.assertIsNone(self.problem(401, PROBLEM, REFUSAL))
        self.assertIsNone(self.document.operation("logOut").problem(204, COOKIE, b""))

    def test_faults_are_found(self):
        first = ("events", 0)
        faults = {
            "an undocumented status": (201, JSON, PAGE),
            "an undocumented refusal": (418, PROBLEM, REFUSAL),
            "another media type": (200, {"Content-Type": "text/html"}, PAGE),
            "no media type": (200, {"Content-Type": None}, PAGE),
            "a header that is missing": (401, {"Content-Type": PROBLEM["Content-Type"]}, REFUSAL),
            "a list": (200, JSON, []),
            "a missing member": (200, JSON, changed(PAGE, ["epoch"], ...)),
            "a missing member further in": (200, JSON, changed(PAGE, [*first, "sender", "username"], ...)),
            "a text for a number": (200, JSON, changed(PAGE, ["last_seq"], "1")),
            "a boolean for a number": (200, JSON, changed(PAGE, ["last_seq"], True)),
            "a number for a boolean": (200, JSON, changed(PAGE, ["has_more"], 0)),
            "null": (200, JSON, changed(PAGE, ["epoch"], None)),
            "a number that is too small": (200, JSON, changed(PAGE, [*first, "seq"], 0)),
            "an id that is none": (200, JSON, changed(PAGE, [*first, "id"], "1")),
            "a time without milliseconds": (200, JSON, changed(PAGE, [*first, "timestamp"], "2026-11-21T08:00:00Z")),
            "an unknown code": (401, PROBLEM, {**REFUSAL, "code": "nope"}),
            "a code of another status": (401, PROBLEM, {**REFUSAL, "code": "forbidden"}),
            "another status in the body": (401, PROBLEM, {**REFUSAL, "status": 403}),
            "another type of problem": (401, PROBLEM, {**REFUSAL, "type": "x"}),
        }
        for name, fault in faults.items():
            with self.subTest(name):
                self.assertIsNotNone(self.problem(*fault))
        self.assertIsNotNone(self.events.problem(200, JSON, b"{"))
        log_out = self.document.operation("logOut")
        self.assertIn("body", log_out.problem(204, COOKIE, b"x"))
        self.assertIn("Set-Cookie", log_out.problem(204, {}, b""))

    def test_the_table_of_errors_is_read(self):
        self.assertLessEqual({(400, "invalid_json"), (417, "expectation_failed"), (501, "not_implemented")}, self.document.codes)

    def test_a_keyword_that_is_not_known_passes_nothing(self):
        self.assertIn("not known", self.document.mismatch("x", {"anyOf": []}, "x"))

    def test_patterns_end_where_the_text_ends(self):
        name = {"pattern": "^[a-z]+$"}
        self.assertIsNone(self.document.mismatch("abc", name, "x"))
        for text in ("abc\n", "ab1", ""):
            self.assertIsNotNone(self.document.mismatch(text, name, "x"), text)

    def test_every_schema_can_be_read(self):
        for operation in self.document.operations():
            for status, response in operation.source["responses"].items():
                for media, content in self.document.follow(response).get("content", {}).items():
                    if media.endswith("json"):
                        problem = self.document.mismatch({}, content["schema"], operation.name)
                        self.assertNotIn("not known", problem or "", f"{operation.name} {status}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
