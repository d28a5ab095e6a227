# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder on a disk that fails when the test says so; uses tests/faults/shim."""

import os
import pathlib
import shutil
import tempfile

CONTROL_LENGTH = 256  # always as long, so that who reads meanwhile sees the old words or the new


class FaultyDisk:
    """`with FaultyDisk() as disk:` makes the folder, and removes it in the end."""

    def __enter__(self):
        self._home = pathlib.Path(tempfile.mkdtemp(prefix="rookery-disk-")).resolve()
        self.folder = self._home / "data"
        self._control = self._home / "control"
        log = self._home / "log"
        for made in (self.folder, log):
            made.mkdir(mode=0o700)
        self.environment = {"LD_PRELOAD": os.environ["ROOKERY_TEST_FAULTSHIM"], "FAULTSHIM_WATCH": str(self.folder),
                            "FAULTSHIM_LOG": str(log), "FAULTSHIM_CONTROL": str(self._control)}
        self.set("")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self._home, ignore_errors=True)

    def set(self, faults):
        """Words of tests/faults/shim/settings.h; none: a good disk."""
        descriptor = os.open(self._control, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, faults.encode().ljust(CONTROL_LENGTH), 0)
        finally:
            os.close(descriptor)
