# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a client that is not written in Python against a real daemon.

    with_daemon.py [--tls] [--guests] [--user NAME]... COMMAND...

The command gets ROOKERY_HTTP (and ROOKERY_HTTPS) in its environment, and ROOKERY_TOKEN_NAME and
ROOKERY_PASSWORD for each user. Exits with the command's status, or with an error if the daemon does not shut down in order.
"""

import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.daemon import Daemon  # noqa: E402
from support.people import PASSWORD, register  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--guests", action="store_true")
    parser.add_argument("--user", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    listen = ["http://127.0.0.1:0", "https://127.0.0.1:0"] if options.tls else []
    settings = {"ROOKERY_AUTH_GUESTS": "true"} if options.guests else {}
    with Daemon(*listen, **settings) as daemon:
        environment = dict(os.environ, ROOKERY_HTTP=daemon.http, ROOKERY_PASSWORD=PASSWORD)
        if options.tls:
            environment["ROOKERY_HTTPS"] = daemon.https
        for name, token in register(daemon, *options.user).items():
            environment[f"ROOKERY_TOKEN_{name.upper()}"] = token
        status = subprocess.run(options.command, env=environment, stdin=subprocess.DEVNULL).returncode
        if status != 0:
            print(f"--- rookeryd's log ---\n{daemon.log()}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
