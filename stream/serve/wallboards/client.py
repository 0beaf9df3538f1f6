"""One wallboard that listens: a box that holds the newest of each message, and the writing of it."""

from __future__ import annotations

import asyncio
import socket
from typing import Literal

from aiohttp import web

Event = Literal["page", "layout", "trend", "numbers"]

# In this order; a newcomer cannot show numbers without a layout.
_ORDER: tuple[Event, ...] = ("layout", "trend", "numbers")
# What is written when there was nothing to say for so long, so that nobody between takes the connection for dead.
IDLE_SECONDS = 15.0
_IDLE = b": still here\n\n"
# Who has not taken a message for so long is dropped.
SLOW_SECONDS = 15.0
# How often a client that has not taken its message yet is looked at.
_LOOK_SECONDS = 0.1
# What the kernel may hold for a client (it takes twice as much): a few messages. What is older is of no use.
_KERNEL_BYTES = 32 * 1024
# After what time a browser that uses EventSource comes back; a page that reads the stream by itself may do the same.
FIRST = b"retry: 2000\n\n"


def framed(event: Event, data: bytes) -> bytes:
    """Return a message as server-sent events have it; data is JSON in one line."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


class SlowClientError(Exception):
    """A client does not take what is written to it."""


class Client:
    """Takes messages from the hub, of which the newest of each kind waits, and writes them one after the other."""

    def __init__(self, slow_seconds: float = SLOW_SECONDS) -> None:
        """slow_seconds: for how long a message may lie in the connection."""
        self._slow_seconds = slow_seconds
        self._box: dict[Event, bytes] = {}
        self._something = asyncio.Event()
        self._closed = False

    def offer(self, event: Event, message: bytes) -> None:
        """Put a message into the box, in place of an older one of its kind. This never waits."""
        self._box[event] = message
        self._something.set()

    def close(self) -> None:
        """End the stream after what is being written."""
        self._closed = True
        self._something.set()

    async def serve(self, request: web.Request, response: web.StreamResponse, greeting: bytes) -> None:
        """Write until the stream is closed or the client is gone; raises SlowClientError, ConnectionError.

        greeting: a message for this client alone, before all others.
        """
        _bound_kernel_buffer(request)
        await response.write(FIRST + greeting)
        while True:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._something.wait()
            except TimeoutError:
                message = _IDLE
            else:
                if self._closed:
                    return
                message = self._take()
            await response.write(message)
            await self._taken(request)

    def _take(self) -> bytes:
        box, self._box = self._box, {}
        self._something.clear()
        return b"".join(box[event] for event in _ORDER if event in box)

    async def _taken(self, request: web.Request) -> None:
        """Wait until the kernel has it all; meanwhile newer messages take the place of older ones in the box."""
        deadline = asyncio.get_running_loop().time() + self._slow_seconds
        while (transport := request.transport) is not None and transport.get_write_buffer_size():
            if asyncio.get_running_loop().time() > deadline:
                transport.abort()
                raise SlowClientError
            await asyncio.sleep(_LOOK_SECONDS)


def _bound_kernel_buffer(request: web.Request) -> None:
    connection = None if request.transport is None else request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
