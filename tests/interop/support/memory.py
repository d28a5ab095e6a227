# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory use of a process, from Linux's /proc."""

import os
import re

# Under a sanitizer the memory is mostly the sanitizer's.
MEASURED = os.environ.get("ROOKERY_TEST_SANITIZED") != "1"


def resident(pid):
    """In bytes, now."""
    return _status(pid, "VmRSS")


def most_resident(pid):
    """In bytes, the most there has been since the start or since forget()."""
    return _status(pid, "VmHWM")


def growth(pid, before):
    """In bytes, how much more there has been since forget() than `before`; 0 where memory tells nothing."""
    return most_resident(pid) - before if MEASURED else 0


def forget(pid):
    """most_resident() begins anew."""
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def _status(pid, field):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"^{field}:\s+(\d+) kB$", file.read(), re.MULTILINE)[1]) * 1024
