# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay in front of the daemon that can inject a fault: the runner sees a server that has it."""

import contextlib
import socket
import struct
import threading

MUCH = 1 << 20
HEAD_ENDS = (b"\r\n\r\n", b"\n\n", b"\r\r", b"\n\r")
RESET = struct.pack("ii", 1, 0)  # SO_LINGER


def _close(*sockets):
    for each in sockets:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)  # wakes whoever reads there
        each.close()


class _Pair:
    """A client's connection, and the one to the daemon for it."""

    def __init__(self, client, upstream, fault):
        self._client = client
        self._upstream = upstream
        self._fault = fault
        self._sent = b""  # by the client

    def run(self):
        with socket.create_connection(self._upstream) as daemon:
            there = threading.Thread(target=self._there, args=(daemon,))
            there.start()
            with contextlib.suppress(OSError):
                self._back(daemon)
                self._end()
                there.join()
            _close(self._client, daemon)
            there.join()

    def _end(self):
        """The daemon has said its last word."""
        if self._fault.goes_on and (rest := self._fault.goes_on(self._sent)):
            with socket.create_connection(self._upstream) as daemon:
                daemon.sendall(rest)
                daemon.shutdown(socket.SHUT_WR)
                self._back(daemon)
        if self._fault.cuts:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._client.shutdown(socket.SHUT_RD)
            self._client.close()
        else:
            self._client.shutdown(socket.SHUT_WR)

    def _there(self, daemon):
        held = b""
        with contextlib.suppress(OSError):
            while data := self._client.recv(MUCH):
                self._sent += data
                if self._fault.request and held is not None:
                    held += data
                    if not any(end in held for end in HEAD_ENDS):
                        continue  # the mistake is made with the head as a whole
                    data, held = self._fault.request(held), None
                daemon.sendall(data)
            if held:
                daemon.sendall(held)
            daemon.shutdown(socket.SHUT_WR)

    def _back(self, daemon):
        while data := daemon.recv(MUCH):
            self._client.sendall(self._fault.answer(data, self._sent) if self._fault.answer else data)


@contextlib.contextmanager
def relaying(upstream, fault):
    """The address of a relay that lives in threads of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    clients = []
    pairs = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                clients.append(listener.accept()[0])
                pairs.append(threading.Thread(target=_Pair(clients[-1], upstream, fault).run))
                pairs[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()
    finally:
        _close(listener)
        acceptor.join()
        _close(*clients)
        for pair in pairs:
            pair.join()
