# SPDX-License-Identifier: GPL-3.0-or-later
"""The table is complete: anything that takes JSON in the OpenAPI document or common/README.md and is not in the table
fails, field by field. That the document lists every route is tested elsewhere, by the router itself."""

import collections
import json
import pathlib
import re
import unittest

from table import FORMS, INTEGER, QUERIES, TEXT

ROOT = pathlib.Path(__file__).resolve().parents[3]


def document():
    return json.loads((ROOT / "resources/openapi/openapi.json").read_text())


def resolved(node, whole):
    while "$ref" in node:
        found = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operations(whole):
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation, item.get("parameters", [])


class Table(unittest.TestCase):
    def test_every_body(self):
        whole = document()
        documented = {}
        for method, path, operation, _ in operations(whole):
            if "requestBody" in operation:
                body = resolved(operation["requestBody"], whole)
                schema = resolved(body["content"]["application/json"]["schema"], whole)
                documented[f"{method} {path}"] = (set(schema["properties"]), set(schema.get("required", [])))
        tabled = {form.where: (set(form.fields), {name for name, field in form.fields.items() if field.required})
                  for form in FORMS if not form.is_frame}
        self.assertEqual(tabled, documented)

    def test_every_query(self):
        whole = document()
        documented = {}
        for method, path, operation, shared in operations(whole):
            parameters = [resolved(node, whole) for node in [*operation.get("parameters", []), *shared]]
            query = {node["name"]: INTEGER if self.is_number(node, whole) else TEXT
                     for node in parameters if node["in"] == "query"}
            if query and method == "GET":
                documented[path] = query
            elif query:  # of what else could not say it in a body
                self.assertEqual((method, query), ("DELETE", {"client_id": TEXT}))
        self.assertEqual(dict(QUERIES), documented)

    @staticmethod
    def is_number(node, whole):
        return resolved(node["schema"], whole).get("type") == "integer"

    def test_every_native_frame(self):
        text = (ROOT / "common/README.md").read_text()
        table = text.split("From the client:")[1].split("From the server:")[0]
        documented = collections.defaultdict(set)
        for frame in re.findall(r"^\| `(\{.*?\})` \|", table, re.MULTILINE):
            kind = re.search(r'"type":"(\w+)"', frame)[1]
            names = set(re.findall(r'"(\w+)"', re.sub(r"\[.*?\]|: \{.*?\}", "", frame))) - {"type", kind}
            documented[kind] |= names
        tabled = {form.fixed["type"]: set(form.fields) for form in FORMS if form.where == "/ws/v1" and form.fixed}
        self.assertEqual(tabled, documented)

    def test_every_dialect(self):
        paths = {form.where for form in FORMS if form.is_frame}
        text = (ROOT / "server/dialects/README.md").read_text().split("\n\n")[2]
        documented = {path.replace("{room}", "den") for path in re.findall(r"`(/[^`]*)`", text)}
        self.assertEqual(paths, documented)


if __name__ == "__main__":
    unittest.main(verbosity=2)
