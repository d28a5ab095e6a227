# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches the files left by the daemons of all tests for passwords and tokens (THREATS 30).

    scan.py EVIDENCE [--sources TESTS] [--homes HOMES]

EVIDENCE is the folder filled by tests/support/evidence.h and tests/interop/support/evidence.py: `daemons/`, with a
subfolder for each daemon's log and data, and `secrets/`, the secrets sent and received. HOMES are the tests' home
folders, with the desktop client's cache and settings. Fails on any finding, and if there was too little to search
for the result to mean anything.
"""

import argparse
import collections
import pathlib
import sqlite3
import sys

from secrets_of import Secrets, context

# A whole run leaves many times as much.
AT_LEAST = {"daemons by TestDaemon": 40, "daemons by the clients of others": 20,
            "daemons by the benchmark and the faults": 4, "databases": 60, "rows": 2000, "bytes of logs": 10_000,
            "passwords": 10, "tokens": 200}
KINDS = {"daemon": "daemons by TestDaemon", "interop": "daemons by the clients of others",
         "program": "daemons by the benchmark and the faults"}
# The only place for the hash of a password.
HASHES = ("users", "password_hash")


class Scan:
    def __init__(self, secrets):
        self.secrets = secrets
        self.counts = collections.Counter()
        self.findings = []

    def daemon(self, folder):
        self.counts[KINDS.get(folder.name.partition("-")[0], "other daemons")] += 1
        self._bytes(folder / "log", log=True)
        files = [path for path in sorted((folder / "data").rglob("*")) if path.is_file()]
        # First all bytes: who opens a database takes its log into it, or throws it away.
        for path in files:
            self._bytes(path, log=path.suffix == ".log")
        for path in files:
            if path.suffix in (".db", ".sqlite", ".sqlite3"):
                self._database(path)

    def home(self, folder):
        """What the client keeps of a log-in is no secret of it."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".sqlite", ".sqlite-wal", ".ini", ".conf"):
                self.counts["files of clients"] += 1
                self._bytes(path)

    def _bytes(self, path, log=False):
        content = path.read_bytes()
        if log:
            self.counts["bytes of logs"] += len(content)
        for what, at in self.secrets.found_in(content, log):
            self.findings.append(f"{path}: {what} at byte {at}: {context(content, at)}")

    def _database(self, path):
        """Value by value as well: a long one does not lie in one piece. And hashes only where they belong."""
        self.counts["databases"] += 1
        try:
            database = sqlite3.connect(path)
            database.text_factory = bytes
            tables = [name.decode() for name, in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")]
            for table in tables:
                self._table(path, database, table)
            database.close()
        except sqlite3.DatabaseError as problem:
            # Tests break some on purpose, and some are none yet; their bytes have been looked at.
            self.counts["databases that cannot be read"] += 1
            print(f"{path}: {problem}")

    def _table(self, path, database, table):
        rows = database.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in rows.description]
        for row in rows:
            self.counts["rows"] += 1
            for column, value in zip(columns, row):
                if not isinstance(value, bytes):
                    continue
                if b"$argon2" in value and (table, column) != HASHES:
                    self.findings.append(f"{path}: the hash of a password in {table}.{column}")
                for what, at in self.secrets.found_in(value):
                    self.findings.append(f"{path}: {what} in {table}.{column}: {context(value, at)}")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evidence", type=pathlib.Path)
    parser.add_argument("--sources", type=pathlib.Path)
    parser.add_argument("--homes", type=pathlib.Path)
    options = parser.parse_args(arguments)

    secrets = Secrets()
    secrets.add_recorded(options.evidence / "secrets")
    if options.sources:
        secrets.add_from_sources(options.sources)
    scan = Scan(secrets)
    scan.counts["passwords"] = len(secrets.passwords)
    scan.counts["tokens"] = len(secrets.tokens)
    daemons = options.evidence / "daemons"
    for folder in sorted(daemons.iterdir()) if daemons.is_dir() else ():
        scan.daemon(folder)
    if options.homes:
        scan.home(options.homes)

    for what, count in sorted(scan.counts.items()):
        print(f"{what}: {count}")
    for finding in scan.findings[:50]:
        print(f"FOUND {finding}")
    if len(scan.findings) > 50:
        print(f"… and {len(scan.findings) - 50} more")
    missing = {what: least for what, least in AT_LEAST.items() if scan.counts[what] < least}
    for what, least in missing.items():
        print(f"TOO LITTLE to look at: {scan.counts[what]} {what}, and not {least}. "
              "This looks at what a run of all tests leaves; run them all")
    return 1 if scan.findings or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
