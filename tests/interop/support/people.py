# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts for tests that are not about accounts."""

from support.curl import post

PASSWORD = "correct horse battery"


def register(daemon, *names, url=None):
    """Registers each name and logs it in: {name: token}."""
    url = url or daemon.http
    tokens = {}
    for name in names:
        reply = post(f"{url}/register", {"username": name, "password": PASSWORD}, "-k")
        assert reply.status == 201, (reply.status, reply.body)
        reply = post(f"{url}/login", {"username": name, "password": PASSWORD}, "-k")
        assert reply.status == 200, (reply.status, reply.body)
        tokens[name] = reply.json["token"]
    return tokens
