# SPDX-License-Identifier: GPL-3.0-or-later
"""Every HTTP case against a real daemon. `run.py [--tls] [--quick] [--list] [WORD…]`: only the cases that contain one of the words, or
have one of these numbers."""

import argparse
import sys
import time

from cases import all_cases
from delivery import Effort
from judge import judge
from subject import running_daemon

SHOWN = 40


def chosen(words):
    cases = all_cases()
    if not words:
        return cases
    return [case for case in cases if any(word == case.number or word == case.number.split(".")[0] or word in case.name for word in words)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tls", action="store_true",
                        help="over TLS; without the cases whose client ends its sending, which TLS cannot")
    parser.add_argument("--quick", action="store_true", help="whole and byte by byte only")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    cases = chosen(options.words)
    if options.tls:
        cases = [case for case in cases if not case.ends_sending]
    if options.list:
        for case in cases:
            print(f"{case.number:6} {case.name} [{case.source}]")
        return 0
    if not cases:
        parser.error("there is no such case")
    began = time.monotonic()
    with running_daemon(options.tls) as subject:
        findings, tried = judge(subject, cases, Effort.BYTEWISE if options.quick else Effort.ALL)
    for finding in findings[:SHOWN]:
        print(finding)
    failed = {finding.case.number for finding in findings}
    print(f"{len(cases)} cases, {sum(case.hides for case in cases)} of them with a request that must not run, {tried} deliveries, "
          f"{time.monotonic() - began:.1f} s: {len(failed)} failed, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
