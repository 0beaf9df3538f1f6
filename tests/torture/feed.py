"""Events that keep coming while a desk is under siege, from a producer that repeats what was not acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.codec import topic_for
from stream.engine.process.pauses import passes
from stream.settings import Settings
from tests.engine.desk import key
from tests.torture.truth import Event, Truth


class Feed:
    """The one producer of a desk."""

    def __init__(self, settings: Settings, truth: Truth) -> None:
        self._topics = settings.source_topics()
        self._truth = truth
        self._producer = AIOKafkaProducer(
            **settings.kafka_client_options(),
            acks="all",
            linger_ms=5,
            request_timeout_ms=10_000,
            metadata_max_age_ms=5000,
        )
        self._on_the_way: set[asyncio.Task[None]] = set()
        self.sent = 0

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()

    async def send(self, events: Iterable[Event]) -> None:
        """Send, and wait until every event is acknowledged."""
        tasks = [self._begin(event) for event in events]
        await asyncio.gather(*tasks)

    @contextlib.asynccontextmanager
    async def flowing(self, events: Iterator[Event], rate: float) -> AsyncIterator[None]:
        """Send events at a steady rate for as long as the body lasts; at the end every one is acknowledged."""
        flowing = asyncio.create_task(self._flow(events, rate))
        try:
            yield
        finally:
            flowing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await flowing
            await asyncio.gather(*self._on_the_way)

    async def _flow(self, events: Iterator[Event], rate: float) -> None:
        began = time.monotonic()
        for count, event in enumerate(events, start=1):
            self._begin(event)
            await asyncio.sleep(max(0.0, began + count / rate - time.monotonic()))

    def _begin(self, event: Event) -> asyncio.Task[None]:
        self._truth.sends(event)
        self.sent += 1
        task = asyncio.create_task(self._until_acknowledged(event))
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)
        return task

    async def _until_acknowledged(self, event: Event) -> None:
        topic, value = self._topics[topic_for(event["type"])], orjson.dumps(event)
        partition = self._truth.partition(event)
        while True:
            try:
                # Where its key belongs, also when somebody has added partitions.
                await self._producer.send_and_wait(topic, value, key=key(event), partition=partition)
            except KafkaError as error:
                if not passes(error):
                    raise
                await asyncio.sleep(0.2)
            else:
                self._truth.has(event, time.time())
                return
