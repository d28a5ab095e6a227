# SPDX-License-Identifier: GPL-3.0-or-later
"""The transcripts of resources/docs/dialects.md: parsed, and played against a daemon."""

import asyncio
import dataclasses
import json
import re

import websockets

from support.curl import bearer, curl
from support.sockets import PATIENCE, connect

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
IDS = {"id", "epoch", "client_id", "sender_id", "receiver_id", "user_id", "senderId", "receiverId"}
PLACEHOLDER = re.compile(r"<([^<>]+)>")
LINE = re.compile(r"(?P<who>[a-z]+\d*) (?:connects to (?P<path>/\S*)|(?P<leaves>disconnects)|closed (?P<code>\d{4})"
                  r"|> (?:(?P<sends>\d+) times )?(?P<sent>.+)|< (?:(?P<comes>\d+) times )?(?P<got>\{.+\})"
                  r"|(?P<method>GET|POST|DELETE) (?P<target>/\S*)(?: (?P<body>\{.+\}))?|(?P<status>\d{3})(?: (?P<answer>\{.+\}))?)")
SETTING = re.compile(r"# \[(\w+)\] (\w+) = (\w+)")


class Mistake(AssertionError):
    """The document and the daemon differ, or the document is none."""


@dataclasses.dataclass(frozen=True)
class Step:
    line: int
    text: str
    parts: dict


def settings(text):
    """What the daemon must be told for a block: ROOKERY_… variables."""
    return {f"ROOKERY_{section}_{key}".upper(): value for section, key, value in SETTING.findall(text)}


def steps(text, first_line):
    """The lines of a block; what is indented goes on the line before."""
    whole = []
    for number, line in enumerate(text.splitlines(), first_line):
        if SETTING.fullmatch(line):
            continue
        if line.startswith(" ") and whole:
            whole[-1] = (whole[-1][0], f"{whole[-1][1]} {line.strip()}")
        else:
            whole.append((number, line))
    for number, line in whole:
        match = LINE.fullmatch(line)
        if not match:
            raise Mistake(f"line {number} is no line of a transcript: {line}")
        yield Step(number, line, {key: value for key, value in match.groupdict().items() if value is not None})


def users(text):
    return {re.match("[a-z]+", step.parts["who"]).group() for step in steps(text, 1)} - {"guest"}


class Values:
    """What the names in angle brackets stand for in a chapter."""

    def __init__(self):
        self._known = {}

    def fill(self, text):
        def value(match):
            if match.group(1) not in self._known:
                raise Mistake(f"nothing is known of <{match.group(1)}> yet")
            return self._known[match.group(1)]
        return PLACEHOLDER.sub(value, text)

    def differ(self, wanted, got, key="the frame"):
        """Why `got` is not what the document says; None where it is. Learns what the placeholders are."""
        if isinstance(wanted, dict):
            if not isinstance(got, dict) or wanted.keys() != got.keys():
                return f"{key} has other fields: {json.dumps(got, ensure_ascii=False)}"
            return next(filter(None, (self.differ(wanted[name], got[name], name) for name in wanted)), None)
        if isinstance(wanted, list):
            if not isinstance(got, list) or len(wanted) != len(got):
                return f"{key} has another length: {json.dumps(got, ensure_ascii=False)}"
            return next(filter(None, (self.differ(*pair, key) for pair in zip(wanted, got))), None)
        if isinstance(wanted, str) and (match := re.fullmatch(r"#?<([^<>]+)>", wanted)):
            return self._learn(match.group(1), got, key, is_number=wanted.startswith("#"))
        if key == "error" and isinstance(wanted, str) and isinstance(got, str) and got:
            return None
        if type(wanted) is not type(got) or wanted != got:
            return f"{key} is {json.dumps(got, ensure_ascii=False)} instead of {json.dumps(wanted, ensure_ascii=False)}"
        return None

    def _learn(self, name, got, key, is_number):
        form = TIMESTAMP if key == "timestamp" else UUID if key in IDS else re.compile(".+", re.DOTALL)
        if is_number != (type(got) is int) or not (is_number or (isinstance(got, str) and form.fullmatch(got))):
            return f"{key} is {json.dumps(got, ensure_ascii=False)}, which is no <{name}>"
        if name.split()[0] == "any":
            return None
        if self._known.setdefault(name, got) != got:
            return f"{key} is {got}, and <{name}> was {self._known[name]} before"
        return None


def documented(text):
    """The JSON of an example. A placeholder without quotes stands for a number."""
    return json.loads(re.sub(r'(?<=: )<([^<>]+)>(?=[,}\]])', r'"#<\1>"', text))


