"""Where simulated events go: a file of JSON lines, or Kafka."""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.codec import key_for, topic_for
from stream.broker.connection import client_options
from stream.broker.errors import BrokerUnavailable
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.settings import Settings
from stream.simulate.journal import Event

_START_SECONDS = 10.0


class Sink(Protocol):
    #: what a person would call the place
    name: str

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def send(self, events: Sequence[Event]) -> None:
        """Hand over all of them, in order; when it returns they are there."""


class FileSink:
    """JSON lines, one event each, exactly the value a record would have.

    `-` is the standard output, a name that ends in .gz is compressed. A file that exists is replaced.
    Raises OSError.
    """

    def __init__(self, path: str) -> None:
        self.name = "standard output" if path == "-" else path
        self._path = path

    async def __aenter__(self) -> Self:
        self._file = _opened(self._path)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path != "-":
            self._file.close()

    async def send(self, events: Sequence[Event]) -> None:
        # Without a thread: changing threads for each block would cost more than writing it.
        dumps = orjson.dumps
        self._file.write(b"".join([dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in events]))
        self._file.flush()


def _opened(path: str) -> BinaryIO:
    if path == "-":
        return sys.stdout.buffer
    if path.endswith(".gz"):
        # No time of writing in it: equal events are equal bytes here too.
        return cast(BinaryIO, gzip.GzipFile(path, "wb", compresslevel=6, mtime=0))
    return Path(path).open("wb")


class KafkaSink:
    """Each event type to its topic, keyed and partitioned as the settings say producers do.

    Raises BrokerUnavailable when the broker cannot be reached, a topic is missing or a record is refused.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = f"Kafka at {settings.broker}"
        self._topics = settings.source_topics()
        # Where the settings do not check partitions any choice is right; take that of the Java clients.
        trusts = settings.partitioner is Partitioner.TRUST
        self._partitioner = Partitioner.MURMUR2 if trusts else settings.partitioner
        self._options = client_options(settings)
        self._partition_counts: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(**self._options, acks="all", max_batch_size=1 << 19)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._producer.start()
                for name in self._topics.values():
                    self._partition_counts[name] = len(await self._producer.partitions_for(name))
        except (KafkaError, OSError, TimeoutError) as error:
            await self._producer.stop()
            raise BrokerUnavailable(f"{self.name}: {error or type(error).__name__}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(self, events: Sequence[Event]) -> None:
        # Whole batches a partition instead of `send` an event: a seventh of the cost, and in order all the same.
        batches: dict[tuple[str, int], list[tuple[bytes, bytes]]] = {}
        for event in events:
            topic = self._topics[topic_for(event["type"])]
            key = key_for(event).encode()
            partition = _partition(key, self._partition_counts[topic], self._partitioner)
            batches.setdefault((topic, partition), []).append((key, orjson.dumps(event)))
        try:
            await asyncio.gather(*[self._send_all(*place, records) for place, records in batches.items()])
        except KafkaError as error:
            raise BrokerUnavailable(f"{self.name}: {error}") from error

    async def _send_all(self, topic: str, partition: int, records: list[tuple[bytes, bytes]]) -> None:
        now_ms = int(time.time() * 1000)
        sent = 0
        while sent < len(records):
            batch = self._producer.create_batch()
            while sent < len(records):
                key, value = records[sent]
                if batch.append(key=key, value=value, timestamp=now_ms) is None:
                    break  # the batch is full
                sent += 1
            batch.close()
            await (await self._producer.send_batch(batch, topic, partition=partition))


@lru_cache(maxsize=1 << 16)
def _partition(key: bytes, partitions: int, partitioner: Partitioner) -> int:
    """A ticket has several events, close together; hashing is the dear part."""
    partition = partition_of(key, partitions, partitioner)
    assert partition is not None  # `trust` was replaced
    return partition
