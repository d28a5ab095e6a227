# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's view: signals, checking a configuration, TLS ports, the documentation's files, the log."""

import contextlib
import fcntl
import gzip
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import time
import unittest
from urllib.parse import urlsplit

from support.children import end_with_parent
from support.curl import bearer, curl, post
from support.daemon import PATIENCE, Daemon
from support.people import PASSWORD, register

ROOT = pathlib.Path(__file__).resolve().parents[2]


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come true in time")
        time.sleep(0.02)


def port_of(url):
    return urlsplit(url).port


def raw(port, request, host="127.0.0.1", until=None):
    """What comes back until the other side ends, or until there is such a piece in it."""
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while (until is None or until not in answer) and (piece := connection.recv(65536)):
            answer += piece
        return answer


def check_config(*arguments, **settings):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROOKERY_")}
    return subprocess.run([os.environ["ROOKERY_TEST_DAEMON"], "--check-config", *arguments], text=True,
                          capture_output=True, env={**environment, **settings}, timeout=PATIENCE, check=False)


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

    def test_a_form_is_no_json_from_its_first_byte_on(self):
        reply = curl("-d", "username=ann.b&password=correct-horse", f"{self.daemon.http}/api/v1/login")
        self.assertEqual((reply.status, reply.json["code"]), (400, "invalid_json"))
        self.assertIn("at byte 0: a value is expected", reply.json["detail"])

    def test_bounds_are_told_as_they_are(self):
        token = register(self.daemon, "bea")["bea"]
        for path in ("/api/v1/rooms/lobby/events?", "/api/v1/rooms/directory?", "/messages?with=bea&", "/chat/history/?"):
            with self.subTest(path):
                said = [curl(*bearer(token), f"{self.daemon.http}{path}limit={limit}").json
                        for limit in ("0", "201", "-1", "abc", "99999999999999999999")]
                self.assertEqual({answer["field"] for answer in said}, {"limit"})
                self.assertEqual({answer["detail"] for answer in said},
                                 {"The query parameter 'limit' must be a whole number from 1 to 200."})
                for limit in ("1", "200"):
                    self.assertEqual(curl(*bearer(token), f"{self.daemon.http}{path}limit={limit}").status, 200)

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


