# SPDX-License-Identifier: GPL-3.0-or-later
"""A database restored from a backup as described in operating.md; its clients have seen more than the backup contains."""

import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.fences import DOCUMENTS, blocks
from support.people import register
from support.sockets import connect, receive, receive_type, send

BEFORE = 5  # messages that the backup has
LOST = 3  # that come after it


def documented():
    """The commands that make a backup and put it back, as operating.md shows them."""
    found = [block.text for block in blocks(DOCUMENTS / "operating.md")
             if block.chapter == "Data" and block.language == "sh"]
    assert len(found) == 2, found
    return found


class Client:
    def __init__(self, daemon, token):
        self.daemon = daemon
        self.token = token
        self.epoch = None
        self.log = {}
        self.resets = 0


class Client004(Client):
    """A client that keeps the room's log as document 004 and dialects.md say, and nothing else."""

    def __init__(self, daemon, token, sends_epoch):
        super().__init__(daemon, token)
        self.sends_epoch = sends_epoch

    async def visit(self, count):
        """Connects where it left off, and stays until it has the room's messages up to `count`."""
        query = {"since": max(self.log, default=0)}
        if self.sends_epoch and self.epoch:
            query["epoch"] = self.epoch
        url = f"{self.daemon.ws}/ws/chat/general/?{urllib.parse.urlencode(query)}"
        async with connect(url, self.token) as socket:
            epoch = (await receive(socket))["epoch"]
            if self.epoch not in (None, epoch):
                if not self.sends_epoch:
                    # It sees so itself, and reads everything.
                    self.log.clear()
                    self.epoch = None
                    self.resets += 1
                    return await self.visit(count)
                reset = await receive(socket)
                assert reset["type"] == "reset" and reset["epoch"] == epoch, reset
                self.log.clear()
                self.resets += 1
            self.epoch = epoch
            while max(self.log, default=0) < count:
                frame = await receive_type(socket, "chat_message")
                assert frame["seq"] == max(self.log, default=0) + 1, frame
                self.log[frame["seq"]] = frame["message"]


class ClientV1(Client):
    """The same over `/ws/v1`: resumes, and reads the log anew after a reset."""

    def __init__(self, daemon, token, room):
        super().__init__(daemon, token)
        self.room = room

    async def visit(self, count):
        async with connect(f"{self.daemon.ws}/ws/v1", self.token) as socket:
            point = {"room": self.room, "epoch": self.epoch, "seq": max(self.log, default=0)}
            await send(socket, {"type": "hello", "resume": [point] if self.epoch else []})
            await receive_type(socket, "hello")
            if not self.epoch:
                await send(socket, {"type": "subscribe", "room": self.room, "seq": 0})
            subscribed = await receive_type(socket, "subscribed")
            self.epoch = self.epoch or subscribed["room"]["epoch"]
            if subscribed["room"]["epoch"] != self.epoch:
                self.epoch = (await receive_type(socket, "reset"))["room"]["epoch"]
                self.resets += 1
                page = curl(f"{self.daemon.http}/api/v1/rooms/{self.room}/events?after=0&limit=200",
                            *bearer(self.token)).json
                assert page["epoch"] == self.epoch, page
                self.log = {event["seq"]: event["text"] for event in page["events"]}
            while max(self.log, default=0) < count:
                event = (await receive_type(socket, "event"))["event"]
                assert event["seq"] == max(self.log, default=0) + 1, event
                self.log[event["seq"]] = event["text"]


