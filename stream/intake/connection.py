"""One connection of a sender: the worker's, for requests that have a body."""

from __future__ import annotations

import asyncio

from aiohttp import web

from stream.serve.http.connection import HEAD_BYTES, Connection
from stream.serve.http.connections import Connections, Doing, Ended


class SenderConnection(Connection):
    """A connection whose requests have bodies.

    While a body comes the connection counts as reading, so that one that is too slow is ended as one with slow headers
    is, and gives its place to a newcomer if there are too many.
    """

    def __init__(self, server: web.Server, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        """Serve what comes with this server, and be counted by these connections."""
        super().__init__(server, connections, loop, auto_decompress=False)
        self._answered = 0

    def turn(self, doing: Doing) -> None:
        """Note what is done from now on."""
        if doing is Doing.IDLE:
            self._answered += 1
        super().turn(doing)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request; of its headers no more than there may be."""
        if self.doing is Doing.IDLE:
            self.turn(Doing.READING)
        web.RequestHandler.data_received(self, data)
        # Once a request's headers are complete it is counted, and what follows is its body.
        if self.doing is Doing.READING and self._request_count == self._answered:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.end(Ended.MALFORMED)
