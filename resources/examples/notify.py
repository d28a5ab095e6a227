#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a message to a room exactly once: for cron jobs, builds, alarms.

    CHAT_USER=cron CHAT_PASSWORD='a long password' python3 notify.py ROOM TEXT...

Without TEXT it reads standard input. The server is CHAT_URL, by default http://localhost:5000. The exit status is 0 once
the message is on the server's disk. Needs nothing but Python.
"""

import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("CHAT_URL", "http://localhost:5000").rstrip("/")
USER = os.environ.get("CHAT_USER")
PASSWORD = os.environ.get("CHAT_PASSWORD")
TRIES = 8


def post(path, body, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def patiently(action):
    """Retries while the server is down, busy or full, after Retry-After or a growing delay."""
    for number in range(TRIES):
        wait = random.uniform(0.5, 1) * 2 ** number
        try:
            return action()
        except urllib.error.HTTPError as error:
            problem = json.load(error).get("error", str(error))
            if error.code < 500 and error.code != 429:
                sys.exit(problem)
            wait = max(wait, int(error.headers.get("Retry-After", 0)))
        except OSError as error:
            problem = str(error)
        print(problem, file=sys.stderr, flush=True)
        if number < TRIES - 1:
            time.sleep(wait)
    sys.exit("The message was not sent.")


def log_in():
    """Returns a token; registers this user if the name is free."""
    person = {"username": USER, "password": PASSWORD}
    try:
        return post("/login", person)["token"]
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
    post("/register", person)
    return post("/login", person)["token"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not USER or not PASSWORD:
        sys.exit("CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with.")
    text = " ".join(sys.argv[2:]) or sys.stdin.read().strip()
    # The same client_id in every attempt: the message is stored once, however often it is sent.
    message = {"room": sys.argv[1], "message": text, "client_id": str(uuid.uuid4())}
    token = patiently(log_in)
    patiently(lambda: post("/chat/send/", message, token))
    try:
        post("/api/v1/logout", {}, token)
    except OSError:
        pass  # the session expires eventually


if __name__ == "__main__":
    main()
