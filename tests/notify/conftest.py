"""What the tests of notify share: a desk's topics, and the service on them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest_asyncio

from stream.broker.topics import ensure
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.sending.dead_letter import DeadLetters
from stream.engine.sending.outbox import Outbox
from stream.engine.sending.size_limits import SizeLimits
from stream.notify.delivery import Delivery
from stream.notify.queue import ReceiverQueue
from stream.notify.receiver import Patience, Receiver
from stream.notify.standing import Standing
from stream.settings import Settings
from tests.conftest import DeskSettings

Holds = Callable[[], object]


async def until(holds: Holds, what: str, seconds: float = 30) -> None:
    """Wait until something holds."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up_at, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.05)


@dataclass
class Running:
    """One receiver's queue at work in this process."""

    queue: ReceiverQueue
    task: asyncio.Task[None]

    @property
    def standing(self) -> Standing:
        return self.queue.standing

    async def stop(self) -> None:
        self.queue.stop()
        await self.task


StartQueue = Callable[[Receiver], Awaitable[Running]]


@pytest_asyncio.fixture
async def settings(desk_settings: DeskSettings) -> Settings:
    """A desk of its own, with its topics."""
    made = desk_settings(partitions=2)
    assert all(result.there for result in await ensure(made))
    return made


@pytest_asyncio.fixture
async def start(settings: Settings) -> AsyncIterator[StartQueue]:
    """Start to deliver to a receiver: `running = await start(receiver)`; what comes from then on is delivered."""
    async with AsyncExitStack() as stack:
        counters, clock, limits = Counters(), Clock("wall"), SizeLimits(settings)
        outbox = Outbox(settings.kafka_client_options(), "test", limits, clock)
        await outbox.start()
        stack.push_async_callback(outbox.stop)
        dead_letters = DeadLetters(settings.topic_dead_letter, outbox, counters)
        started: list[Running] = []

        async def begin(receiver: Receiver) -> Running:
            delivery = await stack.enter_async_context(Delivery(receiver, dead_letters))
            queue = ReceiverQueue(settings, delivery, counters)
            running = Running(queue, asyncio.create_task(queue.run()))
            started.append(running)
            await until(lambda: queue.standing.lag is not None, f"{receiver.name} reads")
            return running

        yield begin
        await asyncio.gather(*(running.stop() for running in started))


def receiver(name: str, url: str, **fields: Any) -> Receiver:
    """Return a receiver that is not waited for long."""
    return Receiver(**({"name": name, "url": url, "patience": Patience(timeout=2.0)} | fields))