class Restores(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="rookery-restore-")))
        self.data = self.folder / "data"
        self.backup = self.folder / "backup"
        self.backup.mkdir()

    def run_documented(self, commands):
        commands = commands.replace("~/.local/share/rookery", str(self.data)).replace("/backup", str(self.backup))
        subprocess.run(["sh", "-eu", "-c", commands], check=True)

    def say(self, daemon, *texts):
        for text in texts:
            sent = post(f"{daemon.http}/api/v1/rooms/general/messages", {"text": text}, *bearer(self.tokens["ann"]))
            self.assertEqual(sent.status, 201, sent.body)

    def server_log(self, daemon):
        page = curl(f"{daemon.http}/api/v1/rooms/general/events?after=0&limit=200", *bearer(self.tokens["ann"])).json
        return {event["seq"]: event["text"] for event in page["events"]}

    async def scenario(self, restore, since, *, killed=False, resets=1):
        """Clients see more than the backup has; `restore` puts it back; then `since` messages are new."""
        with Daemon(data=self.data) as daemon:
            self.tokens = register(daemon, "ann", "ben")
            made = post(f"{daemon.http}/api/v1/rooms", {"name": "general"}, *bearer(self.tokens["ann"])).json["room"]
            clients = [Client004(daemon, self.tokens["ben"], True), Client004(daemon, self.tokens["ben"], False),
                       ClientV1(daemon, self.tokens["ben"], made["id"])]
            self.say(daemon, *[f"kept {i}" for i in range(BEFORE)])
            for client in clients:
                await client.visit(BEFORE)
            self.run_documented(documented()[0])
            self.say(daemon, *[f"lost {i}" for i in range(LOST)])
            for client in clients:
                await client.visit(BEFORE + LOST)
                self.assertEqual(client.log, self.server_log(daemon))
            if killed:
                daemon.send_signal(signal.SIGKILL)
                daemon._process.wait()
                daemon._process = None
        restore()
        with Daemon(data=self.data) as daemon:
            self.say(daemon, *[f"new {i}" for i in range(since)])
            there = self.server_log(daemon)
            for client in clients:
                with self.subTest(type(client).__name__, sends_epoch=getattr(client, "sends_epoch", None)):
                    client.daemon = daemon
                    await client.visit(len(there))
                    self.assertEqual(client.log, there)
                    self.assertEqual(client.resets, resets)
            return there, daemon.log()

    def as_documented(self):
        self.run_documented(documented()[1])

    async def test_nothing_new_since(self):
        there, log = await self.scenario(self.as_documented, 0)
        self.assertEqual(len(there), BEFORE)
        self.assertIn("new epoch", log)

    async def test_the_room_has_grown_beyond_what_they_had(self):
        there, _ = await self.scenario(self.as_documented, LOST + 2)
        self.assertEqual(len(there), BEFORE + LOST + 2)

    async def test_as_many_new_ones_as_were_lost(self):
        await self.scenario(self.as_documented, LOST)

    async def test_a_killed_daemon(self):
        await self.scenario(self.as_documented, LOST, killed=True)

    async def test_on_another_machine(self):
        def restore():
            shutil.rmtree(self.data)
            self.data.mkdir(mode=0o700)
            self.as_documented()

        await self.scenario(restore, LOST)

    async def test_the_whole_directory(self):
        """Copied when the daemon had ended, with the file that shows a restore in it."""
        copy = self.folder / "copy"
        with Daemon(data=self.data) as daemon:
            self.tokens = register(daemon, "ann", "ben")
            made = post(f"{daemon.http}/api/v1/rooms", {"name": "general"}, *bearer(self.tokens["ann"])).json["room"]
            client = ClientV1(daemon, self.tokens["ben"], made["id"])
            self.say(daemon, "kept")
            await client.visit(1)
        shutil.copytree(self.data, copy)
        with Daemon(data=self.data) as daemon:
            client.daemon = daemon
            self.say(daemon, "lost")
            await client.visit(2)
        shutil.rmtree(self.data)
        shutil.copytree(copy, self.data)
        with Daemon(data=self.data) as daemon:
            client.daemon = daemon
            self.say(daemon, "new")
            await client.visit(2)
            self.assertEqual(client.log, {1: "kept", 2: "new"})
            self.assertEqual(client.resets, 1)

    async def test_a_restart_is_no_restore(self):
        there, log = await self.scenario(lambda: None, 2, resets=0)
        self.assertEqual(len(there), BEFORE + LOST + 2)
        self.assertNotIn("epoch", log)

    async def test_nor_is_a_kill(self):
        await self.scenario(lambda: None, 2, killed=True, resets=0)


if __name__ == "__main__":
    unittest.main()
