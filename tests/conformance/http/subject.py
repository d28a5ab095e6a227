# SPDX-License-Identifier: GPL-3.0-or-later
"""The server under test: a daemon with default limits except for rates, or a relay in front of one."""

import contextlib
import itertools
import json
import ssl
import urllib.parse

from case import NAME, PASSWORD, json_body, post, request
from cases.injections import PAGE, TOKEN
from support.daemon import Daemon
from wire import Wire

# One I/O thread: a request that is answered shows that what had come before it was read.
SETTINGS = {"ROOKERY_SERVER_IO_THREADS": "1", "ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS": "0",
            "ROOKERY_LIMITS_TLS_HANDSHAKES_PER_SECOND": "0", "ROOKERY_HTTP_ALLOWED_ORIGINS": PAGE}


class Subject:
    def __init__(self, address, token, tls=None):
        self.address = address
        self.tls = tls
        self.token = token
        self._numbers = itertools.count(1)
        self._asked = None  # a connection for questions of the runner's own

    def relayed(self, address):
        """The same through a relay."""
        return Subject(address, self.token)

    def connect(self):
        return Wire(self.address, self.tls)

    def new_name(self):
        return b"smuggled-%05d" % next(self._numbers)

    def filled(self, data, name):
        return data.replace(NAME, name).replace(TOKEN, self.token)

    def ask(self, data):
        for _ in range(2):
            if not self._asked:
                self._asked = self.connect()
            self._asked.send(data)
            if answer := self._asked.answer():
                return answer
            self.close()  # it was idle for too long
        raise AssertionError("the daemon closes connections at once")

    def settle(self):
        """What came on other connections has been read now: each question is answered in a turn of its own, behind the one
        that had begun."""
        for _ in range(2):
            self.ask(request())

    def accepted(self):
        """Every connection that was made before is with its thread now."""
        with self.connect() as last:
            last.send(request())
            last.answer()

    def taken(self, name):
        answer = self.ask(request("GET", b"/users/" + name, b"Authorization: Bearer " + self.token))
        assert answer.status in (200, 404), answer
        return answer.status == 200

    def hash_something(self):
        """What was to be hashed before is hashed now: the queue of passwords is served in order, by as many as there are cores."""
        for i in range(2):
            body = json_body(username=f"behind-{next(self._numbers)}", password=PASSWORD)
            assert self.ask(post(f"Content-Length: {len(body)}", body=body)).status == 201

    def close(self):
        if self._asked:
            self._asked.__exit__()
            self._asked = None


def _call(address, tls, target, body):
    with Wire(address, tls) as wire:
        wire.send(post(f"Content-Length: {len(body)}", target=target, body=body))
        return wire.answer()


@contextlib.contextmanager
def running_daemon(over_tls=False):
    with Daemon("https://127.0.0.1:0" if over_tls else "http://127.0.0.1:0", **SETTINGS) as daemon:
        tls = None
        if over_tls:
            tls = ssl.create_default_context(cafile=daemon.data / "tls-certificate.pem")
            tls.check_hostname = False
        address = ("127.0.0.1", urllib.parse.urlsplit(daemon.urls[0]).port)
        body = json_body(username="judge", password=PASSWORD)
        assert _call(address, tls, "/register", body).status == 201
        token = json.loads(_call(address, tls, "/login", body).body)["token"].encode()
        subject = Subject(address, token, tls)
        try:
            yield subject
        finally:
            subject.close()
