"""A worker that serves wallboards, and a page that listens to them, both over a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from stream.board.document import board_document
from stream.board.reading import default_layouts
from stream.core.unread import Unread
from stream.engine.desk.view import Phase, WorkerView
from stream.engine.ownership.ownership import Ownership
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.reading.unread import UnreadRecords
from stream.partition.books import Books
from stream.partition.live_counts import Author, counted_by, live_counts_to_json
from stream.partition.partition import Partition
from stream.serve.server import Pages
from stream.settings import load_settings
from tests.events import NOON, decoded

Json = dict[str, Any]
SHORTLY = 10.0


class Worker:
    """A worker without an engine: its view, and a hand on what the engine would show."""

    def __init__(self, *, partitions: int = 1, **settings: Any) -> None:
        self.settings = load_settings(web_port=0, partitioner="trust", partitions=partitions, **settings)
        policy = self.settings.policy()
        self.ownership = Ownership(60)
        self.view = WorkerView(
            settings=self.settings,
            policy=policy,
            counters=Counters(),
            ownership=self.ownership,
            clock=Clock("wall"),
            worker="worker-1",
            started_at=time.time(),
        )
        self._partition = Partition(0, Books(policy))
        self.view.held = lambda: {0: self._partition}
        self._unread = UnreadRecords(self.view.counters)

    def tick(self, *events: Json, age_seconds: float = 0) -> None:
        """See events, and show the numbers as the engine's ticker does at the full second."""
        now_us = int((time.time() - age_seconds) * 1_000_000)
        if not self.ownership.current:
            self.ownership.publish([0], self.ownership.term)
            self.view.phase = Phase.READY
            self.view.counters.lag.setdefault(("ticket-opened", 0), 0)
        self._partition.apply("t", decoded(*events), now_us)
        self._partition.advance(now_us)
        self._unread.look(time.time_ns() // 1000)
        part = self._partition.snapshot()
        self.view.show([replace(part, unread=self._unread.of(part))], self.view.policy)


class Neighbour:
    """Another worker of the same desk, which holds one partition and tells of it."""

    def __init__(self, number: int, *events: Json, **settings: Any) -> None:
        self._policy = load_settings(partitioner="trust", partitions=2, **settings).policy()
        self._partition = Partition(number, Books(self._policy))
        self._partition.apply("t", decoded(*events), int(time.time() * 1_000_000))

    def record(self, *, age_seconds: float = 0, names: int | None = None, unread: Unread | None = None) -> bytes:
        """Return what it writes: numbers of so long ago, so many of the longest waiting tickets, what is unread."""
        self._partition.advance(int((time.time() - age_seconds) * 1_000_000))
        waiting = None if names is None else self._partition.longest_waiting(lambda _: True, names)
        author = Author("deskpulse", "worker-2", counted_by(self._policy))
        totals = replace(self._partition.snapshot(), unread=unread)
        return live_counts_to_json(totals, self._policy, author, waiting)


def ago(seconds: float) -> float:
    """Return the instant so many seconds ago, as the events of the tests have it: seconds after a noon."""
    return time.time() - NOON.timestamp() - seconds


@asynccontextmanager
async def serving(worker: Worker) -> AsyncIterator[str]:
    """Serve the pages of a worker; gives their address."""
    pages = Pages(worker.view, worker.settings)
    host, port = await pages.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        await pages.stop()


@asynccontextmanager
async def ticking(worker: Worker, every: float = 0.05) -> AsyncIterator[None]:
    """Show numbers on and on, faster than an engine."""

    async def tick() -> None:
        while True:
            worker.tick()
            await asyncio.sleep(every)

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()


class Stream:
    """A stream as a page reads it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.raw: list[bytes] = []

    async def next(self, event: str | None = None) -> tuple[str, Json]:
        """Return the next message, or the next of this kind."""
        async with asyncio.timeout(SHORTLY):
            while True:
                block = await self.response.content.readuntil(b"\n\n")
                if not block:
                    raise EOFError("the stream has ended")
                fields = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
                self.raw.append(block)
                if "event" in fields and event in (None, fields["event"]):
                    return fields["event"], orjson.loads(fields["data"])

    async def ended(self) -> bool:
        """Read on until the stream ends; fails if it does not."""
        try:
            while True:
                await self.next()
        except EOFError:
            return True

    async def until(self, holds: Callable[[Json], object]) -> Json:
        """Return the first numbers of which something holds."""
        while True:
            _, numbers = await self.next("numbers")
            if holds(numbers):
                return numbers


@asynccontextmanager
async def listening(url: str, board: str = "default", **headers: str) -> AsyncIterator[Stream]:
    """Open a stream."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/api/v1/boards/{board}/stream", headers=headers) as response,
    ):
        assert response.status == 200, await response.text()
        yield Stream(response)


async def get(url: str, **headers: str) -> tuple[int, Json]:
    """Return the status and the JSON of an answer."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


def document_of(worker: Worker) -> Json:
    """Return the layout of the default board, as pages get it."""
    board = default_layouts(worker.view.policy)["default"]
    return orjson.loads(orjson.dumps(board_document(board, worker.view.policy, int(time.time() * 1e6))))


def seconds(instant: str) -> float:
    """Return an instant of a message in seconds since the Unix epoch."""
    assert instant.endswith("Z")
    return datetime.fromisoformat(instant).timestamp()
