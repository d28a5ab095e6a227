# SPDX-License-Identifier: GPL-3.0-or-later
"""A real rookeryd for one test: its own data, free ports, and a checked orderly shutdown."""

import atexit
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from support import evidence
from support.children import end_with_parent

READY = "rookeryd ready: "
# Every promise holds for any number of I/O threads, plain and over TLS: CMakeLists.txt runs the tests with each.
IO_THREADS = os.environ.get("ROOKERY_TEST_IO_THREADS")
OVER_TLS = os.environ.get("ROOKERY_TEST_TLS") == "1"
PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause


class _Certificate:
    """One for all daemons of a test: what the first has made, which the clients then take for good."""

    FILES = ("tls-certificate.pem", "tls-key.pem")
    folder = None

    @classmethod
    def give(cls, data):
        if cls.folder:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in cls.FILES:
                shutil.copy2(cls.folder / name, data)

    @classmethod
    def take(cls, data):
        if cls.folder:
            return
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rookery-certificate-"))
        atexit.register(shutil.rmtree, cls.folder, ignore_errors=True)
        for name in cls.FILES:
            shutil.copy2(data / name, cls.folder)
        for variable in ("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"):
            os.environ[variable] = str(cls.folder / cls.FILES[0])


class Daemon:
    """`with Daemon() as daemon:` runs rookeryd until the block ends.

    `listen` holds what --listen is given, one per listener; `settings` holds ROOKERY_… variables. Log-in
    limits are off unless a setting says otherwise: every test logs in from one address.

    With ROOKERY_TEST_TLS=1 a daemon that is not told where to listen does so by https, and what a test knows
    as `http` and `ws` is that; its certificate is made known to the clients that the test starts.
    """

    def __init__(self, *listen, data=None, **settings):
        self._over_tls = OVER_TLS and not listen
        self.listen = listen or ("https://127.0.0.1:0" if OVER_TLS else "http://127.0.0.1:0",)
        self.settings = {"ROOKERY_LIMITS_LOGINS_PER_MINUTE": "0", **settings}
        if IO_THREADS:
            self.settings.setdefault("ROOKERY_SERVER_IO_THREADS", IO_THREADS)
        self.urls = []
        self._home = pathlib.Path(tempfile.mkdtemp(prefix="rookery-interop-"))
        self.data = pathlib.Path(data) if data else self._home / "data"
        self._process = None

    @property
    def http(self):
        return self.https if self._over_tls else next(url for url in self.urls if url.startswith("http://"))

    @property
    def https(self):
        return next(url for url in self.urls if url.startswith("https://"))

    @property
    def ws(self):
        return "ws" + self.http.removeprefix("http")

    @property
    def wss(self):
        return "wss" + self.https.removeprefix("https")

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
        finally:
            if kind is not None:
                print(f"--- rookeryd's log ---\n{self.log()}", flush=True)
            self._abandon()

    def log(self):
        return (self._home / "log").read_text(errors="replace")

    def _start(self):
        if self._over_tls:
            _Certificate.give(self.data)
        command = [os.environ["ROOKERY_TEST_DAEMON"], "--data", str(self.data)]
        for url in self.listen:
            command += ["--listen", url]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ROOKERY_")}
        environment.update(self.settings, HOME=str(self._home))
        with open(self._home / "log", "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=log, env=environment, text=True,
                                             preexec_fn=end_with_parent)
        lines = queue.Queue()
        # Reading goes on to the end, so that the daemon never waits for us.
        threading.Thread(target=self._read, args=(self._process.stdout, lines), daemon=True).start()
        deadline = time.monotonic() + PATIENCE
        while len(self.urls) < len(self.listen):
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"rookeryd was not ready in {PATIENCE} s:\n{self.log()}") from None
            if line is None:
                raise AssertionError(f"rookeryd ended with status {self._process.wait()}:\n{self.log()}")
            if line.startswith(READY):
                self.urls.append(line.removeprefix(READY))
        if self._over_tls:
            _Certificate.take(self.data)

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)
        stream.close()

    @property
    def pid(self):
        return self._process.pid

    def send_signal(self, number):
        """Without waiting for what it does; stop() waits for the end."""
        self._process.send_signal(number)

    def stop(self):
        """Ends the daemon as an operator would; it has ten seconds for it by contract."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"rookeryd did not end on SIGTERM:\n{self.log()}") from None
        if status != 0:
            raise AssertionError(f"rookeryd ended on SIGTERM with status {status}:\n{self.log()}")

    def _abandon(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        evidence.keep(self._home / "log", self.data)
        shutil.rmtree(self._home, ignore_errors=True)
