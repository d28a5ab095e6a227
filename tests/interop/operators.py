"""What an operator meets: signals, the check of a configuration, TLS ports, the documentation's files, the log."""

import gzip
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
from urllib.parse import urlsplit

from support.curl import curl, post
from support.daemon import PATIENCE, Daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come true in time")
        time.sleep(0.02)


def port_of(url):
    return urlsplit(url).port


def raw(port, request, host="127.0.0.1"):
    """What comes back until the other side ends."""
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


class Operators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon("http://127.0.0.1:0", "https://127.0.0.1:0", "http://[::]:0"))

    def test_sighup_is_logged_and_survived(self):
        self.daemon.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP" in self.daemon.log())
        self.assertEqual(curl(f"{self.daemon.http}/health").status, 200)
        self.assertRegex(self.daemon.log(), r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 info SIGHUP")

    def test_a_get_of_a_websockets_path_is_426(self):
        for path in ("/ws/v1", "/ws/v1/", "/websocket", "/ws/chat/plaza/"):
            with self.subTest(path):
                reply = curl(f"{self.daemon.http}{path}")
                self.assertEqual(reply.status, 426, reply.body)
                self.assertEqual(reply.header("upgrade"), "websocket")
                self.assertIn("upgrade", reply.header("connection").lower())
        self.assertEqual(curl(f"{self.daemon.http}/ws/v2").status, 404)

    def test_plain_http_on_a_tls_port(self):
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            with self.subTest(method):
                answer = raw(port_of(self.daemon.https), f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
                self.assertIn(b"Content-Type: text/plain", answer)
                self.assertIn(b"speaks TLS", answer)

    def test_all_addresses_of_ipv6_are_those_of_ipv4_too(self):
        port = port_of(self.daemon.urls[2])
        self.assertIn(b" 200 ", raw(port, b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
        self.assertIn(b" 200 ", raw(port, b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "::1"))

    def test_a_body_with_a_content_encoding_is_415(self):
        for coding, status in (("gzip", 415), ("identity, br", 415), ("identity", 201)):
            with self.subTest(coding):
                reply = post(f"{self.daemon.http}/api/v1/register",
                             {"username": "enc", "password": "correct horse"}, "-H", f"Content-Encoding: {coding}")
                self.assertEqual(reply.status, status, reply.body)
                if status == 415:
                    self.assertEqual(reply.json["code"], "unsupported_media_type")

    def test_unknown_methods_and_expectations_have_codes_of_their_own(self):
        for method in ("BREW", "TRACE"):
            reply = curl("-X", method, f"{self.daemon.http}/")
            self.assertEqual((reply.status, reply.json["code"]), (501, "not_implemented"))
        reply = curl("-H", "Expect: wonders", f"{self.daemon.http}/")
        self.assertEqual((reply.status, reply.json["code"]), (417, "expectation_failed"))

    def test_swagger_has_validators_and_a_compressed_copy(self):
        for path in ("/swagger/", "/swagger", "/swagger/swagger-ui-bundle.js", "/swagger/openapi.json"):
            with self.subTest(path):
                url = f"{self.daemon.http}{path}"
                plain = curl(url)
                packed = curl("-H", "Accept-Encoding: br, gzip", url)
                self.assertEqual((plain.status, packed.status), (200, 200))
                self.assertEqual(packed.header("content-encoding"), "gzip")
                self.assertEqual(gzip.decompress(packed.body), plain.body)
                self.assertNotEqual(plain.header("etag"), packed.header("etag"))
                self.assertEqual(plain.header("vary").lower(), "accept-encoding")
                again = curl("-H", f"If-None-Match: {plain.header('etag')}", url)
                self.assertEqual((again.status, again.body), (304, b""))
                self.assertEqual(curl("-H", "Accept-Encoding: gzip;q=0", url).body, plain.body)


class Tls(unittest.TestCase):
    """THREATS 46."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in ("one", "two"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                            "-keyout", cls.folder / f"{name}.key", "-out", cls.folder / f"{name}.pem"],
                           check=True, capture_output=True)
            (cls.folder / f"{name}.key").chmod(0o600)

    def settings(self, certificate="one.pem", key="one.key"):
        return {"ROOKERY_TLS_CERTIFICATE_FILE": str(self.folder / certificate),
                "ROOKERY_TLS_KEY_FILE": str(self.folder / key)}

    def check(self, **settings):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("ROOKERY_") or name == "ROOKERY_TEST_DAEMON"}
        return subprocess.run([os.environ["ROOKERY_TEST_DAEMON"], "--check-config"], text=True, capture_output=True,
                              env={**environment, **settings}, timeout=PATIENCE, check=False)

    def test_check_config_opens_certificate_and_key(self):
        good = self.check(**self.settings())
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn("belong together", good.stdout)
        other = self.check(**self.settings(key="two.key"))
        self.assertEqual(other.returncode, 2)
        self.assertIn("does not belong to", other.stderr)
        missing = self.check(**self.settings(certificate="none.pem"))
        self.assertEqual(missing.returncode, 2)
        self.assertIn("none.pem", missing.stderr)

    def test_a_key_that_everybody_can_read_is_refused(self):
        shutil.copy(self.folder / "one.key", self.folder / "open.key")
        (self.folder / "open.key").chmod(0o644)
        refused = self.check(**self.settings(key="open.key"))
        self.assertEqual(refused.returncode, 2)
        self.assertIn("open.key", refused.stderr)
        (self.folder / "open.key").chmod(0o640)
        self.assertEqual(self.check(**self.settings(key="open.key")).returncode, 0)

    def test_only_suites_with_forward_secrecy_and_aead(self):
        with Daemon("https://127.0.0.1:0", **self.settings()) as daemon:
            def shake(ciphers, protocols=()):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(ciphers)
                if protocols:
                    context.set_alpn_protocols(list(protocols))
                with socket.create_connection(("127.0.0.1", port_of(daemon.https)), timeout=PATIENCE) as plain:
                    with context.wrap_socket(plain) as secure:
                        return secure.cipher()[0]

            self.assertEqual(shake("ECDHE-RSA-AES128-GCM-SHA256"), "ECDHE-RSA-AES128-GCM-SHA256")
            for suite in ("AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA"):
                with self.subTest(suite), self.assertRaises(ssl.SSLError):
                    shake(suite)
            # RFC 7301: a client that offers only what is not spoken here is told so.
            self.assertTrue(shake("ECDHE-RSA-AES128-GCM-SHA256", ["h2", "http/1.1"]))
            with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                shake("ECDHE-RSA-AES128-GCM-SHA256", ["h2"])


class Log(unittest.TestCase):
    """THREATS 45: nobody else's text drives the terminal that shows a log."""

    def test_escapes_are_written_out(self):
        hostile = "/nowhere/\x1b[31m\u009b2J\x07.toml"
        refused = subprocess.run([os.environ["ROOKERY_TEST_DAEMON"], "--config", hostile], text=True,
                                 capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", refused.stderr), repr(refused.stderr))
        self.assertIn("\\u{1b}[31m\\u{9b}2J\\u{7}", refused.stderr)


class Unit(unittest.TestCase):
    def test_bounds_and_what_the_hashing_threads_call(self):
        unit = (pathlib.Path(os.environ["ROOKERY_TEST_BUILD"]) / "rookeryd.service").read_text()
        for line in ("MemoryMax=", "TasksMax=", "LimitCORE=0"):
            self.assertRegex(unit, f"(?m)^{line}")
        filters = re.findall(r"(?m)^SystemCallFilter=(.*)$", unit)
        self.assertEqual(filters[-1].split(), ["sched_setscheduler", "setpriority"])
        programs = re.findall(r"(?m)^ExecStart(?:Pre)?=(\S+)", unit)
        self.assertEqual(len(programs), 2)
        self.assertEqual(len(set(programs)), 1)
        self.assertNotIn("@", unit.replace("@system-service", "").replace("@privileged", "").replace("@resources", ""))
        source = (ROOT / "resources/systemd/rookeryd.service.in").read_text()
        self.assertNotIn("/usr/", source)


if __name__ == "__main__":
    unittest.main(verbosity=2)
