# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs in resources/examples, each run alone against a real daemon: through restarts, lost answers and refusals."""

import contextlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from support.children import end_with_parent
from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.fences import TOP
from support.people import PASSWORD, register

EXAMPLES = TOP / "resources" / "examples"
PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause
RUNNERS = {".py": [sys.executable], ".js": ["node"], ".sh": ["sh"]}
BOTS = ("echobot.py", "echobot.js", "echobot.sh")
NOTIFIERS = ("notify.py", "notify.js", "notify.sh")
ROOM = "den"


class Program:
    """One example in a folder of its own, with nothing in its environment but what its README.md says."""

    def __init__(self, name, url, user, *arguments, password=PASSWORD, given=""):
        self._folder = tempfile.TemporaryDirectory()
        here = pathlib.Path(self._folder.name)
        shutil.copy2(EXAMPLES / name, here)
        # Node.js before 22 has no WebSocket, and `npm install ws` is what the tests have.
        environment = {"HOME": str(here), "PATH": os.environ["PATH"], "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1",
                       "NODE_PATH": str(pathlib.Path(__file__).resolve().parent / "node_modules"),
                       "CHAT_URL": url, "CHAT_USER": user, "CHAT_PASSWORD": password}
        environment = {name: value for name, value in environment.items() if value is not None}
        self.printed = {1: "", 2: ""}
        self._news = threading.Condition()
        self.process = subprocess.Popen([*RUNNERS[here.joinpath(name).suffix], name, *arguments], cwd=here, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, preexec_fn=end_with_parent)
        self.process.stdin.write(given)
        self.process.stdin.close()
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                         for pair in ((1, self.process.stdout), (2, self.process.stderr))]
        for reader in self._readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.ended()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        self._folder.cleanup()

    def _read(self, number, stream):
        for line in stream:
            with self._news:
                self.printed[number] += line
                self._news.notify_all()

    def prints(self, number, pattern):
        """Waits until this stands in what it has written to this descriptor."""
        with self._news:
            if not self._news.wait_for(lambda: re.search(pattern, self.printed[number]), PATIENCE):
                raise AssertionError(f"{pattern!r} did not come: {self.printed}")

    def ended(self):
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status


class ForgetfulProxy:
    """Hands requests on to a daemon, and loses the first answer to what is sent."""

    def __init__(self, url):
        upstream = url.removeprefix("http://")
        self.lost = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                connection = http.client.HTTPConnection(upstream, timeout=PATIENCE)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
                connection.request("POST", self.path, body, headers)
                answer = connection.getresponse()
                said = answer.read()
                connection.close()
                self.close_connection = True
                if self.path.startswith("/chat/send") and not proxy.lost:
                    proxy.lost += 1
                    return
                self.send_response(answer.status)
                for name in ("Content-Type", "Retry-After"):
                    if answer.getheader(name):
                        self.send_header(name, answer.getheader(name))
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


def history(daemon, token, room=ROOM):
    """[(who, what)] of all that was said in the room."""
    reply = curl(f"{daemon.http}/chat/history/?room={room}&limit=200", *bearer(token))
    return [(message["sender_username"], message["message"]) for message in reply.json.get("chat_history", [])]


def say(daemon, token, *texts):
    for text in texts:
        reply = post(f"{daemon.http}/chat/send/", {"room": ROOM, "message": text}, *bearer(token))
        assert reply.status == 200, reply.body


class EchoBots(unittest.TestCase):
    def wait_for(self, daemon, token, who, wanted):
        deadline = time.monotonic() + PATIENCE
        while (said := [text for name, text in history(daemon, token) if name == who]) != wanted:
            self.assertLess(time.monotonic(), deadline, f"the bot said {said}")
            self.assertLessEqual(len(said), len(wanted), said)
            time.sleep(0.05)

    def test_they_answer_once_and_come_back(self):
        for name in BOTS:
            with self.subTest(name), contextlib.ExitStack() as stack:
                first = stack.enter_context(Daemon("http://127.0.0.1:0"))
                ann = register(first, "ann")["ann"]
                say(first, ann, "!echo before it came")
                bot = stack.enter_context(Program(name, first.http, "bot", ROOM))
                bot.prints(1, f"In {ROOM}")
                say(first, ann, "!echo one", "no command", "!echo ", "!echo zwei \u2603 \"\\ \n$(x)")
                self.wait_for(first, ann, "bot", ["one", "zwei \u2603 \"\\ \n$(x)"])
                first.stop()
                bot.prints(2, ".")
                second = stack.enter_context(Daemon(first.http, data=first.data))
                # Before or after it is back: it has read up to here and asks for what came since.
                say(second, ann, "!echo three", "!echo four")
                self.wait_for(second, ann, "bot", ["one", "zwei \u2603 \"\\ \n$(x)", "three", "four"])
                self.assertIsNone(bot.process.poll())

    def test_it_ends_where_it_is_refused(self):
        with Daemon("http://127.0.0.1:0") as daemon:
            register(daemon, "bot")
            for name in BOTS:
                with self.subTest(name), Program(name, daemon.http, "bot", ROOM, password="not the password") as bot:
                    self.assertEqual(bot.ended(), 1)
                    self.assertRegex(bot.printed[2], "taken|exists|name")

    def test_it_answers_what_was_refused_for_a_while(self):
        """One message a second, and ten to answer at once."""
        for name in BOTS:
            with self.subTest(name), Daemon("http://127.0.0.1:0", ROOKERY_LIMITS_MESSAGES_PER_SECOND="4",
                                            ROOKERY_LIMITS_MESSAGES_BURST="1") as daemon:
                ann, ben, cid = register(daemon, "ann", "ben", "cid").values()
                made = post(f"{daemon.http}/api/v1/rooms", {"name": ROOM}, *bearer(cid))
                self.assertEqual(made.status, 201, made.body)
                with Program(name, daemon.http, "bot", ROOM) as bot:
                    bot.prints(1, f"In {ROOM}")
                    wanted = []
                    for number in range(6):
                        for token in (ann, ben):
                            text = f"{len(wanted)}"
                            while post(f"{daemon.http}/chat/send/", {"room": ROOM, "message": f"!echo {text}"},
                                       *bearer(token)).status == 429:
                                time.sleep(0.05)
                            wanted.append(text)
                    self.wait_for(daemon, cid, "bot", wanted)


