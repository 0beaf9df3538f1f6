"""Customers live in other partitions than their tickets, and what they are told makes up for it: whatever is told when,
twice, or again after a crash, the partitions add up to one that holds everything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson
import pytest

from schemas.codec import Limits, decode, key_of
from schemas.events import Event
from schemas.rejected import Rejected
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner, Policy
from stream.core.snapshot import Totals
from stream.partition.books import Books
from stream.partition.notices import Notice
from stream.partition.outcome import Outcome
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import FAR_US
from tests.property.crowd import BASE_US, HOUR, Crowd

SEEDS = range(12)
PARTITIONS = 4
NOW_US = BASE_US + 100 * HOUR
ONE = Policy(labels=("channel", "queue"))
MANY = Policy(labels=("channel", "queue"), partitions=PARTITIONS, partitioner=Partitioner.MURMUR2)
TRUSTING = Policy(labels=("channel", "queue"), partitions=PARTITIONS, partitioner=Partitioner.TRUST)
_OWN = ("partitions", "watermark", "final_until")


def _partition(number: int, policy: Policy) -> Partition:
    partition = Partition(number, Books(policy))
    partition.advance(NOW_US - HOUR)
    return partition


def _home(key: str) -> int:
    number = partition_of(key.encode(), PARTITIONS, Partitioner.MURMUR2)
    assert number is not None
    return number


@dataclass
class Lane:
    """One partition with what it was given, what of that it has committed, and its changelog."""

    number: int
    chance: random.Random
    policy: Policy = MANY
    given: list[Event | Notice] = field(default_factory=list)
    done: int = 0
    committed: int = 0
    changelog: list[tuple[bytes, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.partition = _partition(self.number, self.policy)

    def step(self) -> list[Notice]:
        """Take in what comes next, write what changed, and say what others are to be told."""
        outcome = self._take(self.given[self.done])
        self.done += 1
        assert not outcome.foreign
        assert not outcome.malformed
        self.changelog += [(key, self.partition.dump(key)) for key in outcome.dirty]
        if self.chance.random() < 0.3:
            self.committed = self.done
        return outcome.notices

    def _take(self, given: Event | Notice) -> Outcome:
        if isinstance(given, Notice):
            return self.partition.notice([given])
        return self.partition.apply("t", [given], NOW_US)

    def crash(self) -> None:
        """Lose the partition; another worker recovers from the changelog, and reads again from the commit."""
        self.partition = _partition(self.number, self.policy)
        for key, value in self.changelog:
            self.partition.load(key, value, NOW_US)
        self.done = self.committed


def _events(seed: int) -> list[Event]:
    results = decode([orjson.dumps(event) for event in Crowd(seed).gather(60)], limits=Limits(), now_us=FAR_US)
    return [event for event in results if not isinstance(event, Rejected)]


def _numbers(policy: Policy, *partitions: Partition) -> dict[str, Any]:
    for partition in partitions:
        partition.advance(NOW_US)
    numbers = report(Totals.merge([partition.snapshot() for partition in partitions]), policy)
    return {name: value for name, value in numbers.items() if name not in _OWN}


def _in_one(events: list[Event]) -> dict[str, Any]:
    partition = _partition(0, ONE)
    partition.apply("t", events, NOW_US)
    return _numbers(ONE, partition)


def _run(lanes: list[Lane], chance: random.Random, crashes: int) -> None:
    """Let partitions take their turns in any order; a notice comes late, and at times twice."""
    underway: list[Notice] = []
    while True:
        ready = [lane for lane in lanes if lane.done < len(lane.given)]
        if not ready and not underway:
            return
        if underway and (not ready or chance.random() < 0.4):
            notice = underway.pop(chance.randrange(len(underway)))
            for _ in range(chance.choice((1, 1, 2))):
                lanes[_home(notice.customer_id)].given.append(notice)
            continue
        lane = chance.choice(ready)
        told = lane.step()
        if crashes and chance.random() < 0.05:
            # The worker ends after its changelog was written; of what it had to tell nothing was sent.
            crashes -= 1
            lane.committed = min(lane.committed, lane.done - 1)
            lane.crash()
        else:
            underway += told


@pytest.mark.parametrize("crashes", [0, 6])
@pytest.mark.parametrize("seed", SEEDS)
def test_customers_are_told_of_their_tickets_in_other_partitions(seed: int, crashes: int) -> None:
    events = _events(seed)
    chance = random.Random(seed)
    lanes = [Lane(number, chance) for number in range(PARTITIONS)]
    for event in events:
        lanes[_home(key_of(event))].given.append(event)
    _run(lanes, chance, crashes)
    together = _numbers(MANY, *(lane.partition for lane in lanes))
    assert together == _in_one(events)


def test_there_are_contacts_that_matured_and_customers_to_tell_of_them() -> None:
    alone = [_in_one(_events(seed)) for seed in SEEDS]
    assert sum(_some(each, "contact_avoidance", "matured") for each in alone) > 0
    assert sum(_some(each, "tenure", "customers") for each in alone) > 0


def test_where_any_partition_is_right_customers_still_hear_of_all_their_tickets() -> None:
    events = _events(3)
    chance = random.Random(3)
    lanes = [Lane(number, chance, TRUSTING) for number in range(PARTITIONS)]
    for event in events:
        lanes[crc32(key_of(event).encode()) % PARTITIONS].given.append(event)
    _run(lanes, chance, crashes=0)
    together, one = _numbers(TRUSTING, *(lane.partition for lane in lanes)), _in_one(events)
    assert together["contact_avoidance"] == one["contact_avoidance"]
    assert _some(together, "contact_avoidance", "matured") > 0


def _some(numbers: dict[str, Any], section: str, name: str) -> int:
    return sum(_values(numbers[section], name))


def _values(rows: list[dict[str, Any]], name: str) -> Iterator[int]:
    return (row[name] for row in rows)


def test_most_tickets_live_apart_from_their_customers() -> None:
    events = _events(0)
    apart = {
        event.ticket_id
        for event in events
        if event.type == "ticket.opened" and event.customer_id is not None
        if _home(event.ticket_id) != _home(event.customer_id)
    }
    assert len(apart) > 5
