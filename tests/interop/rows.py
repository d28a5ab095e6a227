# SPDX-License-Identifier: GPL-3.0-or-later
"""The table in README.md is true: each promise names tests, and each of them exists and is run."""

import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
DOCUMENTS = {"000", "001", "002", "003", "004"}
# What document 002 leaves in square brackets for its owner to write.
CHAPTERS = ["Rate limiting", "Error handling", "Versioning", "Examples", "Libraries and SDKs", "Changelog", "Support"]


def rows():
    table = (HERE / "README.md").read_text().split("| document | promise | test |")[1]
    for line in table.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            document, promise, tests = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:4]]
            yield document, promise, re.findall(r"`([^`:]+): ([^`]+)`", tests)


class Rows(unittest.TestCase):
    def test_every_document_has_rows(self):
        self.assertLessEqual(DOCUMENTS, {document for document, _, _ in rows()})

    def test_every_row_names_tests_that_exist_and_run(self):
        registered = (HERE / "CMakeLists.txt").read_text()
        for _, promise, tests in rows():
            with self.subTest(promise):
                self.assertTrue(tests, "no test is named")
                for file, name in tests:
                    text = (TESTS / file).read_text()
                    if file.endswith(".py"):
                        self.assertRegex(text, rf"def {name}\(self\)")
                    else:
                        self.assertIn(f"test('{name}'", text)
                    self.assertIn(pathlib.Path(file).name, registered)

    def test_the_chapters_that_002_leaves_open_are_written(self):
        text = (TESTS.parent / "resources" / "docs" / "api.md").read_text()
        written = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", text, re.MULTILINE))
        for chapter in CHAPTERS:
            with self.subTest(chapter):
                self.assertIn(chapter, written)
                self.assertGreater(len(written[chapter].split()), 15)


if __name__ == "__main__":
    unittest.main(verbosity=2)
