"""The Faust app: one agent over the source topics and the repartition topic, one table of entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import faust
from faust.app.base import App
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from stream.engine.ownership.custody import Custody
from stream.engine.ownership.store import EntityTable
from stream.engine.process.counters import Counters
from stream.engine.reading.delivered import Reading
from stream.engine.reading.owner import Owner
from stream.engine.reading.remaining import exhausted, lags
from stream.engine.reading.transport import ChunkConsumer, ChunkSchema, ChunkTransport
from stream.engine.work.intake import Intake
from stream.settings import Settings

# Messages are chunks of up to a thousand records, so a few of them are plenty.
CHUNKS_BUFFERED = 8
FETCH_BYTES = 4 << 20
# Chunks of the changelog merged in one go while recovering; 1 has a special meaning in Faust.
RECOVERY_CHUNKS = 2
# A record that is larger than max_record_bytes is a dead letter, whole if it is not larger than so many times that.
LARGEST_OF_MAX_RECORD = 2
# A worker learns of a rebalance by its next heartbeat, and the others wait for it.
LONGEST_HEARTBEAT_SECONDS = 0.5


class DeskApp(App):  # type: ignore[misc]  # faust ships no types that strict mypy can follow
    """Faust's app, with the consumer of transport.py and an owner who is told first when a rebalance begins."""

    def __init__(self, *args: Any, owner: Owner, counters: Counters, largest_record_bytes: int, **options: Any) -> None:
        """owner: see owner.py. largest_record_bytes: of larger records of a source the beginning is kept."""
        self.owner = owner
        self.reading = Reading(counters)
        self.largest_record_bytes = largest_record_bytes
        super().__init__(*args, **options)

    def _new_transport(self) -> ChunkTransport:
        return ChunkTransport(self.conf.broker_consumer, self)

    def on_rebalance_start(self) -> None:
        """Stop reporting before anything else. Called from the consumer's thread."""
        self.owner.release()
        super().on_rebalance_start()

    async def on_stop(self) -> None:
        """Finish and commit what was begun, so that nothing is read twice by the next owner."""
        self.owner.release()
        consumer = self._consumer
        if isinstance(consumer, ChunkConsumer) and consumer.started:
            await consumer.settle_in_time()
        await super().on_stop()

    async def lags(self) -> dict[tuple[str, int], int | None]:
        """Return how many records of each assigned source partition are not yet committed."""
        consumer = self._running_consumer()
        try:
            return {} if consumer is None else lags(consumer)
        except ConsumerNotStarted:
            return {}  # Faust calls a consumer started before its thread runs, and after it has ended

    async def exhausted(self) -> set[tuple[str, int]]:
        """Return the source partitions, by topic and number, of which nothing is left to read."""
        consumer = self._running_consumer()
        try:
            return set() if consumer is None else exhausted(consumer)
        except ConsumerNotStarted:
            return set()  # as above

    async def rewind(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        """Commit these offsets of sources, lower than they are, so that they are read again from there."""
        committed = await self._consumer._thread.commit({TP(*place): offset for place, offset in offsets.items()})
        return bool(committed)

    def _running_consumer(self) -> ChunkConsumer | None:
        consumer = self._consumer
        if self.rebalancing or not isinstance(consumer, ChunkConsumer) or not consumer.started:
            return None
        return consumer


def build_app(
    settings: Settings, custody: Custody, intake: Intake, topics: list[str], counters: Counters, *, client_id: str
) -> DeskApp:
    """Return the app, not yet started. topics: what the agent reads. client_id: see predecessors.py."""
    app = DeskApp(
        settings.app_id,
        owner=custody,
        counters=counters,
        largest_record_bytes=LARGEST_OF_MAX_RECORD * settings.max_record_bytes,
        broker="kafka://" + ";".join(server.strip() for server in settings.broker.split(",")),
        broker_client_id=client_id,
        broker_credentials=_credentials(settings),
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=min(settings.session_timeout_seconds / 6, LONGEST_HEARTBEAT_SECONDS),
        broker_rebalance_timeout=settings.session_timeout_seconds,
        broker_commit_interval=settings.commit_interval_seconds,
        broker_check_crcs=False,  # TCP has a checksum, and this one costs a tenth of the throughput
        consumer_max_fetch_size=FETCH_BYTES,
        stream_buffer_maxsize=CHUNKS_BUFFERED,
        stream_wait_empty=False,  # custody drains; Faust would wait for ever for chunks that were given up
        table_standby_replicas=0,  # a standby would land in the same table object and count twice
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        datadir=str(settings.data_dir / "faust"),
        autodiscover=False,
    )
    table = EntityTable(
        app,
        custody=custody,
        name="entities",
        partitions=settings.partitions,
        schema=ChunkSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"),
        key_type=bytes,
        value_type=bytes,
        recovery_buffer_size=RECOVERY_CHUNKS,
    )
    app.tables.add(table)
    source = app.topic(
        *topics,
        schema=ChunkSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"),
    )

    async def take_records_in(stream: faust.Stream) -> None:
        async for event in stream.noack().events():
            await intake.take(event, app.consumer_generation_id)

    app.agent(source, name="intake")(take_records_in)
    custody.rewind = app.rewind
    return app


def _credentials(settings: Settings) -> Any:
    context = settings.ssl_context()
    if settings.security_protocol.startswith("SASL"):
        password = settings.sasl_password.get_secret_value() if settings.sasl_password else None
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)
