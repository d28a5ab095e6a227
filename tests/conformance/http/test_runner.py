# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner can fail: every planted fault is found, by the cases meant for it, and without a fault nothing is reported."""

import unittest

import faults
from cases import all_cases
from delivery import Effort
from judge import judge
from relay import relaying
from subject import running_daemon


class Runner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.subject = cls.enterClassContext(running_daemon())
        cls.cases = {case.name: case for case in all_cases()}

    def findings(self, fault, cases):
        with relaying(self.subject.address, fault) as address:
            relayed = self.subject.relayed(address)
            try:
                return judge(relayed, cases, Effort.WHOLE, asked=self.subject)[0]
            finally:
                relayed.close()

    def test_there_are_as_many_cases_as_promised(self):
        self.assertEqual(len([case for case in self.cases.values() if case.number.startswith("1.")]), 33)
        self.assertGreater(len([case for case in self.cases.values() if case.hides]), 120)

    def test_a_relay_without_a_fault(self):
        self.assertEqual([str(finding) for finding in self.findings(faults.NONE, list(self.cases.values()))], [])

    def test_planted_faults_are_found(self):
        for fault in faults.FAULTS:
            with self.subTest(fault.name):
                cases = [self.cases[name] for name in fault.found_by]
                found = {finding.case.name for finding in self.findings(fault, cases)}
                self.assertEqual(found, set(fault.found_by))


if __name__ == "__main__":
    unittest.main(verbosity=2)
