# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of scan.py: it finds every planted secret, wherever it is, and nothing else."""

import base64
import contextlib
import io
import pathlib
import sqlite3
import tempfile
import unittest

import scan

PASSWORD = "hunter's hörse \"42\""
TOKEN = ("eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxMjM0NTY3ODlhYmNkZWYiLCJ0eXAiOiJKV1QifQ."
         "eyJhdWQiOiJyb29rZXJ5Iiwic3ViIjoiMDE5OGMwZGUifQ.pY0mZ3JrH5v1c9c0d1e2f3g4h5i6j7k8l9m0n1o2p3q")
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"


class ScanTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.evidence = pathlib.Path(folder.name)
        (self.evidence / "secrets").mkdir()
        (self.evidence / "secrets" / "1").write_bytes(
            b"".join(base64.b64encode(secret.encode()) + b"\n" for secret in (PASSWORD, TOKEN)))
        self.data = self.evidence / "daemons" / "daemon-1-0" / "data"
        self.data.mkdir(parents=True)
        self.log = self.data.parent / "log"
        self.log.write_text("rookeryd: listening\nrookeryd: 3 log-ins of users that do not exist\n")
        self.rows("INSERT INTO users VALUES (?, ?)", "ann", HASH)

    def rows(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.data / "rookery.db")) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS users (name TEXT, password_hash TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS events (text TEXT, more TEXT)")
            database.execute(statement, values)

    def run_scan(self, at_least=None):
        before, scan.AT_LEAST = scan.AT_LEAST, at_least or {}
        try:
            with contextlib.redirect_stdout(io.StringIO()) as said:
                return scan.main([str(self.evidence)]), said.getvalue()
        finally:
            scan.AT_LEAST = before

    def assert_found(self, what):
        status, said = self.run_scan()
        self.assertEqual(status, 1, said)
        self.assertIn(what, said)

    def test_nothing_is_found_where_there_is_nothing(self):
        self.assertEqual(self.run_scan()[0], 0, self.run_scan()[1])

    def test_in_a_log(self):
        for what, line in (("a password", f"log-in with {PASSWORD}"),
                           ("a password", "body: hunter's h\\u00f6rse \\\"42\\\""),
                           ("a password", "GET /?p=hunter%27s%20h%C3%B6rse%20%2242%22"),
                           ("a password", base64.b64encode(PASSWORD.encode()).decode()),
                           ("a token", f"presented {TOKEN}"),
                           ("a part of a token", f"signature {TOKEN.rpartition('.')[2]} refused"),
                           ("a part of a token", TOKEN.split(".")[1]),
                           ("a token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."),
                           ("a bearer token", "Authorization: Bearer abcdefgh12"),
                           ("a bearer token", "Sec-WebSocket-Protocol: bearer, abcdefgh12"),
                           ("a session cookie", "Cookie: rookery_session=abcdef"),
                           ("a token in a URL", "GET /ws/chat/a/?token=abc HTTP/1.1"),
                           ("the hash of a password", HASH),
                           ("what is called a password", '{"username":"a","password":"b"}')):
            with self.subTest(line):
                self.log.write_text(f"rookeryd: {line}\n")
                self.assert_found(f"log: {what} at")

    def test_in_a_log_beside_the_data(self):
        (self.data / "rookeryd.log").write_text("?token=abc")
        self.assert_found("a token in a URL")

    def test_in_a_column(self):
        self.rows("INSERT INTO events VALUES (?, ?)", "hello", f"x{PASSWORD}x")
        self.assert_found("a password in events.more")

    def test_in_a_value_that_does_not_lie_in_one_piece(self):
        self.rows("INSERT INTO events VALUES (?, ?)", "x" * 20_000 + TOKEN + "x" * 20_000, "")
        self.assert_found("a token in events.text")

    def test_in_what_is_not_yet_in_the_database(self):
        (self.data / "rookery.db-wal").write_bytes(b"\0" * 100 + PASSWORD.encode() + b"\0" * 100)
        self.assert_found("rookery.db-wal: a password at byte 100")

    def test_a_hash_in_another_column(self):
        self.rows("INSERT INTO events VALUES (?, ?)", HASH, "")
        self.assert_found("the hash of a password in events.text")

    def test_a_database_that_cannot_be_read_is_looked_at_all_the_same(self):
        (self.data / "rookery.db").write_bytes(b"no database " + PASSWORD.encode())
        self.assert_found("a password at byte 12")

    def test_too_little_is_not_enough(self):
        self.assertEqual(self.run_scan({"databases": 1, "tokens": 1, "rows": 1})[0], 0)
        for what in scan.AT_LEAST:
            with self.subTest(what):
                status, said = self.run_scan({what: 10 ** 9})
                self.assertEqual(status, 1)
                self.assertIn("TOO LITTLE to look at: ", said)

    def test_passwords_are_found_in_sources(self):
        sources = self.evidence / "tests"
        sources.mkdir()
        (sources / "a.cpp").write_text('const QString password = QStringLiteral("of a source");\n'
                                       'R"({"username":"a","password":"in a body"})"\n')
        (sources / "b.py").write_text('PASSWORD = "of a script"\n')
        for secret in ("of a source", "in a body", "of a script"):
            with self.subTest(secret):
                self.log.write_text(secret)
                with contextlib.redirect_stdout(io.StringIO()):
                    self.assertEqual(scan.main([str(self.evidence), "--sources", str(sources)]), 1)


if __name__ == "__main__":
    unittest.main()
