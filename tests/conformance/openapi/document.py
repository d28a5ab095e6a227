# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document, parsed so that requests can be built from its examples and answers validated against its schemas."""

import json
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[3] / "resources/openapi/openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
FORMATS = {"uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
           "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "password": r"(?s:.*)"}
SILENT = {"description", "default", "example"}


class Operation:
    """One method of one path, with every `$ref` followed."""

    def __init__(self, document, method, path, source):
        self.document = document
        self.method = method
        self.path = path
        self.source = source
        self.id = source["operationId"]
        self.name = f"{method} {path}"

    @property
    def statuses(self):
        """Those with a number of their own, without `default`."""
        return {int(status) for status in self.source["responses"] if status != "default"}

    @property
    def security(self):
        return self.source.get("security", self.document.root["security"])

    @property
    def is_open(self):
        return not self.security

    @property
    def takes_guests(self):
        return {} in self.security

    def parameters(self, place):
        """{name: its parameter} of those in the path or in the query."""
        found = map(self.document.follow, self.source.get("parameters", []))
        return {parameter["name"]: parameter for parameter in found if parameter["in"] == place}

    @property
    def body(self):
        """The schema of the body; None where the operation takes none."""
        if "requestBody" not in self.source:
            return None
        return self.document.flat(self._json_body()["schema"])

    @property
    def needs_body(self):
        return self.document.follow(self.source["requestBody"]).get("required", False)

    @property
    def example(self):
        return dict(self._json_body()["example"]) if self.body else None

    def _json_body(self):
        return self.document.follow(self.source["requestBody"])["content"]["application/json"]

    def problem(self, status, headers, body):
        """Why this is no answer that the operation documents, by its number; None where it is."""
        response = self.source["responses"].get(str(status))
        if response is None:
            return f"status {status} is not documented: {body[:300]!r}"
        response = self.document.follow(response)
        missing = [name for name in response.get("headers", {}) if name not in headers]
        if missing:
            return f"{status} lacks the header {missing[0]}"
        return self.document.content_problem(status, response, headers, body)


class Document:
    def __init__(self, root=None):
        self.root = root or json.loads(SOURCE.read_text(encoding="utf-8"))

    def operations(self):
        return [Operation(self, method.upper(), path, item[method])
                for path, item in self.root["paths"].items() for method in METHODS if method in item]

    def operation(self, name):
        return next(operation for operation in self.operations() if operation.id == name)

    def follow(self, thing):
        while "$ref" in thing:
            target = self.root
            for step in thing["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            thing = target
        return thing

    def flat(self, schema):
        """The schema with the keywords of what it refers to."""
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**self.flat(self.follow({"$ref": schema["$ref"]})), **rest} if "$ref" in schema else rest

    def content_problem(self, status, response, headers, body):
        content = response.get("content")
        if not content:
            return f"{status} has a body, which is not documented: {body[:300]!r}" if body else None
        kind = (headers["Content-Type"] or "").split(";")[0].strip()
        if kind not in content:
            return f"the media type {kind!r} is not documented for {status}"
        if not kind.endswith("json"):
            return None
        try:
            value = json.loads(body)
        except ValueError as problem:
            return f"{status} is no JSON: {problem}"
        problem = self.mismatch(value, content[kind]["schema"], "answer")
        if problem or kind != "application/problem+json":
            return problem
        if value["status"] != status:
            return f"an answer with the status {status} says that it is {value['status']}"
        if f"`{value['code']}`" not in response["description"]:
            return f"the code {value['code']!r} is not documented for {status}"
        return None

    @property
    def codes(self):
        """{(status, code)} of the table of errors in the introduction."""
        rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", self.root["info"]["description"], re.MULTILINE)
        return {(int(status), code) for status, code in rows}

    def mismatch(self, value, schema, where):
        """Why the value does not fit the schema; None where it does. A keyword that is not known is a mismatch, so that
        no check is passed by being skipped."""
        for keyword, wanted in schema.items():
            problem = None if keyword in SILENT else self._broken(value, keyword, wanted, where)
            if problem:
                return problem
        return None

    def _broken(self, value, keyword, wanted, where):
        if keyword == "$ref":
            return self.mismatch(value, self.follow({"$ref": wanted}), where)
        if keyword == "allOf":
            return next(filter(None, (self.mismatch(value, part, where) for part in wanted)), None)
        if keyword == "properties":
            given = [name for name in wanted if isinstance(value, dict) and name in value]
            return next(filter(None, (self.mismatch(value[name], wanted[name], f"{where}.{name}") for name in given)), None)
        if keyword == "items":
            items = value if isinstance(value, list) else []
            return next(filter(None, (self.mismatch(item, wanted, f"{where}[]") for item in items)), None)
        if keyword not in CHECKS:
            return f"the schema of {where} uses {keyword!r}, which is not known here"
        return None if CHECKS[keyword](value, wanted) else f"{where} breaks {keyword} {wanted!r}: {value!r}"


def _has_type(value, wanted):
    names = [wanted] if isinstance(wanted, str) else wanted
    return any(isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names)


def _fits(value, pattern):
    # JavaScript's $ is the very end; Python's lets one line feed follow.
    return not isinstance(value, str) or re.search(re.sub(r"\$$", r"\\Z", pattern), value) is not None


def _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


CHECKS = {
    "type": _has_type,
    "required": lambda value, wanted: not isinstance(value, dict) or all(name in value for name in wanted),
    "enum": lambda value, wanted: value in wanted,
    "const": lambda value, wanted: value == wanted,
    "format": lambda value, wanted: not isinstance(value, str) or re.fullmatch(FORMATS[wanted], value) is not None,
    "pattern": _fits,
    "minimum": lambda value, wanted: not _is_number(value) or value >= wanted,
    "maximum": lambda value, wanted: not _is_number(value) or value <= wanted,
    "minLength": lambda value, wanted: not isinstance(value, str) or len(value) >= wanted,
    "maxLength": lambda value, wanted: not isinstance(value, str) or len(value) <= wanted,
}
