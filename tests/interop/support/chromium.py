# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven over its DevTools protocol."""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import tempfile

from support.children import end_with_parent
from support.sockets import connect

PATIENCE = 60  # seconds; an upper bound on a slow machine, never a pause
# As root, as in a container, Chromium has no sandbox. Everything else keeps it from talking to anybody but us.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--no-proxy-server", "--remote-debugging-port=0"]


class Page:
    """One tab with cookies of its own, and what its scripts wrote to the console."""

    def __init__(self, browser, session):
        self._browser = browser
        self._session = session
        self._console = []
        self._written = asyncio.Condition()
        self._loaded = asyncio.Event()

    async def call(self, method, **parameters):
        return await self._browser.call(method, self._session, **parameters)

    async def open(self, url):
        self._loaded.clear()
        answer = await self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise AssertionError(f"{url}: {answer['errorText']}")
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def run(self, script):
        """Runs a script as if it stood in the page, and waits for what it promises."""
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True,
                                 replMode=False)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def console(self, wanted):
        """Waits for a line on the console that contains this text."""
        async with self._written:
            async def come():
                await self._written.wait_for(lambda: any(wanted in line for line in self._console))
            try:
                await asyncio.wait_for(come(), PATIENCE)
            except asyncio.TimeoutError:
                raise AssertionError(f"{wanted!r} is not on the console: {self._console}") from None
            return next(line for line in self._console if wanted in line)

    async def take(self, method, parameters):
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Runtime.consoleAPICalled":
            async with self._written:
                self._console.append(" ".join(str(part.get("value")) for part in parameters["args"]))
                self._written.notify_all()


class Chromium:
    def __init__(self, socket):
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers = {}
        self._pages = {}

    async def call(self, method, session=None, **parameters):
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        await self._socket.send(json.dumps(request))
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    async def listen(self):
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message.get("sessionId") in self._pages:
                await self._pages[message["sessionId"]].take(message["method"], message["params"])

    async def page(self):
        context = await self.call("Target.createBrowserContext")
        target = await self.call("Target.createTarget", url="about:blank",
                                 browserContextId=context["browserContextId"])
        session = (await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True))["sessionId"]
        page = self._pages[session] = Page(self, session)
        await page.call("Page.enable")
        await page.call("Runtime.enable")
        return page


def program():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise AssertionError("chromium is needed, and not installed")


@contextlib.asynccontextmanager
async def chromium():
    with tempfile.TemporaryDirectory(prefix="rookery-chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program(), *FLAGS, f"--user-data-dir={profile}", "about:blank",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            preexec_fn=end_with_parent)
        drain = None
        try:
            said = []
            while not (match := re.search(r"DevTools listening on (ws://\S+)", said[-1] if said else "")):
                line = await asyncio.wait_for(process.stderr.readline(), PATIENCE)
                if not line:
                    raise AssertionError("chromium did not start:\n" + "".join(said))
                said.append(line.decode(errors="replace"))
            drain = asyncio.create_task(process.stderr.read())
            async with connect(match.group(1), max_size=None) as socket:
                browser = Chromium(socket)
                listener = asyncio.create_task(browser.listen())
                try:
                    yield browser
                    await browser.call("Browser.close")
                finally:
                    listener.cancel()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()
            if drain:
                drain.cancel()
