"""Reading the body of a delivery, within bounds: of one body, of all that are in hand, and of what is compressed."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from aiohttp import web

from stream.intake.counters import Outcome

#: What all deliveries that are being read and sent may hold together.
MOST_IN_HAND_BYTES = 64 << 20
_CODINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
RETRY_SECONDS = 5


class Answer(NamedTuple):
    """A refusal as HTTP: status, what to say, and what it counts as; retry_seconds: when to come again."""

    status: int
    error: str
    outcome: Outcome
    retry_seconds: int | None = None


class Room:
    """What is held of bodies, in bytes."""

    def __init__(self, most: int = MOST_IN_HAND_BYTES) -> None:
        """most: how much there is room for."""
        self._most = most
        self.held = 0

    def take(self, size: int) -> bool:
        """Take room for so many bytes more, if there is."""
        if self.held + size > self._most:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Give room back."""
        self.held -= size


class Hold:
    """The share of the room that one delivery has taken; a context manager that gives it back."""

    def __init__(self, room: Room) -> None:
        """Begin with none."""
        self._room = room
        self._held = 0

    def __enter__(self) -> Hold:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give all of it back."""
        self._room.give_back(self._held)

    def take(self, size: int) -> bool:
        """Take more, if there is room."""
        if not self._room.take(size):
            return False
        self._held += size
        return True


async def read_body(request: web.Request, most: int, hold: Hold) -> bytes | Answer:
    """Return the body as the sender's program made it: what was compressed on its way is not.

    most: how large it may be, in bytes, compressed and not. Raises ConnectionError if it does not come.
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity" and coding not in _CODINGS:
        return Answer(415, "the content encoding is unknown; accepts gzip, deflate or none", Outcome.UNREADABLE)
    if (request.content_length or 0) > most:
        return _too_large(most)
    body = await _received(request, most, hold)
    return body if coding == "identity" or isinstance(body, Answer) else _unpacked(body, coding, most, hold)


async def _received(request: web.Request, most: int, hold: Hold) -> bytes | Answer:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > most:
                return _too_large(most)
            if not hold.take(len(chunk)):
                return _NO_ROOM
            chunks.append(chunk)
    except RuntimeError as error:
        if request.transport is None or request.transport.is_closing():  # so aiohttp says of one that is closed here
            raise ConnectionResetError("the connection was closed") from error
        raise
    return b"".join(chunks)


def _unpacked(body: bytes, coding: str, most: int, hold: Hold) -> bytes | Answer:
    """Unpack up to one byte more than is accepted, however much it says it is."""
    unpacking = zlib.decompressobj(_CODINGS[coding])
    try:
        unpacked = unpacking.decompress(body, most + 1)
    except zlib.error:
        return Answer(400, f"the body is not {coding}, as its content encoding says", Outcome.UNREADABLE)
    if len(unpacked) > most:
        return _too_large(most)
    if not unpacking.eof:
        return Answer(400, f"the body ends in the middle of its {coding}", Outcome.UNREADABLE)
    return unpacked if hold.take(len(unpacked)) else _NO_ROOM


def _too_large(most: int) -> Answer:
    error = f"the body is larger than {most:,} bytes (intake_max_body_bytes)"
    return Answer(413, error, Outcome.TOO_LARGE)


_NO_ROOM = Answer(503, "too much is being taken in at the moment", Outcome.UNAVAILABLE, RETRY_SECONDS)
