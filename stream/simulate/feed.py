"""Carries events from the desk to a sink, at a pace, until they end or somebody stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schemas.codec import topic_for
from stream.simulate.journal import Event
from stream.simulate.pace import Pace
from stream.simulate.sink import Sink

_BLOCK = 2_000
_HOUR = len("2026-03-02T09")


@dataclass(slots=True)
class Sent:
    """What went out so far."""

    events: int = 0
    openings: int = 0
    #: event time of the last one, RFC 3339
    until: str | None = None


async def feed(
    events: Iterable[Event],
    sink: Sink,
    pace: Pace,
    stop: asyncio.Event,
    sent: Sent,
    *,
    on_block: Callable[[Sent], None] = lambda _: None,
) -> bool:
    """Send the events; True when all went out, False when `stop` came first. `sent` is kept up to date.

    Events that are due together go out together, so that a fast pace is not slowed by many small sends; but only those
    of one hour, or of one topic. Within a block nobody knows which topic is read first, and one that is ahead of the
    others by more than the grace period makes what comes in them late.
    """
    block: list[Event] = []

    async def send_block() -> None:
        if not block:
            return
        await sink.send(block)
        sent.events += len(block)
        sent.openings += sum(event["type"] == "ticket.opened" for event in block)
        sent.until = block[-1]["occurred_at"]
        block.clear()
        on_block(sent)

    for event in events:
        wait_seconds = pace.due_in(event)
        if wait_seconds > 0:
            await send_block()
            while (wait_seconds := pace.due_in(event)) > 0:
                if await _stopped_within(wait_seconds, stop):
                    return False
        if len(block) >= _BLOCK or (block and not _may_go_together(block, event)):
            await send_block()
            await asyncio.sleep(0)  # a sink that never waits would keep the signal handler from running
            if stop.is_set():
                return False
        block.append(event)
    await send_block()
    return True


def _may_go_together(block: Sequence[Event], event: Event) -> bool:
    if block[0]["occurred_at"][:_HOUR] == event["occurred_at"][:_HOUR]:
        return True
    topic = topic_for(event["type"])
    return all(topic_for(each["type"]) == topic for each in block)


async def _stopped_within(seconds: float, stop: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
