# SPDX-License-Identifier: GPL-3.0-or-later
"""The table in THREATS.md is true: each row names tests, each of them exists, is run and names its row."""

import json
import os
import pathlib
import re
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROWS = [*range(1, 50)]
# Of these no feature exists yet that such an input could reach; the row says so in place of tests.
MAY_WAIT = {14, 27}

# A function of QtTest or unittest, a row of data, a test of CTest's.
DEFINED_BY = r"(?:\bvoid (?:\w+::)?|\bdef |newRow\(\"|_test\(|rookery_fuzz\(|add_test\(NAME )"


def rows():
    table = (HERE / "THREATS.md").read_text().split("| # | input | answer | tests |")[1]
    for line in table.splitlines():
        if re.match(r"\| \d", line):
            number, _, _, tests = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:5]]
            yield int(number), tests


def named(tests):
    """The (file, name) pairs of a cell: `file: name`, and `: name` for one more of the same file."""
    file = None
    for before, name in re.findall(r"`([^`:]*): ([^`]+)`", tests):
        file = before or file
        yield file, name


def rows_named_in(text):
    """The numbers after THREATS in a test: "THREATS 19", "THREATS 19, 20", "THREATS.md 8–10"."""
    found = set()
    for list_ in re.findall(r"THREATS(?:\.md)?(?: rows?)?((?:(?:,| and| or|–|-)? ?\d+)+)", text):
        for first, last in re.findall(r"(\d+)(?:[–-](\d+))?", list_):
            found.update(range(int(first), int(last or first) + 1))
    return found


def rows_named_by(file):
    """By the file itself or, of cases in a folder of their own, by the README beside it."""
    texts = [path.read_text() for path in (file, file.parent / "README.md") if path.is_file()]
    return rows_named_in("\n".join(texts))


def ctest_tests():
    """What CTest runs: name of the test -> words of its command."""
    listing = subprocess.run([os.environ["ROOKERY_CTEST"], "--test-dir", os.environ["ROOKERY_TEST_BUILD"],
                              "--show-only=json-v1"], check=True, capture_output=True, text=True)
    return {test["name"]: test.get("command", []) for test in json.loads(listing.stdout)["tests"]}


def is_run(file, name, tests):
    """Whether CTest runs this program, whose test has its folder's word in its name at times, or this script; of a
    CMakeLists.txt, the test that it names so."""
    called = name if file.name == "CMakeLists.txt" else file.stem.removeprefix("tst_")
    return any(test == called or test.endswith("_" + called) for test in tests) or any(
        pathlib.PurePath(word).name == file.name for words in tests.values() for word in words)


class Threats(unittest.TestCase):
    def test_every_row_is_there_once(self):
        self.assertEqual(list(ROWS), [number for number, _ in rows()])

    def test_every_row_names_tests_that_exist_and_run_and_name_it(self):
        registered = ctest_tests()
        for number, tests in rows():
            with self.subTest(row=number):
                pairs = list(named(tests))
                self.assertTrue(pairs or number in MAY_WAIT, "no test is named")
                for file, name in pairs:
                    path = HERE / file
                    self.assertTrue(path.is_file(), f"there is no {file}")
                    text = path.read_text()
                    self.assertRegex(text, DEFINED_BY + re.escape(name) + r"\b", f"{file} has no {name}")
                    self.assertTrue(is_run(path, name, registered), f"no test of CTest's runs {file}: {name}")
                named_by = {row for file, _ in pairs for row in rows_named_by(HERE / file)}
                self.assertTrue(not pairs or number in named_by, f"none of the tests names row {number}")

    def test_a_list_of_rows_is_read(self):
        self.assertEqual({1, 2, 19, 20, 21}, rows_named_in("/// THREATS 1, 2.\n# THREATS.md 19–21: heads"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
