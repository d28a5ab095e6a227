"""Behind nginx and HAProxy with the files of resources/proxy, on a port that is not the usual one, at the top of a host
and under a path of its own: HTTP, the cookie, WebSockets of a page."""

import asyncio
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest
from urllib.parse import urlsplit

from support.children import end_with_parent
from support.curl import curl, post
from support.daemon import PATIENCE, Daemon
from support.people import PASSWORD, register
from support.sockets import connect, receive, send

PROXY = pathlib.Path(__file__).resolve().parents[2] / "resources/proxy"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Behind(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.port = free_port()
        # For a socket, as the files say for an address and a port.
        self.socket = self.folder / "rookeryd.sock"
        self.daemon = self.enterContext(
            Daemon("http://127.0.0.1:0", f"unix:{self.socket}", ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.1,unix:"))
        self.upstream = urlsplit(self.daemon.http).netloc

    def run_proxy(self, *command):
        log = self.enterContext(open(self.folder / "output", "w+b"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   preexec_fn=end_with_parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while not is_open(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "output").read_text())
            time.sleep(0.02)

    def nginx(self, prefix="", upstream=None):
        location = (PROXY / "nginx.conf").read_text().replace("127.0.0.1:5000;", f"{upstream or self.upstream};")
        if prefix:
            location = location.replace("location / {", f"location {prefix}/ {{")
            location = location.replace(f"{self.upstream};", f"{self.upstream}/;")
        folder = self.folder
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{ }}\nhttp {{\n"
            f"access_log off;\n{temporary}server {{\nlisten 127.0.0.1:{self.port};\n{location}\n}}\n}}\n")
        self.run_proxy("/usr/sbin/nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"))

    def haproxy(self, prefix=""):
        text = (PROXY / "haproxy.cfg").read_text().replace("127.0.0.1:5000", self.upstream)
        text = text.replace("bind :80", f"bind 127.0.0.1:{self.port}")
        if prefix:
            rule = re.search(r"(?m)^#\s+(http-request replace-path .*)$", text).group(1)
            text = text.replace("backend rookery\n", f"backend rookery\n    {rule}\n".replace("/chat", prefix))
        (self.folder / "haproxy.cfg").write_text(text)
        self.run_proxy("/usr/sbin/haproxy", "-db", "-f", str(self.folder / "haproxy.cfg"))

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
