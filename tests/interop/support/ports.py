# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports printed in the documents."""

import os
import socket


def printed_port(port):
    """The port as printed, where it can be had on localhost; 0 otherwise."""
    if os.environ.get("ROOKERY_TEST_OWN_NETWORK"):
        return port
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return 0
    return port
