# SPDX-License-Identifier: GPL-3.0-or-later
"""Behind nginx and HAProxy with the files of resources/proxy, on a non-default port, at the top of a host
and under a path of its own: HTTP, the cookie, WebSockets of a page."""

import asyncio
import pathlib
import re
import tempfile
import unittest
from urllib.parse import urlsplit

from support.curl import curl, post
from support.daemon import Daemon
from support.people import PASSWORD, register
from support.proxy import Haproxy, Nginx
from support.sockets import connect, receive, send


class Behind(unittest.TestCase):
    def setUp(self):
        # For a socket, as the files say for an address and a port.
        self.socket = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "rookeryd.sock"
        self.daemon = self.enterContext(
            Daemon("http://127.0.0.1:0", f"unix:{self.socket}", ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.1,unix:"))
        self.upstream = urlsplit(self.daemon.http).netloc

    def nginx(self, prefix="", upstream=None):
        self.port = self.enterContext(Nginx(upstream or self.upstream, prefix)).port

    def haproxy(self, prefix=""):
        self.port = self.enterContext(Haproxy(self.upstream, prefix)).port

    def everything_works(self, prefix=""):
        origin = f"http://localhost:{self.port}"
        base = origin + prefix
        register(self.daemon, "ann")
        self.assertEqual(curl(f"{base}/health").status, 200)
        page = curl(f"{base}/swagger/")
        self.assertEqual(page.status, 200)
        for reference in re.findall(r'(?:href|src)="([^"]+)"', page.body.decode()):
            self.assertEqual(curl(f"{base}/swagger/{reference}").status, 200, reference)
        front = curl(f"{base}/")
        for reference in re.findall(r'href="([^"d][^"]*)"', front.body.decode()):
            self.assertEqual(curl(f"{base}/{reference}").status, 200, reference)

        # As a page of this address: its cookie counts, and its WebSocket is let in.
        reply = post(f"{base}/api/v1/login", {"username": "ann", "password": PASSWORD}, "-H", f"Origin: {origin}")
        self.assertEqual(reply.status, 200, reply.body)
        cookie = reply.header("set-cookie").split(";")[0]
        said = post(f"{base}/api/v1/rooms/lobby/messages", {"text": "through a proxy"}, "-H", f"Origin: {origin}",
                    "-b", cookie)
        self.assertEqual(said.status, 201, said.body)
        asyncio.run(self.page_talks(f"ws{base.removeprefix('http')}/ws/v1", origin, cookie))

    async def page_talks(self, url, origin, cookie):
        async with connect(url, origin=origin, headers={"Cookie": cookie}) as client:
            await send(client, {"type": "hello"})
            self.assertEqual((await receive(client))["type"], "hello")

    def test_nginx(self):
        self.nginx()
        self.everything_works()

    def test_nginx_to_a_unix_socket(self):
        self.nginx(upstream=f"unix:{self.socket}")
        self.everything_works()

    def test_nginx_under_a_path(self):
        self.nginx("/chat")
        self.everything_works("/chat")

    def test_haproxy(self):
        self.haproxy()
        self.everything_works()

    def test_haproxy_under_a_path(self):
        self.haproxy("/chat")
        self.everything_works("/chat")


if __name__ == "__main__":
    unittest.main(verbosity=2)
