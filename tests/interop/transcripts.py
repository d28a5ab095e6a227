# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of resources/docs/dialects.md, played unchanged, with a new daemon for each chapter."""

import pathlib
import tempfile
import unittest

from support.daemon import Daemon
from support.fences import DOCUMENTS, Block, blocks
from support.people import register
from support.transcript import Mistake, Player, settings, steps, users

DIALECTS = DOCUMENTS / "dialects.md"
PATHS = ("/", "/websocket", "/ws/chat/general/")


def chapters():
    """{chapter: its transcripts}, in the order of the document."""
    found = {}
    for block in blocks(DIALECTS):
        if block.language == "frames":
            found.setdefault(block.chapter, []).append(block)
    return found


async def play(chapter):
    told = {}
    for block in chapter:
        told.update(settings(block.text))
    names = sorted(set().union(*(users(block.text) for block in chapter)))
    with Daemon(**told) as daemon:
        player = Player(daemon, register(daemon, *names))
        for block in chapter:
            await player.play(block)
        await player.finish()


class Dialects(unittest.IsolatedAsyncioTestCase):
    async def test_every_example(self):
        for name, chapter in chapters().items():
            with self.subTest(name):
                await play(chapter)

    def test_no_block_is_neither_run_nor_marked_as_plain_text(self):
        for block in blocks(DIALECTS):
            with self.subTest(line=block.line):
                self.assertIn(block.language, ("frames", "text"))

    def test_each_dialect_has_examples(self):
        opened = {step.parts["path"].partition("?")[0] for chapter in chapters().values() for block in chapter
                  for step in steps(block.text, block.line) if "path" in step.parts}
        self.assertLessEqual(set(PATHS), opened)


class TheRunner(unittest.IsolatedAsyncioTestCase):
    """That it sees what is wrong."""

    async def test_examples_that_are_not_true(self):
        opens = "ann connects to /ws/chat/general/\n"
        users_list = 'ann < {"type": "room_users_list", "epoch": "<epoch>", "count": 1, "users": [{"id": "<ann>", "username": "ann"}]}\n'
        said = ('ann < {"type": "chat_message", "message": "Hello", "sender_username": "ann", "sender_id": "<ann>", '
                '"room": "general", "id": "<1>", "seq": 1, "client_id": "<2>", "timestamp": "<time>"}\n')
        sends = 'ann > {"message": "Hello"}\n'
        good = opens + users_list + sends + said
        await self.play(good)
        rows = [
            ("a frame that is not shown", good + "ann > {}\n"),
            ("a frame that does not come", good + "ann > {}\n" + said),
            ("a field that is not sent", good.replace('"seq": 1,', '"seq": 1, "colour": "green",')),
            ("a field that is not shown", good.replace('"seq": 1,', "")),
            ("another value", good.replace('"seq": 1,', '"seq": 2,')),
            ("a value of another type", good.replace('"seq": 1,', '"seq": "1",')),
            ("a value that was another", good.replace('"id": "<1>"', '"id": "<ann>"')),
            ("no timestamp", good.replace('"message": "Hello", "sender', '"message": "<time>", "sender')),
            ("a number for a text", good.replace('"room": "general"', '"room": <any>')),
            ("another close code", "guest connects to /\nguest < {\"type\": \"error\", \"error\": \"x\", \"code\": \"unauthorized\"}\n"
                                   "guest closed 4000\n"),
            ("an answer that is not shown", "ann GET /api/v1/me\n" + opens),
            ("another status", "ann GET /api/v1/me\nann 201 {\"user\": {\"id\": \"<ann>\", \"username\": \"ann\"}}\n"),
            ("no line of a transcript", "ann says hello\n"),
            ("an unknown placeholder", opens + users_list + 'ann > {"message": "<what>"}\n'),
            ("nobody", 'ann > {"message": "Hello"}\n'),
        ]
        for what, text in rows:
            with self.subTest(what), self.assertRaises(Mistake):
                await self.play(text)

    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.tokens = register(cls.daemon, "ann")
        cls.rooms = iter(range(1000))

    async def play(self, text):
        room = f"room-{next(self.rooms)}"
        player = Player(self.daemon, self.tokens)
        try:
            await player.play(Block("frames", text.replace("general", room), 1, ""))
            await player.finish()
        finally:
            await player.drop()

    def test_blocks_are_found_with_their_language_and_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "document.md")
            path.write_text("# A\n\n## B\n\n```frames\nx\ny\n```\n\n## C\n```\nz\n```\n")
            self.assertEqual(blocks(path), [Block("frames", "x\ny\n", 6, "B"), Block("", "z\n", 12, "C")])
            for bad in ("```frames\nx\n", "  ```\nx\n  ```\n", "```frames run\nx\n```\n", "~~~\nx\n~~~\n"):
                path.write_text(bad)
                with self.subTest(bad), self.assertRaises(AssertionError):
                    blocks(path)

    def test_settings(self):
        self.assertEqual(settings("# [auth] guests = true\nann disconnects\n"), {"ROOKERY_AUTH_GUESTS": "true"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
