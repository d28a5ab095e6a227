# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 004 with Python's websockets: rooms, the frames on connect, joins and leaves, close codes."""

import asyncio
import json
import re
import unittest
import uuid

import websockets

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import register
from support.sockets import close_code, connect, receive, receive_all, receive_type, send, send_patiently

TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Document004(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.tokens = register(cls.daemon, "user123", "user456")
        cls.ids = {name: curl(f"{cls.daemon.http}/api/users/profile", *bearer(token)).json["user"]["id"]
                   for name, token in cls.tokens.items()}

    def room(self, name=None):
        """The address of a room that no other test is in."""
        return f"{self.daemon.ws}/ws/chat/{name or 'room-' + uuid.uuid4().hex[:12]}/"

    async def test_token_in_the_header(self):
        async with connect(self.room(), self.tokens["user123"]) as socket:
            self.assertEqual((await receive(socket))["type"], "room_users_list")

    async def test_token_in_the_query(self):
        async with connect(f"{self.room()}?token={self.tokens['user123']}") as socket:
            self.assertEqual((await receive(socket))["type"], "room_users_list")
        self.assertNotIn(self.tokens["user123"], self.daemon.log())

    async def test_token_as_subprotocol(self):
        async with connect(self.room(), subprotocols=["bearer", self.tokens["user123"]]) as socket:
            self.assertEqual(socket.subprotocol, "bearer")
            self.assertEqual((await receive(socket))["type"], "room_users_list")

    async def test_without_a_valid_token_it_closes_with_4001(self):
        forged = self.tokens["user123"][:-4] + "AAAA"
        for url, token in ((self.room(), None), (self.room(), "nonsense"), (self.room(), forged),
                           (f"{self.room()}?token=nonsense", None)):
            with self.subTest(url=url, token=token):
                self.assertEqual(await close_code(url, token), 4001)

    async def test_a_room_that_cannot_be_created_closes_with_4000(self):
        for name in ("not%20a%20name", "x" * 65, "semi%3Bcolon", "%E2%80%AE"):
            with self.subTest(name):
                self.assertEqual(await close_code(self.room(name), self.tokens["user123"]), 4000)

    async def test_a_private_room_of_others_closes_with_4000(self):
        made = post(f"{self.daemon.http}/api/v1/rooms", {"name": "secret", "private": True},
                    *bearer(self.tokens["user456"]))
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(await close_code(self.room("secret"), self.tokens["user123"]), 4000)
        async with connect(self.room("secret"), self.tokens["user456"]) as socket:
            self.assertEqual((await receive(socket))["type"], "room_users_list")

    async def test_chat_message(self):
        url = self.room("general")
        async with connect(url, self.tokens["user123"]) as one, connect(url, self.tokens["user456"]) as other:
            await send(one, {"message": "Hello world!"})
            for socket in (one, other):
                frame = await receive_type(socket, "chat_message")
                self.assertEqual(frame["message"], "Hello world!")
                self.assertEqual(frame["sender_username"], "user123")
                self.assertEqual(frame["sender_id"], self.ids["user123"])
                self.assertRegex(frame["timestamp"], TIMESTAMP)
                self.assertEqual((frame["room"], frame["seq"]), ("general", 1))
                self.assertTrue(frame["id"])

    async def test_on_connect_users_then_history_then_live(self):
        url = self.room()
        async with connect(url, self.tokens["user123"]) as one:
            self.assertEqual((await receive(one))["type"], "room_users_list")
            for number in range(3):
                await send_patiently(one, {"message": f"old {number}"})
            async with connect(url, self.tokens["user456"]) as other:
                users, *history = await receive_all(other, 4)
                self.assertEqual(users["type"], "room_users_list")
                self.assertEqual({(user["id"], user["username"]) for user in users["users"]},
                                 {(self.ids[name], name) for name in self.ids})
                self.assertEqual([(frame["type"], frame["message"], frame["history"]) for frame in history],
                                 [("chat_message", f"old {number}", True) for number in range(3)])
                await send(one, {"message": "live"})
                live = await receive(other)
                self.assertEqual((live["message"], live["seq"]), ("live", 4))
                self.assertNotIn("history", live)

    async def test_history_is_the_last_50_or_what_is_asked_for(self):
        url = self.room()
        async with connect(url, self.tokens["user123"]) as one:
            await receive(one)
            for number in range(1, 56):
                await send_patiently(one, {"message": f"number {number}"})
                # Below the 20 a second that a user may send, so that the next tests need not wait.
                if number > 10:
                    await asyncio.sleep(0.055)
        rows = [("", range(6, 56)), ("?history=0", range(0)), ("?history=3", range(53, 56)),
                ("?history=200", range(1, 56)), ("?since=52", range(53, 56)), ("?since=0", range(1, 56))]
        for query, expected in rows:
            with self.subTest(query):
                async with connect(url + query, self.tokens["user123"]) as socket:
                    self.assertEqual((await receive(socket))["type"], "room_users_list")
                    frames = await receive_all(socket, len(expected))
                    self.assertEqual([frame["seq"] for frame in frames], list(expected))
                    # Nothing stands between the history and what is live.
                    await send(socket, {"nonsense": True})
                    self.assertIn("error", await receive(socket))

    async def test_join_and_leave_are_told_once_per_user(self):
        url = self.room()
        someone = {"user_id": self.ids["user456"], "username": "user456"}
        async with connect(url, self.tokens["user123"]) as one:
            await receive(one)
            async with connect(url, self.tokens["user456"]) as other:
                await receive(other)
                self.assertLessEqual(({"type": "user_join"} | someone).items(), (await receive(one)).items())
                async with connect(url, self.tokens["user456"]) as second:
                    await receive(second)
                    await send(second, {"message": "from my second socket"})
                    # No second user_join came before it.
                    self.assertEqual((await receive(one))["type"], "chat_message")
                await send(other, {"message": "still here"})
                self.assertEqual((await receive(one))["message"], "still here")
            self.assertLessEqual(({"type": "user_leave"} | someone).items(), (await receive(one)).items())

    async def test_a_bad_frame_is_an_error_and_the_socket_stays_open(self):
        rows = [("{", "invalid_json"), ("[]", "invalid_json"), ("", "invalid_json"), ({}, "missing_field"),
                ({"message": 7}, "invalid_field"), ({"message": ""}, None), ({"message": "x" * 4001}, "message_too_long")]
        async with connect(self.room(), self.tokens["user123"]) as socket:
            await receive(socket)
            for frame, code in rows:
                with self.subTest(str(frame)[:20]):
                    await send(socket, frame)
                    answer = await receive(socket)
                    self.assertTrue(answer["error"])
                    self.assertEqual(answer["type"], "error")
                    if code:
                        self.assertEqual(answer["code"], code)
            await send(socket, {"message": "still open"})
            self.assertEqual((await receive(socket))["message"], "still open")

    async def test_room_names_are_letters_of_any_script(self):
        rows = [("caf%C3%A9", "caf\u00e9"), ("cafe%CC%81", "caf\u00e9"), ("%E6%88%BF%E9%97%B4-1", "\u623f\u95f4-1"),
                ("under_score", "under_score")]
        for written, name in rows:
            with self.subTest(written):
                async with connect(f"{self.daemon.ws}/ws/chat/{written}", self.tokens["user123"]) as socket:
                    await receive(socket)
                    await send(socket, {"message": "hi"})
                    frame = await receive_type(socket, "chat_message")
                    self.assertEqual(frame["room"], name)

    async def test_client_id_makes_a_resend_harmless(self):
        said = {"message": "once", "client_id": str(uuid.uuid4())}
        url = self.room()
        async with connect(url, self.tokens["user123"]) as socket:
            await receive(socket)
            await send(socket, said)
            self.assertEqual((await receive_type(socket, "chat_message"))["seq"], 1)
            await send(socket, said)
            await send(socket, dict(said, message="another body"))
            self.assertEqual((await receive_type(socket, "error"))["code"], "client_id_reused")
            await send(socket, {"message": "next"})
            self.assertEqual((await receive_type(socket, "chat_message"))["seq"], 2)

    async def test_the_lobby_is_a_room_like_others(self):
        async with connect(self.room("lobby"), self.tokens["user123"]) as socket:
            await receive(socket)
            reply = post(f"{self.daemon.http}/api/chats/send", {"message": "to the lobby"},
                         *bearer(self.tokens["user456"]))
            self.assertEqual(reply.status, 200)
            while (frame := await receive_type(socket, "chat_message"))["message"] != "to the lobby":
                pass
            self.assertEqual(frame["room"], "lobby")

    async def test_a_leaving_server_says_so(self):
        daemon = Daemon()
        with daemon:
            token = register(daemon, "ann")["ann"]
            async with connect(f"{daemon.ws}/ws/chat/general/", token) as socket:
                await receive(socket)
                ending = asyncio.get_running_loop().run_in_executor(None, daemon.stop)
                with self.assertRaises(websockets.ConnectionClosed):
                    while True:
                        await receive(socket)
                self.assertEqual(socket.close_code, 1012)
                await ending


class Document004Operators(unittest.IsolatedAsyncioTestCase):
    async def test_an_operator_may_forbid_rooms_at_first_use(self):
        with Daemon(ROOKERY_ROOMS_CREATE_ON_FIRST_USE="false") as daemon:
            token = register(daemon, "ann")["ann"]
            self.assertEqual(await close_code(f"{daemon.ws}/ws/chat/general/", token), 4000)
            made = post(f"{daemon.http}/api/v1/rooms", {"name": "general"}, *bearer(token))
            self.assertEqual(made.status, 201, made.body)
            async with connect(f"{daemon.ws}/ws/chat/general/", token) as socket:
                self.assertEqual((await receive(socket))["type"], "room_users_list")

    async def test_guests_join_without_a_token_where_the_operator_allows_it(self):
        with Daemon(ROOKERY_AUTH_GUESTS="true") as daemon:
            # Guests make no rooms.
            token = register(daemon, "ann")["ann"]
            made = post(f"{daemon.http}/api/v1/rooms", {"name": "general"}, *bearer(token))
            self.assertEqual(made.status, 201, made.body)
            self.assertEqual(await close_code(f"{daemon.ws}/ws/chat/elsewhere/"), 4000)
            async with connect(f"{daemon.ws}/ws/chat/general/") as one:
                # The first is in the room before the second comes: what they hear of each other is the list then.
                await receive(one)
                async with connect(f"{daemon.ws}/ws/chat/general/") as other:
                    users = {user["username"] for user in (await receive(other))["users"]}
                    self.assertEqual(len(users), 2)
                    await send(one, {"message": "hi"})
                    self.assertIn((await receive_type(other, "chat_message"))["sender_username"], users)

    async def test_history_is_there_after_a_restart(self):
        with Daemon() as first:
            token = register(first, "ann")["ann"]
            async with connect(f"{first.ws}/ws/chat/general/", token) as socket:
                await receive(socket)
                await send(socket, {"message": "for later"})
                said = await receive_type(socket, "chat_message")
            first.stop()
            with Daemon(data=first.data) as second:
                async with connect(f"{second.ws}/ws/chat/general/", token) as socket:
                    users, kept = await receive_all(socket, 2)
                    self.assertEqual(users["type"], "room_users_list")
                    # History is told apart from what is live.
                    said["history"] = True
                    self.assertEqual(json.dumps(kept, sort_keys=True), json.dumps(said, sort_keys=True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
