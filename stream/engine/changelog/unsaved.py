"""States that are too large for the changelog topic: how many there are, and when they are tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from stream.engine.changelog.held import Held
from stream.engine.changelog.lane import Lane
from stream.engine.process.counters import Counters
from stream.engine.sending.outbox import Outbox

# How often such a state is tried again.
AGAIN_SECONDS = 30.0


class UnsavedStates:
    """Counts them, and has them written once the topic takes them."""

    def __init__(self, outbox: Outbox, counters: Counters, lane: Callable[[int], Lane | None]) -> None:
        """lane: returns the changelog lane of a partition that may be written."""
        self._outbox = outbox
        self._counters = counters
        self._lane = lane
        self._tried_at = 0.0
        self._trying: asyncio.Task[None] | None = None

    def look(self, held: Mapping[int, Held]) -> None:
        """Look now and then whether the topic takes by now what was too large for it."""
        unsaved = {number: len(each.unsaved) for number, each in held.items() if each.unsaved}
        self._counters.unsaved_states = unsaved
        now = time.monotonic()
        if not unsaved or now - self._tried_at < AGAIN_SECONDS:
            return
        self._tried_at = now

        async def again() -> None:
            await self._outbox.limits.ask()
            for number in unsaved:
                if (lane := self._lane(number)) is not None:
                    lane.try_unsaved()

        self._trying = asyncio.create_task(again())
