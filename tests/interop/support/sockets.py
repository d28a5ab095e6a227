# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's websockets, in the versions that Debian and Ubuntu ship (10 to 15)."""

import asyncio
import contextlib
import inspect
import json

import websockets

PATIENCE = 30  # seconds; an upper bound on a slow machine, never a pause
_HEADERS = ("additional_headers" if "additional_headers" in inspect.signature(websockets.connect).parameters
            else "extra_headers")


@contextlib.asynccontextmanager
async def connect(url, token=None, headers=None, **options):
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    options[_HEADERS] = headers
    # Version 15 would ask the environment for a proxy.
    if "proxy" in inspect.signature(websockets.connect).parameters:
        options["proxy"] = None
    async with websockets.connect(url, open_timeout=PATIENCE, **options) as socket:
        yield socket


async def receive(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


async def receive_type(socket, kind):
    """The next frame of this type; what comes before it is gone."""
    while True:
        frame = await receive(socket)
        if frame.get("type") == kind:
            return frame


async def send_patiently(socket, message):
    """Sends it as often as the limit on messages per second wants, which a user's other sockets count for, too."""
    while True:
        await send(socket, message)
        frame = await receive(socket)
        if "error" not in frame:
            return frame
        await asyncio.sleep(frame.get("retry_after_ms", 100) / 1000)


async def receive_all(socket, count):
    return [await receive(socket) for _ in range(count)]


async def send(socket, value):
    await socket.send(value if isinstance(value, (str, bytes)) else json.dumps(value))


async def close_code(url, token=None, **options):
    """The code that the server closes this connection with."""
    async with connect(url, token, **options) as socket:
        try:
            while True:
                await asyncio.wait_for(socket.recv(), PATIENCE)
        except websockets.ConnectionClosed:
            return socket.close_code
