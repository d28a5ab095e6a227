# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP with Python's standard library only: arbitrary bodies, over one keep-alive connection."""

import http.client
import json
import ssl
import urllib.parse

from support.people import PASSWORD

PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    def __repr__(self):
        return f"<{self.status} {self.body[:200]!r}>"


class Rest:
    """Of one server, as one user once logged in. Not for several threads at once."""

    def __init__(self, url, name=None, token=None):
        self.url = url
        self.name = name
        self.token = token
        self._parts = urllib.parse.urlsplit(url)
        self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def call(self, method, path, body=None, token=None, **headers):
        """`body`: bytes as they are, or what JSON is made of. Asked again where the server has closed an idle
        connection meanwhile, which shows before it can have read anything."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if token or self.token:
            headers.setdefault("Authorization", f"Bearer {token or self.token}")
        for last in (False, True):
            fresh = self._connection is None
            if fresh:
                self._connection = self._connect()
            try:
                self._connection.request(method, path, body, headers)
                return Answer(self._connection.getresponse())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if fresh or last:
                    raise

    def _connect(self):
        host, port = self._parts.hostname, self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=PATIENCE)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # a loopback server with a certificate of its own making
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)

    def joined(self, name):
        """Registers this user and logs in: another Rest, as that user."""
        person = {"username": name, "password": PASSWORD}
        answer = self.call("POST", "/register", person)
        assert answer.status == 201, answer
        answer = self.call("POST", "/login", person)
        assert answer.status == 200, answer
        return Rest(self.url, name, answer.json["token"])
