# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's view of the start: the help, certificates and keys, the data directory, the log messages about them."""

import os
import pathlib
import pty
import re
import select
import stat
import subprocess
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone

from support.curl import post
from support.daemon import PATIENCE, Daemon

DAEMON = os.environ["ROOKERY_TEST_DAEMON"]


def run(*arguments, **settings):
    """To its end; a setting of None takes the variable away."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROOKERY_")}
    environment.update(settings)
    environment = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run([DAEMON, *arguments], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          env=environment, timeout=PATIENCE, check=False)


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Output(unittest.TestCase):
    def test_the_help_has_lines(self):
        for flag in ("--help", "-h"):
            with self.subTest(flag):
                told = run(flag)
                self.assertEqual((told.returncode, told.stderr), (0, ""))
                self.assertNotIn("\\u{", told.stdout)
                lines = told.stdout.splitlines()
                self.assertGreater(len(lines), 100)
                self.assertLess(max(map(len, lines)), 200)
                self.assertIn("[limits]", lines)


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", cls.folder / "key.pem")
        (cls.folder / "key.pem").chmod(0o600)

    def certificate(self, name, days_from, days_until, issuer=None):
        """A certificate of that time, and a configuration that names it. `issuer`: appended to the file."""
        now = datetime.now(timezone.utc)
        times = [(now + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ") for days in (days_from, days_until)]
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\npolicy=any\n"
            "default_md=sha256\nunique_subject=no\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n")
        (self.folder / "index.txt").write_text("")
        subprocess.run(["openssl", "req", "-new", "-config", "ca.cnf", "-key", "key.pem", "-subj", "/CN=localhost",
                        "-out", "request.pem"], cwd=self.folder, check=True, capture_output=True)
        subprocess.run(["openssl", "ca", "-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", "key.pem", "-in",
                        "request.pem", "-startdate", times[0], "-enddate", times[1], "-notext", "-out", f"{name}.pem"],
                       cwd=self.folder, check=True, capture_output=True)
        pem = self.folder / f"{name}.pem"
        if issuer:
            pem.write_text(pem.read_text() + (self.folder / f"{issuer}.pem").read_text())
        return self.configuration(f"{name}.pem", "key.pem"), (now + timedelta(days=days_until)).strftime("%Y-%m-%d")

    def configuration(self, certificate, key):
        path = self.folder / "rookeryd.toml"
        path.write_text(f'[server]\nlisten = ["https://127.0.0.1:0"]\n[tls]\n\ncertificate_file = "{certificate}"\n'
                        f'\nkey_file = "{key}"\n')
        return path

    def smoke(self, configuration):
        return run("--config", str(configuration), "--data", str(self.folder / "data"), "--smoke")

    def check(self, configuration):
        return run("--config", str(configuration), "--check-config")

    def test_times_of_certificates(self):
        rows = (("good", -1, 100, None, None),
                ("old", -10, -1, None, r"The TLS certificate \S+/old.pem expired on {until} "),
                ("early", 3, 100, None, r"The TLS certificate \S+/early.pem is not valid before "),
                ("soon", -10, 5, None, r"The TLS certificate \S+/soon.pem expires on {until} "),
                ("later", -10, 15, None, None),
                ("chain", -1, 100, "old", r"An issuer's certificate in \S+/chain.pem expired on "))
        for name, begins, ends, issuer, expected in rows:
            with self.subTest(name):
                configuration, until = self.certificate(name, begins, ends, issuer)
                checked = self.check(configuration)
                started = self.smoke(configuration)
                self.assertEqual((checked.returncode, started.returncode), (0, 0), checked.stderr + started.stderr)
                if expected is None:
                    self.assertEqual(checked.stderr, "")
                    self.assertNotIn(" warning ", started.stderr)
                    continue
                words = re.escape(f"{configuration}:5: tls.certificate_file: ") + expected.format(until=until)
                self.assertRegex(checked.stderr, f"(?m)^rookeryd: warning: {words}")
                self.assertRegex(started.stderr, rf"(?m)^\S+ warning {words}")

    def test_a_key_with_a_pass_phrase_is_refused_and_nobody_asked(self):
        self.certificate("good", -1, 100)
        openssl("ec", "-in", self.folder / "key.pem", "-aes256", "-passout", "pass:abcd", "-out", self.folder / "old-way.pem")
        openssl("pkey", "-in", self.folder / "key.pem", "-aes256", "-passout", "pass:abcd", "-out", self.folder / "pkcs8.pem")
        for key in ("old-way.pem", "pkcs8.pem"):
            (self.folder / key).chmod(0o600)
            configuration = self.configuration("good.pem", key)
            for how in ("--check-config", "--smoke"):
                with self.subTest(f"{key} {how}"):
                    # With a terminal of its own, on which OpenSSL would ask.
                    child, terminal = pty.fork()
                    if child == 0:
                        os.execv(DAEMON, [DAEMON, "--config", str(configuration), "--data", str(self.folder / "data"), how])
                    told = b""
                    deadline = time.monotonic() + PATIENCE
                    while b"\n" not in told:
                        self.assertTrue(select.select([terminal], [], [], deadline - time.monotonic())[0], told)
                        try:
                            told += os.read(terminal, 4096)
                        except OSError:
                            break
                        if b"pass phrase:" in told:
                            os.kill(child, 9)
                            break
                    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                    os.close(terminal)
                    self.assertIn(f"{configuration}:7: tls.key_file: The TLS key {self.folder / key} cannot be used: "
                                  "it has a pass phrase", told.decode())
                    self.assertEqual(status, 2 if how == "--check-config" else 1)

    def test_what_is_wrong_has_its_key_and_line(self):
        self.certificate("good", -1, 100)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.folder / "other.pem")
        (self.folder / "other.pem").chmod(0o600)
        (self.folder / "open.pem").write_text((self.folder / "key.pem").read_text())
        (self.folder / "open.pem").chmod(0o644)
        (self.folder / "garbage.pem").write_text("garbage\n")
        (self.folder / "garbage.pem").chmod(0o600)
        os.mkfifo(self.folder / "fifo.pem")
        rows = (("none.pem", "key.pem", 5, "certificate_file"), ("garbage.pem", "key.pem", 5, "certificate_file"),
                ("fifo.pem", "key.pem", 5, "certificate_file"), (".", "key.pem", 5, "certificate_file"),
                ("good.pem", "none.pem", 7, "key_file"), ("good.pem", "garbage.pem", 7, "key_file"),
                ("good.pem", "other.pem", 7, "key_file"), ("good.pem", "open.pem", 7, "key_file"),
                ("good.pem", "fifo.pem", 7, "key_file"))
        for certificate, key, line, name in rows:
            with self.subTest(f"{certificate} {key}"):
                configuration = self.configuration(certificate, key)
                for told in (self.check(configuration), self.smoke(configuration)):
                    self.assertNotEqual(told.returncode, 0)
                    self.assertIn(f"{configuration}:{line}: tls.{name}: The TLS ", told.stderr)
        variable = run("--check-config", ROOKERY_TLS_CERTIFICATE_FILE=str(self.folder / "none.pem"),
                       ROOKERY_TLS_KEY_FILE=str(self.folder / "key.pem"))
        self.assertIn("rookeryd: ROOKERY_TLS_CERTIFICATE_FILE: tls.certificate_file: ", variable.stderr)


class Data(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.data = self.folder / "data"

    def smoke(self, data=None, **settings):
        where = [] if data is None else ["--data", str(data)]
        return run("--listen", "http://127.0.0.1:0", "--smoke", *where, **settings)

    def mode(self):
        return stat.S_IMODE(self.data.stat().st_mode)

    def test_a_directory_of_others_keeps_its_mode(self):
        self.data.mkdir()
        self.data.chmod(0o755)
        (self.data / "index.html").write_text("somebody's")
        refused = self.smoke(self.data)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"The data directory {self.data} holds other files, and others than its owner can enter it (mode 0755)",
                      refused.stderr)
        self.assertEqual(refused.stderr.count("\n"), 1)
        self.assertIn(f"--data {self.data}/rookery", refused.stderr)
        self.assertEqual(self.mode(), 0o755)
        self.assertEqual(os.listdir(self.data), ["index.html"])
        checked = run("--check-config", "--data", str(self.data))
        self.assertEqual(checked.returncode, 2)
        self.assertIn("--data: server.data_directory: The data directory", checked.stderr)
        # What it advises works.
        self.assertEqual(self.smoke(self.data / "rookery").returncode, 0)
        self.assertEqual(self.mode(), 0o755)
        self.data.chmod(0o700)
        self.assertEqual(self.smoke(self.data).returncode, 0)

    def test_one_of_its_own_is_for_its_owner(self):
        self.assertEqual(self.smoke(self.data).returncode, 0)
        self.assertEqual(self.mode(), 0o700)
        self.data.chmod(0o755)
        told = self.smoke(self.data)
        self.assertEqual((told.returncode, self.mode()), (0, 0o700))
        self.assertIn("is 0700 from now on, instead of 0755", told.stderr)

    def test_an_empty_one_becomes_its_own(self):
        self.data.mkdir()
        self.data.chmod(0o755)
        self.assertEqual(run("--check-config", "--data", str(self.data)).returncode, 0)
        self.assertEqual(self.mode(), 0o755)
        self.assertEqual(self.smoke(self.data).returncode, 0)
        self.assertEqual(self.mode(), 0o700)

    def test_one_for_several_users_stays_so(self):
        self.data.mkdir()
        self.data.chmod(0o1777)
        refused = self.smoke(self.data)
        self.assertEqual((refused.returncode, self.mode()), (1, 0o1777))
        self.assertIn(f"The data directory {self.data} is for several users (mode 1777)", refused.stderr)
        self.assertEqual(os.listdir(self.data), [])

    def test_why_it_cannot_be_made(self):
        for path, reason in (("/proc/x", "No such file or directory"), (self.folder / "file" / "data", "Not a directory"),
                             (self.folder / "file", "is no directory")):
            with self.subTest(path):
                (self.folder / "file").write_text("")
                told = self.smoke(path)
                self.assertEqual(told.returncode, 1)
                self.assertIn(f"The data directory {path} ", told.stderr)
                self.assertIn(reason, told.stderr)

    def test_without_a_home(self):
        root = pathlib.Path("/.local/share/rookery")
        before = root.exists()
        for home in (None, "", "/"):
            with self.subTest(home):
                told = self.smoke(HOME=home, XDG_DATA_HOME=None)
                self.assertEqual(told.returncode, 2)
                self.assertIn("--data DIR", told.stderr)
                self.assertEqual(self.smoke(self.data, HOME=home).returncode, 0)
        self.assertEqual(root.exists(), before)

    def test_what_stands_in_the_databases_place(self):
        self.data.mkdir(mode=0o700)
        (self.data / "rookery.db").write_text("this is not a database at all\n" * 100)
        told = self.smoke(self.data)
        self.assertEqual(told.returncode, 1)
        self.assertIn(f"{self.data}/rookery.db cannot be used: file is not a database (code 26). Something else is in its place",
                      told.stderr)
        self.assertNotIn("disk", told.stderr)

    def test_the_end_is_told_in_words_that_fit_any_number(self):
        with Daemon() as daemon:
            daemon.stop()
            self.assertRegex(daemon.log(), r"(?m) info stopping; open connections: 0$")

    def test_the_end_tells_what_was_counted(self):
        with Daemon() as daemon:
            for name in ("ada", "bob", "cid"):
                self.assertEqual(post(f"{daemon.http}/api/v1/register",
                                      {"username": name, "password": "a long password"}).status, 201)
            self.assertEqual(post(f"{daemon.http}/api/v1/register", {"username": "dan"}).status, 400)
            daemon.stop()
            counted = re.search(r"(?m) info counted: connections (\d+), WebSockets 0, closed as slow readers 0; "
                                r"HTTP requests 4, refused unseen 0; messages received 0, sent 0; "
                                r"changes stored (\d+), transactions (\d+); "
                                r"bytes read (\d+), written (\d+), writes (\d+)$", daemon.log())
            self.assertIsNotNone(counted, daemon.log())
            connections, changes, transactions, read, written, writes = map(int, counted.groups())
            self.assertEqual(connections, 4)  # of one request each
            self.assertGreaterEqual(changes, 3)
            self.assertLessEqual(1, transactions)
            self.assertLessEqual(transactions, changes)
            self.assertGreater(read, 4 * 100)
            self.assertGreater(written, 4 * 100)
            self.assertGreaterEqual(writes, 4)


class ClosedRegistration(unittest.TestCase):
    """What operating.md says, "Accounts"."""

    def test_a_person_is_added_while_the_door_is_open_on_the_loopback(self):
        data = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "data"
        cid = {"username": "cid", "password": "a long password"}
        with Daemon(data=data, ROOKERY_AUTH_REGISTRATION="false") as closed:
            self.assertEqual(post(f"{closed.http}/api/v1/register", cid).status, 403)
        with Daemon(data=data, ROOKERY_AUTH_REGISTRATION="true") as opened:
            self.assertEqual(post(f"{opened.http}/api/v1/register", cid).status, 201)
        with Daemon(data=data, ROOKERY_AUTH_REGISTRATION="false") as closed:
            self.assertEqual(post(f"{closed.http}/api/v1/login", cid).status, 200)
            self.assertEqual(post(f"{closed.http}/api/v1/register", {**cid, "username": "dan"}).status, 403)


if __name__ == "__main__":
    unittest.main(verbosity=2)
