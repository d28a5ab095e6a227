# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon under test."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "interop"))

from support.daemon import Daemon  # noqa: E402  (found by the line above)

# Section 9 goes to 16 MiB. The heartbeat would be a frame that no case expects.
ECHO = {"ROOKERY_TEST_ECHO": "1", "ROOKERY_LIMITS_WEBSOCKET_MESSAGE_BYTES": str(17 * 1024 * 1024),
        "ROOKERY_LIMITS_PING_INTERVAL_MS": "3600000", "ROOKERY_LIMITS_PONG_TIMEOUT_MS": "7200000"}


def start(tls=False, **settings):
    """`with start() as daemon:`; it listens on one port."""
    return Daemon(f"{'https' if tls else 'http'}://127.0.0.1:0",
                  **{"ROOKERY_LIMITS_TLS_HANDSHAKES_PER_SECOND": "0", **settings})


def url(daemon, path):
    """ws://… or wss://…, as it listens."""
    return "ws" + daemon.urls[0].removeprefix("http") + path
