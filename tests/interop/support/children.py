# SPDX-License-Identifier: GPL-3.0-or-later
"""Child processes of a test."""

import ctypes
import signal

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def end_with_parent():
    """For preexec_fn: where the test is killed, by CTest's time limit for one, what it started ends too."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
