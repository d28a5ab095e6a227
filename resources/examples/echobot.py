#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An echo bot: it repeats what somebody writes after "!echo " in a room. Reconnects automatically and misses nothing.

    CHAT_USER=echo CHAT_PASSWORD='a long password' python3 echobot.py [ROOM]

The server is CHAT_URL, by default http://localhost:5000. Needs the library websockets (Debian: python3-websockets).
"""

import asyncio
import json
import os
import random
import sys
import urllib.error
import urllib.parse
import urllib.request

import websockets

URL = os.environ.get("CHAT_URL", "http://localhost:5000").rstrip("/")
USER = os.environ.get("CHAT_USER")
PASSWORD = os.environ.get("CHAT_PASSWORD")
ROOM = sys.argv[1] if len(sys.argv) > 1 else "lobby"
FINAL = {1000, 1002, 1003, 1007, 1008, 1009, *range(4000, 4008)}  # no reconnection after these


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def log_in():
    """Registers the bot if it has no account yet. The result has `token` and `user`."""
    person = {"username": USER, "password": PASSWORD}
    try:
        return post("/login", person)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
    post("/register", person)
    return post("/login", person)


class Bot:
    def __init__(self):
        self.login = None
        self.epoch = None  # of the history that `seq` counts in
        self.seq = 0  # read up to here
        self.unanswered = {}  # id: seq of messages whose reply has not arrived yet

    async def talk(self):
        """Runs until the connection ends; returns its close code."""
        first = self.epoch is None
        since = min(self.unanswered.values(), default=self.seq + 1) - 1
        query = urllib.parse.urlencode({"history": 1} if first else {"since": since, "epoch": self.epoch})
        url = f"ws{URL.removeprefix('http')}/ws/chat/{urllib.parse.quote(ROOM)}/?{query}"
        # The token is not in the URL, so that no proxy logs it.
        async with websockets.connect(url, subprotocols=["bearer", self.login["token"]]) as socket:
            try:
                while True:
                    frame = json.loads(await socket.recv())
                    if frame["type"] == "room_users_list":
                        self.epoch = frame["epoch"]
                        print(f"In {ROOM}.", flush=True)
                    elif frame["type"] == "reset":  # a different history, sent in full next
                        self.seq = 0
                        self.unanswered.clear()
                    elif frame["type"] == "chat_message":
                        await self.hear(socket, frame, first and frame.get("history", False))
                    elif frame["type"] == "error":
                        print(frame["error"], file=sys.stderr, flush=True)
                        await asyncio.sleep(frame.get("retry_after_ms", 0) / 1000)
                        if "retry_after_ms" in frame:
                            return 1011  # refused messages are read and answered again
            except websockets.ConnectionClosed:
                return socket.close_code

    async def hear(self, socket, frame, is_old):
        self.seq = frame["seq"]
        if frame["sender_id"] == self.login["user"]["id"]:
            self.unanswered.pop(frame["client_id"], None)
        elif frame["message"].startswith("!echo ") and frame["message"][6:].strip() and not is_old:
            # The client_id is the id of the answered message, so the reply is stored once, however often it is sent.
            self.unanswered[frame["id"]] = frame["seq"]
            await socket.send(json.dumps({"message": frame["message"][6:], "client_id": frame["id"]}))

    async def run(self):
        delay = 1
        while True:
            try:
                self.login = self.login or log_in()
                code = await self.talk()
                delay = 1
                if code == 4001:
                    self.login = None
                elif code in FINAL:
                    sys.exit(f"The server closed the connection for good ({code}).")
                problem = f"The connection ended ({code})."
            except urllib.error.HTTPError as error:
                problem = json.load(error).get("error", str(error))
                if error.code < 500 and error.code != 429:
                    sys.exit(problem)
            except (OSError, asyncio.TimeoutError, websockets.InvalidHandshake) as error:
                problem = str(error) or "The server does not answer."
            print(problem, file=sys.stderr, flush=True)
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(2 * delay, 60)


if __name__ == "__main__":
    if not USER or not PASSWORD:
        sys.exit("CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with.")
    try:
        asyncio.run(Bot().run())
    except KeyboardInterrupt:
        pass
