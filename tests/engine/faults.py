"""Faults that a probe worker is made with, injected where they hurt. Each is a function by its name; it is
armed always, or while a test says so.

They are what happens by itself now and then on a busy cluster, made certain.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from faust.types import TP

from stream.engine.ownership.custody import Custody
from stream.engine.reading.transport import ChunkConsumer

Armed = Callable[[], bool]


def always() -> bool:
    """Be armed from the start to the end."""
    return True


def long_fetch(armed: Armed = always) -> None:
    """Keep every fetch in flight for 8 s instead of 1 s, so that one is in flight when a rebalance begins."""
    getmany = ChunkConsumer._getmany

    async def in_flight(self: ChunkConsumer, active_partitions: set[TP] | None, timeout: float) -> Any:
        return await getmany(self, active_partitions=active_partitions, timeout=8.0 if armed() else timeout)

    ChunkConsumer._getmany = in_flight  # type: ignore[method-assign]  # the point of it


def slow_claim(armed: Armed = always) -> None:
    """Let taking over the changelog take 2.5 s, as when its leader has just been elected."""
    claim = Custody.claim

    async def late(self: Custody, partitions: Sequence[int]) -> Mapping[int, int]:
        if armed():
            await asyncio.sleep(2.5)
        return await claim(self, partitions)

    Custody.claim = late  # type: ignore[method-assign]  # as above


def lost_fetches(armed: Armed = always) -> None:
    """Lose a third of what is fetched of the sources between the client and the engine."""
    getmany = ChunkConsumer._getmany
    dice = random.Random(1)

    async def with_losses(self: ChunkConsumer, active_partitions: set[TP] | None, timeout: float) -> Any:
        found = await getmany(self, active_partitions=active_partitions, timeout=timeout)
        sources_only = not self.app.rebalancing and armed()
        return {
            tp: each
            for tp, each in found.items()
            if not (sources_only and self._is_source(tp) and dice.random() < 0.33)
        }

    ChunkConsumer._getmany = with_losses  # type: ignore[method-assign]  # as above


FAULTS: dict[str, Callable[..., None]] = {each.__name__: each for each in (long_fetch, slow_claim, lost_fetches)}
