"""Logs in a Kafka, and the runs over them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.peers.answers import Answers, Judge
from benchmarks.peers.catalogue import Peer, Place
from benchmarks.peers.deskpulse import SOURCES, Verified
from benchmarks.peers.log import Event, save, send
from benchmarks.peers.oracle import numbers_of
from benchmarks.peers.running import Kill, Program, Taken, run
from stream.broker.topics import ensure

FEED_SECONDS: Final = 12.0
SLICES: Final = 24


@dataclass(frozen=True, slots=True)
class Log:
    """Events that are in topics of their own.

    Attributes:
        events: all of them, as they are sent.
        prefix: of the topics.
        file: has them, one a line.
    """

    events: Sequence[Event]
    prefix: str
    file: Path


class Desk:
    """A Kafka with logs, and a folder for files."""

    def __init__(self, broker: str, partitions: int, folder: Path) -> None:
        """broker: host:port. partitions: of each source topic."""
        self._broker, self._partitions, self._folder = broker, partitions, folder

    async def fill(self, events: Sequence[Event]) -> Log:
        """Send events to topics of their own."""
        log = await self._open(events)
        await send(self._broker, log.prefix, self._partitions, events)
        return log

    async def read(self, peer: Peer | None, log: Log, *, judged: bool = True) -> Taken:
        """Let a peer, or Deskpulse if it is none, read a log from its beginning until it has answered."""
        program, judge = await self._program(peer, log)
        return await run(program, judge, judged=judged)

    async def kill(self, peer: Peer | None, events: Sequence[Event]) -> Taken:
        """Let one read half of the events, send it the rest over some seconds, and kill it in the middle."""
        log = await self._open(events)
        half = len(events) // 2
        await send(self._broker, log.prefix, self._partitions, events[:half])

        async def rest(kill: Kill) -> None:
            size = -(-(len(events) - half) // SLICES)
            for number, start in enumerate(range(half, len(events), size)):
                await send(self._broker, log.prefix, self._partitions, events[start : start + size])
                await asyncio.sleep(FEED_SECONDS / SLICES)
                if number == SLICES // 2:
                    await kill()

        program, judge = await self._program(peer, log)
        return await run(program, judge, rest)

    async def _open(self, events: Sequence[Event]) -> Log:
        prefix = f"log-{uuid.uuid4().hex[:8]}-"
        await self._create({prefix + name: self._partitions for name in SOURCES})
        log = Log(events, prefix, self._folder / f"{prefix}events.jsonl")
        await asyncio.to_thread(save, events, log.file)
        return log

    async def _program(self, peer: Peer | None, log: Log) -> tuple[Program, Judge]:
        run_name = f"run-{uuid.uuid4().hex[:8]}"
        place = Place(
            broker=self._broker,
            prefix=log.prefix,
            partitions=self._partitions,
            run=run_name,
            answers=f"{run_name}-answers",
            folder=self._folder / run_name,
        )
        if peer is None:
            verified = Verified(place, log.file)
            await ensure(verified.settings)
            return verified.program(), verified
        await self._create({place.answers: 1})
        judge = Answers(place.broker, place.answers, await asyncio.to_thread(numbers_of, log.events))
        command = await asyncio.to_thread(peer.command, place)
        return Program(command, place.environment(), place.folder), judge

    async def _create(self, topics: dict[str, int]) -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=self._broker)
        await client.start()
        try:
            answer = await client.create_topics([NewTopic(name, count, 1) for name, count in topics.items()])
            failed = [(name, code) for name, code, *_ in answer.topic_errors if code]
            if failed:
                raise RuntimeError(f"topics were not created: {failed}")
            while not all(map(_has_leaders, await client.describe_topics(list(topics)))):  # noqa: ASYNC110 - Kafka's state
                await asyncio.sleep(0.05)
        finally:
            await client.close()


def _has_leaders(topic: dict[str, Any]) -> bool:
    return bool(topic["partitions"]) and all(partition["leader"] >= 0 for partition in topic["partitions"])