class Notifiers(unittest.TestCase):
    def test_what_is_said_is_there_once(self):
        with Daemon("http://127.0.0.1:0") as daemon:
            ann = register(daemon, "ann")["ann"]
            for name in NOTIFIERS:
                with self.subTest(name):
                    user = name.replace(".", "-")
                    with Program(name, daemon.http, user, ROOM, "Two", "words \"\\") as program:
                        self.assertEqual((program.ended(), program.printed), (0, {1: "", 2: ""}))
                    with Program(name, daemon.http, user, ROOM, given="From the\nstandard input\n") as program:
                        self.assertEqual((program.ended(), program.printed), (0, {1: "", 2: ""}))
                    with ForgetfulProxy(daemon.http) as proxy, Program(name, proxy.url, user, ROOM, "Again") as program:
                        self.assertEqual(program.ended(), 0, program.printed)
                        self.assertEqual(proxy.lost, 1)
                        self.assertNotEqual(program.printed[2], "")
                    self.assertEqual([text for who, text in history(daemon, ann) if who == user],
                                     ["Two words \"\\", "From the\nstandard input", "Again"])

    def test_it_waits_for_a_server_that_is_away(self):
        with Daemon("http://127.0.0.1:0") as gone:
            ann = register(gone, "ann")["ann"]
            gone.stop()
            with contextlib.ExitStack() as stack:
                programs = [stack.enter_context(Program(name, gone.http, name.replace(".", "-"), ROOM, "At last"))
                            for name in NOTIFIERS]
                for program in programs:
                    program.prints(2, ".")
                daemon = stack.enter_context(Daemon(gone.http, data=gone.data))
                for program in programs:
                    self.assertEqual(program.ended(), 0, program.printed)
                self.assertEqual(sorted(history(daemon, ann)),
                                 sorted((name.replace(".", "-"), "At last") for name in NOTIFIERS))

    def test_it_fails_at_once_where_it_would_be_refused_again(self):
        with Daemon("http://127.0.0.1:0") as daemon:
            register(daemon, "cron")
            for name in NOTIFIERS:
                for arguments, password in (([ROOM, "Hello"], "not the password"), ([ROOM, "x" * 4001], PASSWORD),
                                            (["no name", "Hello"], PASSWORD), ([], PASSWORD)):
                    with self.subTest(name, arguments=arguments), \
                            Program(name, daemon.http, "cron", *arguments, password=password) as program:
                        self.assertNotEqual(program.ended(), 0)
                        self.assertNotEqual(program.printed[2].strip(), "")


class Environment(unittest.TestCase):
    def test_who_is_not_told_who_to_be_says_so_in_one_line(self):
        # Nobody is asked: there is no server at this address.
        for name in (*BOTS, *NOTIFIERS):
            for user, password in ((None, PASSWORD), ("ann", None), ("", PASSWORD), ("ann", ""), (None, None)):
                with self.subTest(name, user=user, password=password), \
                        Program(name, "http://127.0.0.1:1", user, ROOM, "Hello", password=password) as program:
                    self.assertIn(program.ended(), (1, 2))
                    self.assertEqual(program.printed[1], "")
                    self.assertRegex(program.printed[2], r"^CHAT_USER and CHAT_PASSWORD must be set: [^\n]*\n$")


class Folder(unittest.TestCase):
    def test_every_program_is_run_and_described(self):
        text = (EXAMPLES / "README.md").read_text()
        names = {path.name for path in EXAMPLES.iterdir()} - {"README.md"}
        self.assertEqual(names, {*BOTS, *NOTIFIERS})
        for name in names:
            self.assertIn(f"| `{name}` |", text)

    def test_they_are_installed_with_the_documents(self):
        with tempfile.TemporaryDirectory() as prefix:
            subprocess.run(["cmake", "--install", os.environ["ROOKERY_TEST_BUILD"], "--component", "documents",
                            "--prefix", prefix], check=True, capture_output=True)
            files = {path.name for path in pathlib.Path(prefix).rglob("*") if path.is_file()}
            self.assertLessEqual({"api.md", "dialects.md", "operating.md", "README.md", *BOTS, *NOTIFIERS}, files)
            for name in (*BOTS, *NOTIFIERS):
                self.assertTrue(os.access(next(pathlib.Path(prefix).rglob(name)), os.X_OK))


if __name__ == "__main__":
    unittest.main(verbosity=2)
