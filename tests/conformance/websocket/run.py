# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the cases against a WebSocket echo server, and reports failures.

    python3 run.py --url ws://127.0.0.1:5000/test/echo --sections 1-7,10,R
    ROOKERY_TEST_DAEMON=build/bin/rookeryd python3 run.py --tls

Without --url it starts a rookeryd of its own. The status is 0 where every case passed, and 1 otherwise."""

import argparse
import contextlib
import sys
import time

import target
from cases import CASES

# Nothing waits this long unless the server is silent.
PATIENCE = 30.0


def section_of(case):
    return case.number.split(".")[0]


def chosen(wanted):
    """The cases of "1-7,10,R" or "6.4,9.1.6"; all of them for None."""
    if wanted is None:
        return list(CASES)
    prefixes = set()
    for part in wanted.split(","):
        first, dash, last = part.partition("-")
        prefixes |= {str(section) for section in range(int(first), int(last) + 1)} if dash else {part}
    cases = [case for case in CASES if any(f"{case.number}.".startswith(f"{prefix}.") for prefix in prefixes)]
    if not cases:
        raise SystemExit(f"there is no case in {wanted}")
    return cases


def run(cases, url, patience=PATIENCE, say=print):
    """{number: what went wrong} of those that fail."""
    failures = {}
    for case in cases:
        problem = case.run(url, patience)
        if problem is not None:
            failures[case.number] = problem
            say(f"FAILED {case.number} ({case.title}): {problem}")
    return failures


@contextlib.contextmanager
def daemon(tls):
    with target.start(tls, **target.ECHO) as started:
        yield target.url(started, "/test/echo")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="of a server that echoes; its messages must reach 16 MiB for section 9")
    parser.add_argument("--sections", help="such as 1-7,10,R or 6.4,9.1.6; default: all")
    parser.add_argument("--tls", action="store_true", help="over TLS, where the daemon is started here")
    options = parser.parse_args()
    cases = chosen(options.sections)
    began = time.monotonic()
    with contextlib.nullcontext(options.url) if options.url else daemon(options.tls) as url:
        failures = run(cases, url)
    for section in dict.fromkeys(map(section_of, cases)):
        of_it = [case for case in cases if section_of(case) == section]
        failed = sum(case.number in failures for case in of_it)
        print(f"section {section}: {len(of_it) - failed} of {len(of_it)} passed")
    print(f"{len(cases) - len(failures)} of {len(cases)} passed in {time.monotonic() - began:.1f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
