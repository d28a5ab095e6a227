# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner finds faults: each fault of faulty_server.py fails the cases meant for it, and a server without a fault
fails none. And there are as many cases as in the Autobahn test suite."""

import collections
import concurrent.futures
import unittest

from cases import CASES, NUMBERED
from faulty_server import FAULTS, FaultyServer
from run import chosen, run, section_of

# Seconds. A fault is often silence, which is waited for as long as this, many at once.
SHORT_PATIENCE = 1.0
LONG_PATIENCE = 30.0
COUNTS = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}
# Fault -> cases that must find it.
FOUND_BY = {
    "unmasked accepted": "R.1.1,R.1.4,R.1.7,R.1.8",
    "reserved bits accepted": "3.1,3.2,3.5,3.6,3.7",
    "reserved opcodes ignored": "4.1.1,4.1.3,4.2.1,4.2.5",
    "long lengths accepted": "R.1.11,R.1.12,R.1.14",
    "any size accepted": "R.1.19,R.1.20,R.1.21",
    "fragmented pings accepted": "5.1,R.1.22,R.1.23,R.1.24",
    "long pings accepted": "2.5",
    "continuations of nothing ignored": "5.9,5.12,5.15,5.17",
    "messages inside messages accepted": "5.18,R.2.11,R.2.12",
    "one read is one frame": "1.1.8,2.6,2.10,5.3,R.3.1",
    "UTF-8 never checked": "6.3.1,6.4.1,6.8.1,6.20.1",
    "UTF-8 checked at the end": "6.4.1,6.4.2,6.4.3,6.4.4",
    "UTF-8 checked frame by frame": "6.4.3,6.4.4",
    "UTF-8 checked in each frame alone": "6.2.3,6.2.4,R.2.10",
    "surrogates accepted": "6.3.1,6.20.1,6.21.8",
    "BOM dropped": "R.2.1,R.2.2,R.2.3",
    "NUL ends text": "6.7.1,R.2.6",
    "binary checked as text": "1.2.2,R.2.7",
    "text echoed as binary": "1.1.2,6.2.1",
    "empty messages dropped": "1.1.1,1.2.1,6.1.1,6.1.2",
    "large messages cut": "1.1.7,1.2.7,9.1.1,10.1.1",
    "messages swapped in pairs": "7.1.6,R.2.6",
    "pings unanswered": "2.1,2.10,5.6",
    "pongs empty": "2.2,2.4,5.6",
    "pongs unasked": "1.1.1,2.7",
    "pings answered behind the message": "5.6,5.19,5.20",
    "1003 for 1002": "3.1,4.1.1,7.9.1,R.1.1",
    "1002 for 1007": "6.3.1,6.4.1,7.5.1",
    "1000 for every close": "7.7.2,7.7.13",
    "a code for a close without one": "7.3.1",
    "bad close codes accepted": "7.3.2,7.9.1,7.9.5,7.13.1",
    "close reasons unchecked": "7.5.1",
    "no close frame": "1.1.1,3.1,7.3.1",
    "reads on after close": "7.1.2,7.1.3,7.1.4,R.4.3",
    "stays after close": "1.1.1,7.3.3",
    "waits for an answer": "3.1,6.3.1",
    "cuts off": "1.1.1,7.3.3",
    "masks its frames": "1.1.1,2.1",
    "writes long lengths": "1.1.1,2.1",
    "sets a reserved bit": "1.1.1,2.1",
    "chooses an extension": "1.1.1",
    "wrong accept": "1.1.1",
}


def failures(wanted, url, patience=LONG_PATIENCE):
    """Their numbers, and what is said of them."""
    said = []
    return set(run(chosen(wanted), url, patience, said.append)), said


def found(fault):
    """Of the cases that must find it, those that do."""
    with FaultyServer(fault) as url:
        return failures(FOUND_BY[fault], url, SHORT_PATIENCE)[0]


class Runner(unittest.TestCase):
    def test_the_cases_have_the_autobahn_numbers(self):
        self.assertEqual(collections.Counter(map(section_of, NUMBERED)), COUNTS)
        self.assertEqual(len(NUMBERED), 301)
        self.assertEqual(len({case.number for case in CASES}), len(CASES))

    def test_every_fault_is_tried(self):
        self.assertEqual(set(FOUND_BY), set(FAULTS))

    def test_a_server_without_a_fault_passes(self):
        with FaultyServer() as url:
            self.assertEqual(failures("1-7,10,R,9.1.3,9.2.3,9.3.5,9.4.5,9.5.6,9.7.3", url), (set(), []))

    def test_every_fault_is_found(self):
        with concurrent.futures.ThreadPoolExecutor(len(FAULTS)) as pool:
            for fault, finders in zip(FOUND_BY, pool.map(found, FOUND_BY)):
                with self.subTest(fault):
                    self.assertEqual(finders, set(FOUND_BY[fault].split(",")))

    def test_a_server_that_is_not_there_fails(self):
        with FaultyServer() as url:
            pass
        numbers, said = failures("1.1.1", url)
        self.assertEqual(numbers, {"1.1.1"})
        self.assertIn("ConnectionRefusedError", said[0])

    def test_numbers_are_chosen_whole(self):
        self.assertEqual([case.number for case in chosen("9.1")], [f"9.1.{i}" for i in range(1, 7)])
        self.assertEqual([case.number for case in chosen("1.1.1")], ["1.1.1"])
        self.assertEqual(len(chosen("1-7,9,10")), 301)
        with self.assertRaises(SystemExit):
            chosen("8")


if __name__ == "__main__":
    unittest.main(verbosity=2)
