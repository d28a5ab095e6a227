# SPDX-License-Identifier: GPL-3.0-or-later
"""An invisible display: Xvfb with a window manager."""

import os
import subprocess
import time

from support.children import end_with_parent

PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause


def until(condition, what, patience=PATIENCE, pause=0.05):
    """Asks again until the answer is true, and gives it."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what() if callable(what) else what}: not within {patience} s")
        time.sleep(pause)
    return answer


class Display:
    def __init__(self, width=1600, height=900):
        self._size = f"{width}x{height}x24"
        self._processes = []

    def __enter__(self):
        reading, writing = os.pipe()
        self._run(["Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp"],
                  pass_fds=[writing])
        os.close(writing)
        with open(reading) as said:
            number = said.readline().strip()
        if not number:
            raise AssertionError("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        self._run(["openbox"])
        until(lambda: subprocess.run(["xdotool", "get_desktop"], capture_output=True).returncode == 0,
              "openbox manages the screen")
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            process.wait()
        del os.environ["DISPLAY"]

    def _run(self, command, **options):
        self._processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                stderr=subprocess.DEVNULL, preexec_fn=end_with_parent, **options))

    @staticmethod
    def picture(path):
        subprocess.run(["import", "-window", "root", str(path)], check=True, stdin=subprocess.DEVNULL)
