"""What stands open is read right however many stand there."""

from __future__ import annotations

import random

import pytest

from stream.core.due import Due
from stream.core.facts import UNANSWERED
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, Queue, Standing
from stream.core.windows import SECOND_US
from tests.events import NOON_US

POLICY = Policy()


def _standing(opened_us: list[int]) -> Standing:
    standing = Standing()
    for i, at in enumerate(opened_us):
        standing.replace(b"t:%d" % i, None, OpenTicket(("chat",), UNANSWERED, at, True))
    return standing


@pytest.mark.parametrize("waiting", [4_000, 12_000])
def test_quantiles_of_waits_are_as_close_as_they_are_said_to_be(waiting):
    chance = random.Random(5)
    waits = sorted(int(chance.lognormvariate(7, 2) * SECOND_US) for _ in range(waiting))
    queue = _standing([NOON_US - wait for wait in waits]).read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert sum(queue.waits.values()) == queue.waiting == waiting
    assert queue.waited_us == sum(waits)
    for q in (0.5, 0.95):
        (value,) = POLICY.buckets.quantiles_us(queue.waits, [q])
        assert value == pytest.approx(waits[int(q * waiting) - 1], rel=0.0115)


def test_thousands_that_opened_this_instant_or_by_a_clock_ahead_have_waited_nothing():
    standing = _standing([NOON_US] * 6_000 + [NOON_US + SECOND_US] * 10)
    queue = standing.read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert queue.waits == {0: 6_010}
    assert (queue.waited_us, queue.oldest_us) == (0, 0)
    assert queue.ages["<1h"] == 6_010


def test_breaches_of_the_last_minute_are_counted_by_the_second_in_which_they_began():
    standing = Standing()
    for i, ago_us in enumerate([1, SECOND_US, SECOND_US + 1, 59 * SECOND_US, 60 * SECOND_US, 61 * SECOND_US, 0, -5]):
        deadline_us = NOON_US - ago_us
        due = Due(deadline_us - 9, deadline_us, SECOND_US)
        standing.replace(b"t:%d" % i, None, OpenTicket(("chat",), UNANSWERED, deadline_us - SECOND_US, True, due))
    queue = standing.read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert queue.sla["breached"] == 6, "at the deadline itself an answer is in time"
    noon = NOON_US // SECOND_US
    assert queue.lately_breached == {noon - 1: 2, noon - 2: 1, noon - 59: 1, noon - 60: 1}
    both = Queue.merge([queue, queue])
    assert both.lately_breached == {second: 2 * count for second, count in queue.lately_breached.items()}


def test_a_ticket_that_leaves_takes_everything_with_it():
    standing = _standing([NOON_US - 5 * SECOND_US])
    standing.replace(b"t:0", OpenTicket(("chat",), UNANSWERED, NOON_US - 5 * SECOND_US, True), None)
    queue = standing.read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert (queue.waiting, queue.waited_us, queue.oldest_us, queue.waits) == (0, 0, None, {})
    assert queue.states[UNANSWERED] == 0
