"""What a process holds in memory, by Linux's account of it."""

import re


def resident(pid):
    """In bytes, now."""
    return _status(pid, "VmRSS")


def most_resident(pid):
    """In bytes, the most there has been since the start or since forget()."""
    return _status(pid, "VmHWM")


def forget(pid):
    """most_resident() begins anew."""
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def _status(pid, field):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"^{field}:\s+(\d+) kB$", file.read(), re.MULTILINE)[1]) * 1024
