"""A desk under siege: its workers, the events that keep coming, and everything that is said meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from schemas.alerts import ALERT
from stream.settings import Settings
from tests.engine.desk import Desk, Shown, WorkerProcess
from tests.torture.claims import FRESH_SECONDS, Overlaps, claims, untruth
from tests.torture.cluster import Cluster
from tests.torture.feed import Feed
from tests.torture.truth import Event, Truth, simulated_events, watched_events

PARTITIONS = 4
SESSION_SECONDS = 3.0
RATE = 150.0
"""Events a second."""
TICKETS = 6000
WATCHED = 4
"""Tickets of each round whose alerts are waited for."""
WATCHED_QUEUE = "watched"
PROMISE_SECONDS = 2
SAMPLE_SECONDS = 0.2
SUPERVISOR_SECONDS = 1.0
CREW = ("A", "B", "C")

TOPICS = (
    *("ticket_opened", "ticket_response", "ticket_status", "survey", "customer"),
    *("dead_letter", "repartition", "alerts", "live_counts"),
)


@dataclass(slots=True)
class Said:
    """What workers said in a round that was not true."""

    silent: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    doubtful_samples: int = 0
    """Samples in which no claim was made of some partition: wrong, and said."""
    samples: int = 0


class Siege:
    """One desk, from its first event to its last."""

    def __init__(self, cluster: Cluster, folder: Path, name: str, seed: int) -> None:
        self.cluster = cluster
        self.folder = folder
        self.chance = random.Random(f"{name}-{seed}")
        self.policy = folder / "policy.yaml"
        self.write_policy()
        self.settings = Settings(
            **{f"topic_{topic}": f"{name}-{topic.replace('_', '-')}" for topic in TOPICS},  # type: ignore[arg-type]
            app_id=name,
            broker=cluster.address(),
            partitions=PARTITIONS,
            replication_factor=3,
            session_timeout_seconds=SESSION_SECONDS,
            commit_interval_seconds=1.0,
            data_dir=folder / "data",
            web_port=0,
            policy_file=self.policy,
            # What a deleted changelog held is in the sources, which are read again.
            changelog_lost="rebuild",
            # Enough rows that every kind of number is among them, few enough that they are compared in a second.
            labels=("channel",),
            windows=("15m", "24h"),
            survey_windows=(),
            distribution_windows=("24h",),
            # The order of arrival is not what is tried here, so nothing is too late.
            grace_seconds=10 * 86_400,
            retention_days=90,
        )
        self.desk = Desk(self.settings, folder)
        self.truth = Truth(PARTITIONS, folder)
        self.feed = Feed(self.settings, self.truth)
        self.events = simulated_events(TICKETS, self.chance.randrange(1 << 30))
        self.workers: dict[str, WorkerProcess] = {}
        self.said = Said()
        self.alerts: dict[tuple[str, str], dict[str, int]] = {}
        """(kind, what it is about) -> alert id -> how often it came."""
        self._overlaps = Overlaps()

    # -- the crew ------------------------------------------------------------------------------------------------

    def start(self, slot: str, *, clock_seconds: float = 0.0, another_version: bool = False, **settings: Any) -> None:
        """Start a worker in a slot, seeing the brokers through the wires of that slot."""
        own = self.settings.model_copy(update={"broker": self.cluster.address(slot), **settings})
        self.workers[slot] = self.desk.start(
            slot,
            period_seconds=SAMPLE_SECONDS / 2,
            probe="tests.torture.probe",
            settings=own,
            clock_seconds=clock_seconds,
            another_version=another_version,
        )

    def kill(self, slot: str) -> None:
        self.workers[slot].kill()

    async def stop(self, slot: str) -> None:
        """End a worker in order."""
        self.workers[slot].process.send_signal(signal.SIGTERM)
        await self.workers[slot].ended()

    async def pause(self, slot: str, seconds: float) -> None:
        process = self.workers[slot].process
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def restart_the_fallen(self) -> None:
        """Start again whom a fault ended, as a supervisor does."""
        for slot, worker in self.workers.items():
            if not worker.running:
                self.start(slot)

    @contextlib.asynccontextmanager
    async def supervised(self) -> AsyncIterator[None]:
        """Start each worker that ends again, for as long as the body lasts."""

        async def supervise() -> None:
            while True:
                self.restart_the_fallen()
                await asyncio.sleep(SUPERVISOR_SECONDS)

        supervisor = asyncio.create_task(supervise())
        try:
            yield
        finally:
            supervisor.cancel()
            self.restart_the_fallen()

    def any_worker(self) -> str:
        """Choose a living worker."""
        living = [slot for slot, worker in self.workers.items() if worker.running]
        if not living:
            logs = "\n".join(f"--- {slot}\n{worker.log[-1000:]}" for slot, worker in self.workers.items())
            raise AssertionError(f"no worker lives:\n{logs}")
        return self.chance.choice(living)

    # -- where it hurts ------------------------------------------------------------------------------------------

    def arm(self, slot: str, point: str) -> None:
        (self.folder / f"{slot}.{point}").touch()

    def disarm(self, slot: str, point: str) -> None:
        (self.folder / f"{slot}.{point}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def armed(self, slots: list[str], *points: str) -> Iterator[None]:
        """Keep points of some workers armed."""
        for slot in slots:
            for point in points:
                self.arm(slot, point)
        try:
            yield
        finally:
            for slot in slots:
                for point in points:
                    self.disarm(slot, point)

    async def killed_at(self, slot: str, point: str, seconds: float = 12) -> None:
        """Wait until an armed worker has met the point and died there."""
        worker = self.workers[slot]
        self.arm(slot, point)
        await self.until(f"{slot} dies at {point}", lambda: not worker.running, seconds)
        assert worker.process.returncode == -signal.SIGKILL, worker.log[-3000:]

    # -- what is said --------------------------------------------------------------------------------------------

    def shown(self) -> dict[str, Shown]:
        """What every living worker shows at this moment."""
        now = time.time()
        found = {slot: worker.shown() for slot, worker in self.workers.items() if worker.running}
        return {slot: shown for slot, shown in found.items() if shown and now - shown["time"] < FRESH_SECONDS}

    def sample(self) -> dict[str, Shown]:
        """Look at all workers and hold what they claim against the truth."""
        shown = self.shown()
        self.said.samples += 1
        processes = {slot: worker.process.pid for slot, worker in self.workers.items()}
        self.said.twice += self._overlaps.look(shown, processes)
        claimed: set[int] = set()
        for slot, each in shown.items():
            if claims(each):
                claimed |= set(each["of"])
                if (what := untruth(each, self.truth)) is not None:
                    self.said.silent.append(f"{slot} {what}")
        self.said.doubtful_samples += len(claimed) < PARTITIONS
        return shown

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Sample and collect alerts for as long as the body lasts."""
        tasks = [asyncio.create_task(self._sample_on()), asyncio.create_task(self._hear_alerts())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):
                    raise result

    async def _sample_on(self) -> None:
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _hear_alerts(self) -> None:
        consumer = AIOKafkaConsumer(
            self.settings.topic_alerts, bootstrap_servers=self.cluster.address(), auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            async for record in consumer:
                alert: Any = ALERT.validate_json(record.value)
                # a customer may answer one survey badly twice
                about = f"{alert['survey_id']} {alert['occurred_at']}" if "survey_id" in alert else alert["ticket_id"]
                ids = self.alerts.setdefault((alert["type"], about), {})
                ids[alert["alert_id"]] = ids.get(alert["alert_id"], 0) + 1
        finally:
            await consumer.stop()

    # -- what the faults are made of -----------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def under_load(self, lead_seconds: float = 0.7) -> AsyncIterator[None]:
        """Let events come, for a while before the body begins and until it is over."""
        async with self.feed.flowing(self.events, RATE):
            await asyncio.sleep(lead_seconds)
            yield

    async def send_watched(self) -> None:
        """Open tickets of this moment, whose alerts are known beforehand."""
        answers, openings = watched_events(self.truth, WATCHED_QUEUE, WATCHED, self.chance)
        await self.feed.send(answers)
        await self.feed.send(openings)

    def take(self, count: int) -> list[Event]:
        """Return the next events of the desk, not sent yet."""
        return [event for event, _ in zip(self.events, range(count), strict=False)]

    def write_policy(self, within: int = PROMISE_SECONDS, further: str = "") -> None:
        self.policy.write_text(f"version: 1\ntargets:\n  - within: {within}s\n    queues: [{WATCHED_QUEUE}]\n{further}")

    @contextlib.asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        client = AIOKafkaAdminClient(bootstrap_servers=self.cluster.address())
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def until(self, what: str, holds: Callable[[], object], seconds: float = 60) -> None:
        """Wait for something; fails with the logs of all workers when it does not come."""
        give_up_at = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"not within {seconds:.0f} s: {what}")
            await asyncio.sleep(0.05)

    async def all_shown(self, seconds: float = 60) -> None:
        """Wait until the workers together show every partition."""
        await self.until(
            "all partitions are shown",
            lambda: sorted(n for each in self.shown().values() for n in each["owned"]) == list(range(PARTITIONS)),
            seconds,
        )

    async def start_crew(self, slots: tuple[str, ...]) -> None:
        """Create the topics and start the workers, before the first event."""
        await self.desk.create_topics()
        await self.feed.start()
        for slot in slots:
            self.start(slot)
        await self.all_shown(90)

    async def end(self) -> None:
        """End the workers and remove the topics, so that the next desk finds the cluster as this one did."""
        self.desk.end()
        await self.feed.stop()
        await self.cluster.whole()
        async with self.admin() as client:
            mine = [topic for topic in await client.list_topics() if topic.startswith(self.settings.app_id)]
            await client.delete_topics(mine)
