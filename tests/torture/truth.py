"""What is true of a desk under siege: every event that a broker acknowledged, and when."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.simulate import Desk as SimulatedDesk
from stream.simulate.disorder import disorder
from tests.engine.desk import key
from tests.events import opened, responded

Event = dict[str, Any]

HISTORY_DAYS = 1.0
SHUFFLED_PLACES = 3000
DOUBLED_SHARE = 0.08


def simulated_events(tickets: int, seed: int) -> Iterator[Event]:
    """Yield what happened at a simulated desk until now: out of order by up to thousands of places, some twice."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=HISTORY_DAYS)
    desk = SimulatedDesk(
        start=start, seed=seed, tickets=tickets, days=HISTORY_DAYS, leftovers=tickets // 40, customers=tickets // 20
    )
    until = datetime.now(UTC).isoformat()
    past = (dict(event) for event in desk.events() if event["occurred_at"] < until)
    yield from disorder(past, places=SHUFFLED_PLACES, duplicates=DOUBLED_SHARE, seed=seed)


@dataclass(slots=True)
class Alarm:
    """Tickets opened just now: the forsaken are promised an answer that does not come, the others had theirs."""

    forsaken: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)


class Truth:
    """Keeps what was sent and what was acknowledged."""

    def __init__(self, partitions: int, folder: Path) -> None:
        self.partitions = partitions
        self.acknowledged: dict[str, Event] = {}
        """By event id: a copy says nothing new."""
        self.records = 0
        """Acknowledged records, copies among them."""
        self.last_at = 0.0
        """When the last event was acknowledged, in seconds since the Unix epoch."""
        self.alarm = Alarm()
        self._tickets_sent: dict[int, set[str]] = defaultdict(set)
        self._opened_at: dict[int, list[float]] = defaultdict(list)
        self._opened: set[str] = set()
        self._lines = folder / "truth.jsonl"

    def sends(self, event: Event) -> None:
        """Note that an event is about to be sent: from now on it may count."""
        if ticket := event.get("ticket_id"):
            self._tickets_sent[self.partition(event)].add(ticket)

    def has(self, event: Event, now: float) -> None:
        """Note that a broker acknowledged an event: soon it has to count."""
        self.records += 1
        self.last_at = max(self.last_at, now)
        self.acknowledged[event["event_id"]] = event
        if event["type"] == "ticket.opened" and event["ticket_id"] not in self._opened:
            self._opened.add(event["ticket_id"])
            self._opened_at[self.partition(event)].append(now)

    def at_least(self, partitions: list[int], when: float) -> int:
        """How many tickets of these partitions were acknowledged to have been opened by then."""
        return sum(bisect_right(self._opened_at[number], when) for number in partitions)

    def at_most(self, partitions: list[int]) -> int:
        """How many tickets of these partitions anything was sent of."""
        return sum(len(self._tickets_sent[number]) for number in partitions)

    def write(self) -> Path:
        """Write every acknowledged event to a file, as the oracle reads them."""
        self._lines.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in self.acknowledged.values()))
        return self._lines

    def partition(self, event: Event) -> int:
        """Return the partition that an event's record goes to."""
        number = partition_of(key(event), self.partitions, Partitioner.MURMUR2)
        assert number is not None
        return number


def watched_events(truth: Truth, queue: str, count: int, chance: random.Random) -> tuple[list[Event], list[Event]]:
    """Make tickets of this moment: answers that come before their openings, and the openings.

    Half of the tickets are answered and must never alert; half are not, and must alert once each.
    """
    moment = datetime.now(UTC)
    answers, openings = [], []
    for i in range(count):
        ticket = f"W{chance.getrandbits(40):x}"
        opening = opened(ticket, queue=queue, channel="chat", event_id=f"{ticket}-o")
        openings.append(opening | {"occurred_at": moment.isoformat()})
        if i % 2:
            truth.alarm.forsaken.append(ticket)
        else:
            truth.alarm.answered.append(ticket)
            later = moment + timedelta(milliseconds=1)
            answer = responded(ticket, 0, agent_id="A1", event_id=f"{ticket}-r")
            answers.append(answer | {"occurred_at": later.isoformat()})
    return answers, openings
