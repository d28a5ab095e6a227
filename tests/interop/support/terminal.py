# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a terminal: types input and reads output as a user would."""

import os
import pty
import re
import select
import subprocess
import time

from support.children import end_with_parent

PATIENCE = 30  # seconds; an upper bound on a slow machine, never a pause
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78]")


class Terminal:
    def __init__(self, *command):
        self._screen = ""
        self._seen = 0
        self._end, child = pty.openpty()
        try:
            self._process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, start_new_session=True,
                                             env=dict(os.environ, TERM="xterm"), preexec_fn=end_with_parent)
        finally:
            os.close(child)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        os.close(self._end)

    def type(self, line):
        os.write(self._end, (line + "\n").encode())

    def expect(self, pattern):
        """Waits until the pattern is on the screen, past what was expected before."""
        deadline = time.monotonic() + PATIENCE
        while True:
            match = re.compile(pattern).search(self._screen, self._seen)
            if match:
                self._seen = match.end()
                return match
            ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
            try:
                data = os.read(self._end, 65536) if ready else b""
            except OSError:  # Linux's way of saying that the other side has gone
                data = b""
            if not data:
                raise AssertionError(f"{pattern!r} did not come to the screen:\n{self._screen}")
            self._screen += ESCAPES.sub("", data.decode(errors="replace"))