class UnixSocket(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.folder / "rookeryd.sock"

    def ask(self, path, *arguments):
        return curl("--unix-socket", str(self.path), *arguments, f"http://localhost{path}")

    def test_curl_talks_through_it(self):
        with Daemon(f"unix:{self.path}", "http://127.0.0.1:0") as daemon:
            self.assertEqual(daemon.urls[0], f"unix:{self.path}")
            self.assertEqual(self.ask("/health").status, 200)
            self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o660)
            token = register(daemon, "una")["una"]
            said = self.ask("/api/v1/rooms/lobby/messages", *bearer(token), "-d", '{"text":"through a file"}')
            self.assertEqual(said.status, 201, said.body)
            self.assertEqual(self.ask("/ws/v1").status, 426)
        self.assertFalse(self.path.exists())

    def test_the_mode_is_the_operators(self):
        with Daemon(f"unix:{self.path}", ROOKERY_SERVER_UNIX_SOCKET_MODE="0600"):
            self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        for mode in ("660x", "0888", "1660", "", "0060"):
            with self.subTest(mode):
                refused = check_config("--listen", f"unix:{self.path}", ROOKERY_SERVER_UNIX_SOCKET_MODE=mode)
                self.assertEqual(refused.returncode, 2)
                self.assertIn("unix_socket_mode", refused.stderr)

    def refused(self, folder):
        return subprocess.run([os.environ["ROOKERY_TEST_DAEMON"], "--data", str(self.folder / folder), "--listen",
                               f"unix:{self.path}", "--smoke"], text=True, capture_output=True, timeout=PATIENCE, check=False)

    def test_what_is_there_stays_unless_nobody_answers(self):
        with Daemon(f"unix:{self.path}"):
            other = self.refused("other")
            self.assertEqual(other.returncode, 1)
            self.assertIn("another process listens there", other.stderr)
            self.assertEqual(self.ask("/health").status, 200)
        self.path.write_text("precious")
        other = self.refused("other")
        self.assertEqual(other.returncode, 1)
        self.assertIn("a file that is no socket is there", other.stderr)
        self.assertEqual(self.path.read_text(), "precious")
        self.path.unlink()
        # What a daemon that was killed has left behind.
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.path))
        self.assertTrue(self.path.is_socket())
        with Daemon(f"unix:{self.path}"):
            self.assertEqual(self.ask("/health").status, 200)
        self.assertFalse(self.path.exists())

    def test_a_file_of_somebody_else_is_not_removed(self):
        with Daemon(f"unix:{self.path}"):
            self.path.unlink()
            self.path.write_text("precious")
        self.assertEqual(self.path.read_text(), "precious")

    def test_clients_count_by_what_a_trusted_proxy_says(self):
        tries = {"ROOKERY_LIMITS_LOGINS_PER_MINUTE": "3"}

        def statuses(**settings):
            with Daemon(f"unix:{self.path}", **tries, **settings):
                return [self.ask("/login", "-d", '{"username":"x","password":"wrong horse"}', "-H",
                                 f"X-Forwarded-For: 192.0.2.{i}").status for i in range(6)]

        self.assertEqual(statuses(), [401] * 3 + [429] * 3)
        self.assertEqual(statuses(ROOKERY_HTTP_TRUSTED_PROXIES="unix:"), [401] * 6)

    def test_bad_paths_are_refused(self):
        for path in ("unix:relative", "unix:", "unix:/tmp/" + "a" * 108, "unix:/tmp/100%", "unix:/tmp/"):
            with self.subTest(path):
                refused = check_config("--listen", path)
                self.assertEqual(refused.returncode, 2)
                self.assertIn("--listen: server.listen holds", refused.stderr)


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

    def test_check_config_opens_certificate_and_key(self):
        good = check_config(**self.settings())
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn("belong together", good.stdout)
        other = check_config(**self.settings(key="two.key"))
        self.assertEqual(other.returncode, 2)
        self.assertIn("does not belong to", other.stderr)
        missing = check_config(**self.settings(certificate="none.pem"))
        self.assertEqual(missing.returncode, 2)
        self.assertIn("none.pem", missing.stderr)

    def test_a_key_that_everybody_can_read_is_refused(self):
        shutil.copy(self.folder / "one.key", self.folder / "open.key")
        (self.folder / "open.key").chmod(0o644)
        refused = check_config(**self.settings(key="open.key"))
        self.assertEqual(refused.returncode, 2)
        self.assertIn("open.key", refused.stderr)
        (self.folder / "open.key").chmod(0o640)
        self.assertEqual(check_config(**self.settings(key="open.key")).returncode, 0)

    def test_only_suites_with_forward_secrecy_and_aead(self):
        with Daemon("https://127.0.0.1:0", **self.settings()) as daemon:
            def offer(ciphers, protocols=()):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(ciphers)
                if protocols:
                    context.set_alpn_protocols(list(protocols))
                return context

            def reach():
                return socket.create_connection(("127.0.0.1", port_of(daemon.https)), timeout=PATIENCE)

            def shake(ciphers, protocols=()):
                with reach() as plain, offer(ciphers, protocols).wrap_socket(plain) as secure:
                    return secure.cipher()[0]

            def first_record(ciphers, protocols):
                """What the server answers to a ClientHello: of an alert, all of it."""
                hello = ssl.MemoryBIO()
                with self.assertRaises(ssl.SSLWantReadError):
                    offer(ciphers, protocols).wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
                with reach() as plain, plain.makefile("rb") as answer:
                    plain.sendall(hello.read())
                    return answer.read(7)

            self.assertEqual(shake("ECDHE-RSA-AES128-GCM-SHA256"), "ECDHE-RSA-AES128-GCM-SHA256")
            for suite in ("AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA"):
                with self.subTest(suite), self.assertRaises(ssl.SSLError):
                    shake(suite)
            # RFC 7301: a client that offers only what is not spoken here is told so.
            self.assertTrue(shake("ECDHE-RSA-AES128-GCM-SHA256", ["h2", "http/1.1"]))
            with self.assertRaises(ssl.SSLError):
                shake("ECDHE-RSA-AES128-GCM-SHA256", ["h2"])
            alert = first_record("ECDHE-RSA-AES128-GCM-SHA256", ["h2"])
            # An alert record of two bytes: fatal, no_application_protocol.
            self.assertEqual((alert[0], alert[3:]), (21, bytes([0, 2, 2, 120])))

    def test_handshakes_of_one_network_are_rated(self):
        rates = {"ROOKERY_LIMITS_TLS_HANDSHAKES_PER_SECOND": "1", "ROOKERY_LIMITS_TLS_HANDSHAKES_BURST": "20"}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def shake(port):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
                try:
                    context.wrap_socket(plain).close()
                    return True
                except OSError:
                    return False

        with Daemon("https://127.0.0.1:0", "http://127.0.0.1:0", **self.settings(), **rates) as daemon:
            port = port_of(daemon.https)
            # An RSA key of 2,048 bits counts twice; some flow in again meanwhile.
            done = [shake(port) for _ in range(30)]
            self.assertEqual(done[:10], [True] * 10)
            self.assertIn(False, done)
            # Only TLS costs that much, and later there is some again.
            self.assertEqual(curl(f"{daemon.http}/health").status, 200)
            self.assertRegex(daemon.log(), 'category=security event=rate_limited account="" '
                                           'network="127.0.0.1" detail="TLS handshakes"')
            deadline = time.monotonic() + PATIENCE
            while not shake(port):
                self.assertLess(time.monotonic(), deadline)
        with Daemon("https://127.0.0.1:0", **self.settings(), **rates, ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.1") as daemon:
            self.assertEqual({shake(port_of(daemon.https)) for _ in range(30)}, {True})

    def test_hsts_when_asked_for(self):
        field = "strict-transport-security"
        with Daemon("https://127.0.0.1:0", "http://127.0.0.1:0") as daemon:
            self.assertEqual(curl("-k", f"{daemon.https}/").header(field), "")
        with Daemon("https://127.0.0.1:0", "http://127.0.0.1:0", ROOKERY_TLS_HSTS_SECONDS="31536000",
                    ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.0/8") as daemon:
            # The page, a refusal of the router's, and one of the parser's.
            for target in ("/", "/nothing", "/?" + "a" * 9000):
                with self.subTest(target[:10]):
                    self.assertEqual(curl("-k", f"{daemon.https}{target}").header(field), "max-age=31536000")
                    # Over plain HTTP it must not be sent (RFC 6797 section 7.2).
                    self.assertEqual(curl(f"{daemon.http}{target}").header(field), "")
            forwarded = curl("-H", "X-Forwarded-Proto: https", f"{daemon.http}/")
            self.assertEqual(forwarded.header(field), "max-age=31536000")


class Hosts(unittest.TestCase):
    """THREATS 39: a page whose name was made to point here."""

    def statuses(self, daemon, host):
        page = ("-H", f"Host: {host}", "-H", f"Origin: http://{host}")
        person = {"username": "ann", "password": "correct horse battery"}
        login = post(f"{daemon.http}/api/v1/login", person, *page)
        # A socket that opens is not one that curl could end: its head is enough.
        socket_ = raw(port_of(daemon.http),
                      (f"GET /ws/v1 HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: Upgrade\r\n"
                       "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                       ).encode(), until=b"\r\n\r\n")
        return login, int(socket_.split()[1])

    def test_a_rebound_name_is_refused(self):
        with Daemon() as daemon:
            register(daemon, "ann")
            login, handshake = self.statuses(daemon, "evil.example:5000")
            self.assertEqual((login.status, login.json["code"]), (421, "misdirected_request"))
            self.assertIn("public_hosts", login.json["detail"])
            self.assertEqual(handshake, 421)
            self.assertIn("list it in [http] public_hosts", daemon.log())
            for host in ("localhost:5000", "127.0.0.1:1", "myhost:8080", "chat.lan"):
                with self.subTest(host):
                    login, handshake = self.statuses(daemon, host)
                    self.assertEqual((login.status, handshake), (200, 101))
            # No page: a client of any name.
            self.assertEqual(curl("-H", "Host: chat.example.org", f"{daemon.http}/health").status, 200)

    def test_listed_hosts_are_answered_and_others_are_not(self):
        with Daemon(ROOKERY_HTTP_PUBLIC_HOSTS="chat.example.org,2001:db8::7") as daemon:
            register(daemon, "ann")
            for host in ("chat.example.org", "chat.example.org:8080", "[2001:db8::7]:81", "127.0.0.1:5", "localhost"):
                with self.subTest(host):
                    login, handshake = self.statuses(daemon, host)
                    self.assertEqual((login.status, handshake), (200, 101))
            for host in ("evil.example", "myhost", "192.0.2.3"):
                with self.subTest(host):
                    login, handshake = self.statuses(daemon, host)
                    self.assertEqual((login.status, handshake), (421, 421))
                    self.assertEqual(curl("-H", f"Host: {host}", f"{daemon.http}/health").status, 421)

    def test_bad_names_are_refused(self):
        for host in ("http://chat.example.org", "chat.example.org:80", "chat example", "*.example.org", "a/b", "fe80::1%2"):
            with self.subTest(host):
                refused = check_config(ROOKERY_HTTP_PUBLIC_HOSTS=host)
                self.assertEqual(refused.returncode, 2)
                self.assertIn("http.public_hosts holds", refused.stderr)


class Log(unittest.TestCase):
    """THREATS 45: nobody else's text drives the terminal that shows a log."""

    def test_escapes_are_written_out(self):
        hostile = "/nowhere/\x1b[31m\u009b2J\x07.toml"
        refused = subprocess.run([os.environ["ROOKERY_TEST_DAEMON"], "--config", hostile], text=True,
                                 capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", refused.stderr), repr(refused.stderr))
        self.assertIn("\\u{1b}[31m\\u{9b}2J\\u{7}", refused.stderr)

    def test_json_escapes_what_drives_terminals(self):
        with Daemon() as daemon:
            token = register(daemon, "cid")["cid"]
            text = "plain \u009b2J and \u0085 and \u001b[31m, ä stays"
            said = post(f"{daemon.http}/api/v1/rooms/lobby/messages", {"text": text}, *bearer(token))
            shown = curl(*bearer(token), f"{daemon.http}/api/v1/rooms/lobby/events")
            missing = curl(*bearer(token), f"{daemon.http}/api/v1/users/no%C2%9B2J")
            refused = post(f"{daemon.http}/api/v1/login", {"username": "x", "p\u009b": 1, "password": 2})
            for reply in (said, shown, missing, refused):
                self.assertFalse(re.search("[\u0000-\u001f\u0080-\u009f]", reply.body.decode()), reply.body)
            self.assertEqual(shown.json["events"][0]["text"], text)
            self.assertIn("\\u009b2J", shown.body.decode())

    def test_a_strange_variable_is_told_without_its_escapes(self):
        with Daemon(**{"ROOKERY_MESAGES_PER_SECOND\u009b2J": "1", "ROOKERY_MESAGES_PER_SECOND": "1"}) as daemon:
            log = daemon.log()
            self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", log), repr(log))
            self.assertRegex(log, r"(?m)^\S+\+00:00 warning The environment's ROOKERY_MESAGES_PER_SECOND names no key .* Did "
                                  r"you mean 'ROOKERY_LIMITS_MESSAGES_PER_SECOND'\?$")
            self.assertIn("ROOKERY_MESAGES_PER_SECOND\\u{9b}2J", log)


class SecurityLog(unittest.TestCase):
    """THREATS 48."""

    def test_the_security_log_names_account_and_network(self):
        limits = {"ROOKERY_LIMITS_MESSAGES_PER_SECOND": "1", "ROOKERY_LIMITS_MESSAGES_BURST": "5",
                  "ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS": "20", "ROOKERY_LIMITS_LOGINS_PER_MINUTE": "1000"}
        with Daemon(**limits) as daemon:
            tokens = register(daemon, "ann", "ben")
            ann = bearer(tokens["ann"])
            api = f"{daemon.http}/api/v1"
            post(f"{api}/login", {"username": "ann", "password": "not her password"})
            post(f"{api}/login", {"username": "nobody here", "password": "not her password"})
            room = post(f"{api}/rooms", {"name": "den", "kind": "private"}, *ann)
            self.assertEqual(room.status, 201, room.body)
            invited = post(f"{api}/rooms/den/members", {"user": "ben"}, *ann)
            self.assertEqual(invited.status, 200, invited.body)
            for _ in range(20):
                post(f"{api}/rooms/lobby/messages", {"text": "again"}, *ann)
            changed = post(f"{api}/me/password", {"current": PASSWORD, "new": "battery staple horse"}, *ann)
            self.assertEqual(changed.status, 204, changed.body)
            ended = curl("-X", "POST", *ann, f"{api}/logout")
            self.assertEqual(ended.status, 204, ended.body)
            with contextlib.ExitStack() as many:
                for _ in range(30):
                    many.enter_context(socket.create_connection(("127.0.0.1", port_of(daemon.http)), timeout=PATIENCE))
                self.wait_for(daemon, 'event=rate_limited account="" network="127.0.0.1" detail="connections"')
            for event in ('registered account="ann"', 'login account="ann"', 'login_failed account="ann"', 'login_failed account=""',
                          'invited account="ann"', 'rate_limited account="ann"', 'password_changed account="ann"',
                          'session_revoked account="ann"'):
                with self.subTest(event):
                    self.wait_for(daemon, f'category=security event={event} network="127.0.0.1"')
            log = daemon.log()
            # Refusals of one kind are counted after the first ones, and no secret is in any line.
            self.assertLessEqual(log.count('event=rate_limited account="ann"'), 10)
            for secret in (PASSWORD, "battery staple", "not her password", tokens["ann"]):
                self.assertNotIn(secret, log)

    def wait_for(self, daemon, words):
        deadline = time.monotonic() + PATIENCE
        while words not in daemon.log():
            self.assertLess(time.monotonic(), deadline, f"no {words} in\n{daemon.log()}")
            time.sleep(0.02)

    def test_a_log_that_nobody_reads_holds_nobody_up(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROOKERY_")}
        environment["ROOKERY_LIMITS_LOGINS_PER_MINUTE"] = "0"
        process = subprocess.Popen([os.environ["ROOKERY_TEST_DAEMON"], "--data", folder, "--listen", "http://127.0.0.1:0"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writer, text=True, env=environment,
                                   preexec_fn=end_with_parent)
        os.close(writer)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        url = process.stdout.readline().strip().removeprefix("rookeryd ready: ")
        people = 60  # whose lines are more than the pipe takes
        for i in range(people):
            reply = post(f"{url}/register", {"username": f"person{i}", "password": PASSWORD})
            self.assertEqual(reply.status, 201, reply.body)
        log = b""
        while log.count(b"event=registered") < people:
            log += os.read(reader, 65536)
        for i in range(people):
            self.assertEqual(log.count(f'account="person{i}" '.encode()), 1)
        process.terminate()
        self.assertEqual(process.wait(timeout=PATIENCE), 0)


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
