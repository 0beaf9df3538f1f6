"""A desk for tests: its topics on a real broker, its workers as processes, and what they show."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from pydantic import SecretStr

from schemas.codec import topic_for
from stream.broker.process import spawn_owned
from stream.broker.topics import ensure
from stream.settings import Settings

ROOT = Path(__file__).parents[2]
Shown = dict[str, Any]

# From the acknowledgement of a record to the moment at which every worker's consumer has heard of it.
MARGIN_SECONDS = 0.3


def key(event: dict[str, Any]) -> bytes:
    """Return the key an event's record has when a producer does it right."""
    if event["type"].startswith("customer."):
        return str(event["customer_id"]).encode()
    return str(event.get("ticket_id") or event["survey_id"]).encode()


def with_secrets(settings: Settings) -> dict[str, Any]:
    """Return the settings for JSON, with the secrets that a dump of them hides."""
    secrets = {name: value for name, value in settings if isinstance(value, SecretStr)}
    return settings.model_dump(mode="json", exclude_unset=True) | {
        name: secret.get_secret_value() for name, secret in secrets.items()
    }


class WorkerProcess:
    """A worker of a desk, running in a process of its own."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        *,
        fail_at: str | None = None,
        faults: Sequence[str] = (),
        period_seconds: float = 0.1,
        whole_desk: bool = False,
        probe: str = "tests.engine.probe",
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
        **further: Any,
    ) -> None:
        """probe: the module that runs it, which understands the further options. settings: None for the desk's.

        environment: what it has besides the path of the project.
        """
        self.name = name
        self.shown_path = desk.folder / f"{name}.shown.json"
        self.shown_path.unlink(missing_ok=True)
        self.log_path = desk.folder / f"{name}.log"
        options = {
            "settings": with_secrets(settings or desk.settings),
            "shown": str(self.shown_path),
            "fail_at": fail_at,
            "faults": faults,
            "period_seconds": period_seconds,
            "desk": whole_desk,
            **further,
        }
        options_path = desk.folder / f"{name}.options.json"
        options_path.write_bytes(orjson.dumps(options))
        with self.log_path.open("ab") as log:
            self.process = spawn_owned(
                [sys.executable, "-m", probe, str(options_path)], log, {"PYTHONPATH": str(ROOT), **(environment or {})}
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def shown(self) -> Shown | None:
        """Return what the worker last wrote, None before it has written anything."""
        with contextlib.suppress(FileNotFoundError):
            shown: Shown = orjson.loads(self.shown_path.read_bytes())
            return shown
        return None

    async def until(self, what: str, holds: Callable[[Shown], object], seconds: float = 30) -> Shown:
        """Wait until the worker shows something; fails with its log when it does not."""
        give_up_at = time.monotonic() + seconds
        shown = None
        while time.monotonic() < give_up_at:
            shown = self.shown()
            if shown is not None and holds(shown):
                return shown
            if not self.running:
                raise AssertionError(f"{self.name} ended with {self.process.returncode} before {what}:\n{self.log}")
            await asyncio.sleep(0.05)
        told = shown and {name: value for name, value in shown.items() if name != "report"}  # the report is in the file
        raise AssertionError(f"not within {seconds} s: {what}; {self.name} shows {told}\n{self.log}")

    async def until_caught_up(self, seconds: float = 30) -> Shown:
        """Wait until everything there is to read is in the numbers and committed."""

        asked_at = time.time() + MARGIN_SECONDS

        def holds(shown: Shown) -> bool:
            return shown["caught_up"] and shown["report"] is not None and as_of(shown) > asked_at

        return await self.until("caught up", holds, seconds)

    async def ended(self, seconds: float = 30) -> int:
        """Wait for the end; returns the exit status."""
        return await asyncio.to_thread(self.process.wait, seconds)

    async def terminate(self) -> int:
        """End it in order."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.running:
            self.process.kill()
        self.process.wait()


def as_of(shown: Shown) -> float:
    """Return the instant of the snapshot shown, in seconds since the Unix epoch."""
    return datetime.fromisoformat(shown["report"]["as_of"]).timestamp()


class Desk:
    """The settings of one desk, a folder for its files, and its workers."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.workers: list[WorkerProcess] = []

    async def create_topics(self) -> None:
        for result in await ensure(self.settings):
            assert result.there, result

    def start(self, name: str = "worker", **options: Any) -> WorkerProcess:
        """Start a worker; several may have one name, one after the other."""
        worker = WorkerProcess(self, name, **options)
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()

    async def send(self, events: Iterable[dict[str, Any]]) -> None:
        """Send events as a good producer does: right topic, right key, one partition for each key."""
        topics = self.settings.source_topics()
        await self.send_records(
            (topics[topic_for(event["type"])], key(event), orjson.dumps(event), None) for event in events
        )

    async def send_records(
        self, records: Iterable[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]] | None]]
    ) -> None:
        """Send records of topic, key, value and headers."""
        async with self.producer() as producer:
            sent = []
            for topic, key, value, headers in records:
                if key is None and value is None:  # the client sends such a record only in a batch
                    batch = producer.create_batch()
                    batch.append(key=None, value=None, timestamp=None, headers=headers or [])
                    sent.append(await producer.send_batch(batch, topic, partition=0))
                else:
                    sent.append(await producer.send(topic, value, key=key, headers=headers))
            await asyncio.gather(*sent)

    @contextlib.asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **self.settings.kafka_client_options(), acks="all", linger_ms=5, max_request_size=1 << 26
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def read(self, topic: str | tuple[str, ...], count: int, seconds: float = 20) -> list[ConsumerRecord]:
        """Read a topic, or several, from the beginning until at least `count` records have come and no more come."""
        consumer = AIOKafkaConsumer(
            *((topic,) if isinstance(topic, str) else topic),
            **self.settings.kafka_client_options(),
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=1 << 26,
            fetch_max_bytes=1 << 26,
        )
        await consumer.start()
        try:
            found: list[ConsumerRecord] = []
            give_up_at = time.monotonic() + seconds
            while time.monotonic() < give_up_at:
                batches = await consumer.getmany(timeout_ms=300)
                found += [record for batch in batches.values() for record in batch]
                if len(found) >= count and not batches:
                    return found
            raise AssertionError(f"{topic} has {len(found)} records, expected {count}")
        finally:
            await consumer.stop()

    async def committed(self) -> dict[tuple[str, int], int]:
        """Return the committed offsets of the source topics, those that were committed at all."""
        consumer = AIOKafkaConsumer(
            **self.settings.kafka_client_options(), group_id=self.settings.app_id, enable_auto_commit=False
        )
        await consumer.start()
        try:
            result: dict[tuple[str, int], int] = {}
            for topic in self.settings.source_topics().values():
                for number in range(self.settings.partitions):
                    offset = await consumer.committed(TopicPartition(topic, number))
                    if offset is not None and offset >= 0:
                        result[topic, number] = offset
            return result
        finally:
            await consumer.stop()


@contextlib.contextmanager
def open_desk(settings: Settings, folder: Path) -> Iterator[Desk]:
    """Give a desk whose workers are ended at the end."""
    desk = Desk(settings, folder)
    try:
        yield desk
    finally:
        desk.end()