class Player:
    """Plays the blocks of one chapter, one after the other, against one daemon."""

    def __init__(self, daemon, tokens):
        self._daemon = daemon
        self._tokens = tokens
        self._values = Values()
        self._sockets = {}
        self._contexts = {}
        self._held = {}
        self._answer = None

    async def play(self, block):
        for step in steps(block.text, block.line):
            try:
                await self._step(step.parts)
            except (Mistake, asyncio.TimeoutError, websockets.ConnectionClosed) as fault:
                raise Mistake(f"line {step.line}: {fault!r}\n{step.text}") from None

    async def finish(self):
        """All sockets are closed, and nothing has come that the document does not show."""
        if self._answer:
            raise Mistake(f"the answer of {self._answer[0]} is not shown")
        for who in list(self._sockets):
            await self._leave(who)

    async def drop(self):
        """Whatever is still open after a mistake."""
        for who in list(self._sockets):
            await self._forget(who)

    async def _step(self, parts):
        who = parts["who"]
        if self._answer and "status" not in parts:
            raise Mistake(f"the answer of {self._answer[0]} is not shown")
        if "path" in parts:
            await self._enter(who, self._values.fill(parts["path"]))
        elif "method" in parts:
            self._answer = who, await self._request(who, parts)
        elif "status" in parts:
            self._compare_answer(who, parts)
        elif who not in self._sockets:
            raise Mistake(f"{who} is not connected")
        elif "leaves" in parts:
            await self._leave(who)
        elif "code" in parts:
            await self._closed(who, int(parts["code"]))
        elif "sent" in parts:
            for _ in range(int(parts.get("sends", 1))):
                await self._sockets[who].send(self._values.fill(parts["sent"]))
        else:
            for _ in range(int(parts.get("comes", 1))):
                await self._receive(who, documented(parts["got"]))

    def _token(self, who):
        return self._tokens.get(re.match("[a-z]+", who).group())

    async def _enter(self, who, path):
        if who in self._sockets:
            raise Mistake(f"{who} is connected already")
        self._contexts[who] = connect(self._daemon.ws + path, self._token(who))
        self._sockets[who] = await self._contexts[who].__aenter__()
        self._held[who] = []

    async def _receive(self, who, wanted):
        """An acknowledgement and the message that it acknowledges come in either order."""
        is_ack = wanted.get("type") == "ack"
        held = self._held[who]
        got = next((frame for frame in held if (frame.get("type") == "ack") == is_ack), None)
        if got is not None:
            held.remove(got)
        while got is None:
            frame = json.loads(await asyncio.wait_for(self._sockets[who].recv(), PATIENCE))
            if (frame.get("type") == "ack") == is_ack:
                got = frame
            elif held:
                raise Mistake(f"besides an acknowledgement, this came: {json.dumps(frame, ensure_ascii=False)}")
            else:
                held.append(frame)
        if difference := self._values.differ(wanted, got):
            raise Mistake(difference)

    async def _rest(self, who):
        """What still comes until the connection is closed."""
        frames = [json.dumps(frame, ensure_ascii=False) for frame in self._held[who]]
        try:
            while True:
                frames.append(await asyncio.wait_for(self._sockets[who].recv(), PATIENCE))
        except websockets.ConnectionClosed:
            return frames

    async def _closed(self, who, code):
        frames = await self._rest(who)
        got = self._sockets[who].close_code
        await self._forget(who)
        if frames or got != code:
            raise Mistake(f"closed with {got}, after {frames}")

    async def _leave(self, who):
        # What was under way has come when the pong is there.
        await asyncio.wait_for(await self._sockets[who].ping(), PATIENCE)
        closing = asyncio.ensure_future(self._sockets[who].close())
        frames = await self._rest(who)
        await closing
        await self._forget(who)
        if frames:
            raise Mistake(f"{who} got what is not shown: {frames}")

    async def _forget(self, who):
        del self._sockets[who], self._held[who]
        await self._contexts.pop(who).__aexit__(None, None, None)

    async def _request(self, who, parts):
        arguments = ["-X", parts["method"], self._daemon.http + self._values.fill(parts["target"])]
        if token := self._token(who):
            arguments += bearer(token)
        if "body" in parts:
            arguments += ["-H", "Content-Type: application/json", "-d", self._values.fill(parts["body"])]
        return await asyncio.get_running_loop().run_in_executor(None, lambda: curl(*arguments))

    def _compare_answer(self, who, parts):
        if not self._answer or self._answer[0] != who:
            raise Mistake(f"{who} has not asked for anything")
        (_, reply), self._answer = self._answer, None
        if reply.status != int(parts["status"]):
            raise Mistake(f"the status is {reply.status}: {reply.body}")
        if difference := self._values.differ(documented(parts["answer"]), reply.json, "the answer"):
            raise Mistake(difference)
