# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner's connection: sends raw bytes, reads answers strictly. Waits for expected input, never for a duration;
PATIENCE is the upper bound on a slow machine."""

import select
import socket
import ssl

from answer import BadAnswer, Unfinished, take

PATIENCE = 60


class Wire:
    def __init__(self, address, tls=None):
        self._received = b""
        self._ended = False
        self._socket = socket.create_connection(address, PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            # An end without close_notify is an error: whoever cuts the connection could shorten an answer.
            self._socket = tls.wrap_socket(self._socket, suppress_ragged_eofs=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        """Not to a server that has already said its last word: nobody reads it there."""
        self._look()
        if self._ended:
            return
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # whoever reads finds out

    def end_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def _more(self):
        try:
            data = self._socket.recv(65536)
        except socket.timeout:
            raise BadAnswer(f"nothing more within {PATIENCE} s, after {self._received[:80]!r}") from None
        except (ConnectionResetError, ssl.SSLError) as error:
            raise BadAnswer(f"the connection was cut ({error}) after {self._received[:80]!r}") from None
        self._received += data
        self._ended = not data

    def answer(self, to_head=False):
        """The next answer; None where the connection ends in an orderly way instead."""
        while True:
            if self._received:
                try:
                    answer, self._received = take(self._received, to_head)
                    return answer
                except Unfinished:
                    if self._ended:
                        raise BadAnswer(f"an answer cut short: {self._received[:80]!r}") from None
            elif self._ended:
                return None
            self._more()

    def silent(self):
        """Whether nothing has come that was not asked for yet, and the connection is open."""
        self._look()
        return not self._received and not self._ended

    def _look(self):
        """Takes what has come, without waiting. TLS has messages of its own, so that something has come need not mean bytes."""
        if self._ended or not select.select([self._socket], [], [], 0)[0]:
            return
        self._socket.setblocking(False)
        try:
            data = self._socket.recv(65536)
            self._received += data
            self._ended = not data
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except (ConnectionResetError, ssl.SSLError) as error:
            raise BadAnswer(f"the connection was cut ({error}) after {self._received[:80]!r}") from None
        finally:
            self._socket.settimeout(PATIENCE)
