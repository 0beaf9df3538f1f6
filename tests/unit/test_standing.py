"""What stands open is read right however many stand there."""

from __future__ import annotations

import random

import numpy as np
import pytest

from stream.core.facts import UNANSWERED
from stream.core.labels import LabelBook
from stream.core.policy import DIMENSIONS, Policy
from stream.core.standing import Queue
from stream.core.windows import SECOND_US
from stream.counting.standing import Standing
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.records import OPENED, record
from tests.events import NOON_US

POLICY = Policy()
CHAT = ("chat", *[None] * (len(DIMENSIONS) - 1))
CHAT_TARGET_US = 120 * SECOND_US


class _Standing:
    """Open chats in partition 0, each of which waits."""

    def __init__(self, opened_us: list[int]) -> None:
        self.names = Names(POLICY, LabelBook(POLICY.labels, POLICY.label_limit))
        self.standing = Standing(POLICY, self.names)
        self.stand([record(self.names, at, OPENED, None, CHAT) for at in opened_us])

    def stand(self, records: list[bytes]) -> None:
        """Let the first tickets be of these records."""
        places = np.arange(len(records))
        self.standing.replace(places, np.zeros_like(places), Tickets(records, POLICY, self.names))

    def queue(self) -> Queue:
        (queue,) = self.standing.queues(self.standing.look(NOON_US), 0).values()
        return queue


def test_of_a_partition_that_left_and_came_back_only_the_labels_are_shown_under_which_tickets_are_open():
    names = Names(POLICY, LabelBook(POLICY.labels, POLICY.label_limit))
    standing = Standing(POLICY, names)

    def stand(places: list[int], partition: int, *channels: str) -> None:
        records = [record(names, NOON_US, OPENED, None, (name, *CHAT[1:])) for name in channels]
        at = np.array(places)
        standing.replace(at, np.full_like(at, partition), Tickets(records, POLICY, names))

    def shown(partition: int) -> dict[str, int]:
        queues = standing.queues(standing.look(NOON_US), partition)
        return {labels[0]: queue.first.n for labels, queue in queues.items()}

    stand([0, 1], 0, "chat", "email")
    stand([2, 3, 4], 1, "chat", "phone", "phone")
    looked = standing.look(NOON_US)
    standing.leave(0)
    assert (shown(0), shown(1)) == ({}, {"chat": 1, "phone": 2})
    stand([1], 0, "email")
    assert (shown(0), shown(1)) == ({"email": 1}, {"chat": 1, "phone": 2})
    before = standing.queues(looked, 1)  # what was looked at before is read as it was then
    assert {labels[0]: queue.first.n for labels, queue in before.items()} == {"chat": 1, "phone": 2}
    standing.leave(1)
    standing.leave(0)
    assert (shown(0), shown(1)) == ({}, {})
    stand([4], 1, "phone")
    assert shown(1) == {"phone": 1}


@pytest.mark.parametrize("waiting", [4_000, 12_000])
def test_quantiles_of_waits_are_as_close_as_they_are_said_to_be(waiting):
    chance = random.Random(5)
    waits = sorted(int(chance.lognormvariate(7, 2) * SECOND_US) for _ in range(waiting))
    queue = _Standing([NOON_US - wait for wait in waits]).queue()
    assert sum(queue.first.waits.values()) == queue.first.n == waiting
    assert queue.first.waited_us == sum(waits)
    for q in (0.5, 0.95):
        (value,) = POLICY.buckets.quantiles_us(queue.first.waits, [q])
        assert value == pytest.approx(waits[int(q * waiting) - 1], rel=0.0115)


def test_thousands_that_opened_this_instant_or_by_a_clock_ahead_have_waited_nothing():
    queue = _Standing([NOON_US] * 6_000 + [NOON_US + SECOND_US] * 10).queue()
    assert queue.first.waits == {0: 6_010}
    assert (queue.first.waited_us, queue.first.oldest_us) == (0, 0)
    assert queue.ages["<1h"] == 6_010


def test_breaches_of_the_last_minute_are_counted_by_the_second_in_which_they_began():
    ago_us = [1, SECOND_US, SECOND_US + 1, 59 * SECOND_US, 60 * SECOND_US, 61 * SECOND_US, 0, -5]
    queue = _Standing([NOON_US - CHAT_TARGET_US - us for us in ago_us]).queue()
    assert queue.first.sla["breached"] == 6, "at the deadline itself an answer is in time"
    noon = NOON_US // SECOND_US
    assert queue.first.lately_breached == {noon - 1: 2, noon - 2: 1, noon - 59: 1, noon - 60: 1}
    both = Queue.merge([queue, queue])
    assert both.first.lately_breached == {second: 2 * count for second, count in queue.first.lately_breached.items()}


def test_a_ticket_that_leaves_takes_everything_with_it():
    standing = _Standing([NOON_US - 5 * SECOND_US])
    assert standing.queue().first.n == 1
    standing.stand([b""])
    queue = standing.queue()
    assert (queue.first.n, queue.first.waited_us, queue.first.oldest_us, queue.first.waits) == (0, 0, None, {})
    assert queue.states[UNANSWERED] == 0
