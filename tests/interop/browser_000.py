# SPDX-License-Identifier: GPL-3.0-or-later
"""Document 000 in a browser: its JavaScript, as printed, on a page that the daemon serves after logging in."""

import json
import pathlib
import unittest

from support.chromium import chromium
from support.daemon import Daemon
from support.people import PASSWORD, register
from support.ports import printed_port

PRINTED = pathlib.Path(__file__).resolve().parent / "document_000"
LOG_IN = """fetch('/login', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ username: %s, password: %s }),
}).then((response) => response.status)"""


class Document000Browser(unittest.IsolatedAsyncioTestCase):
    async def test_the_printed_javascript(self):
        port = printed_port(5000)
        with Daemon(f"http://127.0.0.1:{port}") as daemon:
            port = daemon.http.rsplit(":", 1)[1]
            register(daemon, "user123", "user456")
            # As printed, unless that port is taken.
            socket_js = (PRINTED / "socket.js").read_text().replace("localhost:5000", f"localhost:{port}")
            send_js = (PRINTED / "send.js").read_text()
            async with chromium() as browser:
                pages = {}
                for name in ("user123", "user456"):
                    page = pages[name] = await browser.page()
                    await page.open(f"http://localhost:{port}/")
                    self.assertEqual(await page.run(LOG_IN % (json.dumps(name), json.dumps(PASSWORD))), 200)
                    await page.run(socket_js)
                    await page.console("WebSocket connection opened")

                await pages["user123"].run(send_js)
                await pages["user123"].console("Message sent successfully")
                line = await pages["user456"].console("New message received:")
                frame = json.loads(line.removeprefix("New message received:"))
                self.assertEqual(frame["type"], "direct_message")
                self.assertEqual(frame["message"], "Hello, how are you?")
                self.assertEqual(frame["sender_username"], "user123")
                # The sender's own socket is an open socket of one of the two sides.
                await pages["user123"].console("Hello, how are you?")

                # The server's side of the document answers each message on the socket.
                await pages["user456"].run("socket.send('Hello, everybody')")
                await pages["user456"].console("Message received")
                await pages["user123"].console("Hello, everybody")

                await pages["user123"].run("socket.close()")
                await pages["user123"].console("WebSocket connection closed")

    async def test_without_logging_in_the_socket_is_closed(self):
        with Daemon() as daemon:
            async with chromium() as browser:
                page = await browser.page()
                await page.open(daemon.http.replace("127.0.0.1", "localhost"))
                code = await page.run("new Promise((resolve) => { new WebSocket(location.origin.replace('http', 'ws'))"
                                      ".onclose = (event) => resolve(event.code); })")
                self.assertEqual(code, 4001)


if __name__ == "__main__":
    unittest.main(verbosity=2)
