# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of resources/docs/api.md, pasted alone into a fresh shell, and the first steps of README.md."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from support.children import end_with_parent
from support.curl import curl
from support.daemon import Daemon
from support.fences import DOCUMENTS, TOP, blocks
from support.ports import printed_port

PRINTED = "http://localhost:5000"
PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause
NODE = pathlib.Path(__file__).resolve().parent / "node_modules" / ".bin"
# What each block must print, by a word that only this block has. The first time nobody is registered yet.
PRINTS = {
    "/api/chats/send": [r"User registered successfully|name_taken", r"Message sent successfully"],
    "/api/v1/rooms/general/events": [r"Message sent!", r'"chat_history":.*Hello, room!', r'"events":.*"text":"Hello, room!"'],
    "/messages?with=ben": [r'"message":"Hello, how are you\?"', r'"content":"Hello, how are you\?"'],
    "curl -siw": [r"^HTTP/1.1 401 ", r"application/problem\+json", r'"code":"unauthorized"'],
    "wscat": [r'"type":"room_users_list"', r'"message":"Hi!"'],
}
GUESTS = [r'"name":"room_name"', r'"message":"Hi from a guest!"']
README = [r"Message sent!", r'"chat_history":.*Hello, world!']


def shell_blocks(path):
    return [block for block in blocks(path) if block.language == "sh"]


class Blocks(unittest.TestCase):
    def run_alone(self, text, daemon, prints):
        """The block in a shell that has nothing from anybody else, in an empty folder, which stays empty."""
        text = text.replace(PRINTED, daemon.http.replace("127.0.0.1", "localhost"))
        text = text.replace(PRINTED.replace("http", "ws"), daemon.ws.replace("127.0.0.1", "localhost"))
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder, "home")
            scratch = pathlib.Path(folder, "scratch")
            home.mkdir()
            scratch.mkdir()
            environment = {"HOME": str(home), "PATH": f"{NODE}:{os.environ['PATH']}", "NO_COLOR": "1", "no_proxy": "*"}
            # The standard input stays open, as that of a terminal does.
            shell = subprocess.Popen(["sh", "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, cwd=scratch, env=environment, text=True,
                                     preexec_fn=end_with_parent)
            # A copy, for communicate() closes what it knows.
            kept, shell.stdin = shell.stdin, None
            try:
                printed, complaints = shell.communicate(timeout=PATIENCE)
            finally:
                shell.kill()
                kept.close()
            self.assertEqual((shell.returncode, complaints), (0, ""), printed)
            self.assertEqual(os.listdir(scratch), [])
            for pattern in prints:
                self.assertRegex(printed, pattern)
            for line in printed.splitlines():
                if line.startswith("{"):
                    json.loads(line)  # one answer a line
            return printed

    def prints_of(self, block):
        found = [prints for word, prints in PRINTS.items() if word in block.text]
        self.assertEqual(len(found), 1, f"line {block.line}: this test does not know what this block prints:\n{block.text}")
        return found[0]

    def daemon(self, **settings):
        return Daemon(f"http://127.0.0.1:{printed_port(5000)}", **settings)

    def test_each_block_alone_on_a_daemon_of_its_own(self):
        for block in shell_blocks(DOCUMENTS / "api.md"):
            with self.subTest(line=block.line), self.daemon() as daemon:
                printed = self.run_alone(block.text, daemon, self.prints_of(block))
                if "curl -siw" not in block.text:
                    self.assertNotIn("about:blank", printed)

    def test_all_blocks_again_and_again(self):
        with self.daemon() as daemon:
            for _ in range(2):
                for block in reversed(shell_blocks(DOCUMENTS / "api.md")):
                    with self.subTest(line=block.line):
                        self.run_alone(block.text, daemon, self.prints_of(block))

    def test_where_the_log_in_is_refused_its_answer_is_shown(self):
        logging_in = [block for block in shell_blocks(DOCUMENTS / "api.md") if "LOGIN=" in block.text]
        logging_in += [block for block in shell_blocks(TOP / "README.md") if "LOGIN=" in block.text]
        self.assertGreater(len(logging_in), 4)
        with self.daemon(ROOKERY_LIMITS_LOGINS_PER_MINUTE="1") as daemon:
            user = json.dumps({"username": "ann", "password": "correct horse battery"})
            statuses = [curl(f"{daemon.http}/login", "-H", "Content-Type: application/json", "-d", user).status for _ in range(2)]
            self.assertEqual(statuses[1], 429)
            for block in logging_in:
                with self.subTest(line=block.line):
                    printed = self.run_alone(block.text, daemon, [r'(?m)^\{"code":"rate_limited","detail":"Too many log-ins'])
                    self.assertLess(printed.index('"rate_limited"'), (printed + '"unauthorized"').index('"unauthorized"'))

    def test_a_room_for_guests(self):
        block, = [block for block in shell_blocks(DOCUMENTS / "operating.md") if block.chapter == "Guests"]
        with self.daemon(ROOKERY_AUTH_GUESTS="true") as daemon:
            self.run_alone(block.text, daemon, GUESTS)

    def test_no_expectation_is_for_a_block_that_is_gone(self):
        text = "".join(block.text for block in shell_blocks(DOCUMENTS / "api.md"))
        for word in PRINTS:
            self.assertIn(word, text)

    def test_the_first_steps_of_the_readme(self):
        block, = [block for block in shell_blocks(TOP / "README.md") if block.chapter == "First steps with curl"]
        with self.daemon() as daemon:
            self.run_alone(block.text, daemon, README)

    def test_every_other_block_is_marked_as_what_it_is(self):
        for block in blocks(DOCUMENTS / "api.md"):
            with self.subTest(line=block.line):
                self.assertIn(block.language, ("sh", "json", "text"))

    def test_the_problem_that_is_shown_is_what_the_server_says(self):
        shown, = [block for block in blocks(DOCUMENTS / "api.md") if block.language == "json"]
        with Daemon("http://127.0.0.1:0") as daemon:
            user = {"username": "ann", "password": "correct horse battery"}
            as_json = ("-H", "Content-Type: application/json", "-d", json.dumps(user))
            curl(f"{daemon.http}/register", *as_json)
            token = curl(f"{daemon.http}/login", *as_json).json["token"]
            reply = curl(f"{daemon.http}/users/nobody", "-H", f"Authorization: Bearer {token}")
            self.assertEqual(json.loads(shown.text), reply.json)


if __name__ == "__main__":
    unittest.main(verbosity=2)
