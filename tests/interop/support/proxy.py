# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx and HAProxy with the files of resources/proxy, on a free port."""

import pathlib
import re
import socket
import subprocess
import tempfile
import time

from support.children import end_with_parent
from support.daemon import PATIENCE

FILES = pathlib.Path(__file__).resolve().parents[3] / "resources/proxy"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Proxy:
    """`with Nginx(upstream, "/chat") as proxy:` passes what comes to `proxy.port` under the path on to the upstream."""

    def __init__(self, upstream, prefix=""):
        self.port = free_port()
        self._made = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._made.name)
        self._command = self.configure(upstream, prefix)

    def __enter__(self):
        with open(self.folder / "output", "wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             preexec_fn=end_with_parent)
        deadline = time.monotonic() + PATIENCE
        while not is_open(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "output").read_text())
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._made.cleanup()


class Nginx(_Proxy):
    def configure(self, upstream, prefix):
        location = (FILES / "nginx.conf").read_text().replace("127.0.0.1:5000;", f"{upstream};")
        if prefix:
            location = location.replace("location / {", f"location {prefix}/ {{")
            location = location.replace(f"{upstream};", f"{upstream}/;")
        folder = self.folder
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{ }}\nhttp {{\n"
            f"access_log off;\n{temporary}server {{\nlisten 127.0.0.1:{self.port};\n{location}\n}}\n}}\n")
        return ["/usr/sbin/nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


class Haproxy(_Proxy):
    def configure(self, upstream, prefix):
        text = (FILES / "haproxy.cfg").read_text().replace("127.0.0.1:5000", upstream)
        text = text.replace("bind :80", f"bind 127.0.0.1:{self.port}")
        if prefix:
            rule = re.search(r"(?m)^#\s+(http-request replace-path .*)$", text).group(1)
            text = text.replace("backend rookery\n", f"backend rookery\n    {rule}\n".replace("/chat", prefix))
        (self.folder / "haproxy.cfg").write_text(text)
        return ["/usr/sbin/haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")]
