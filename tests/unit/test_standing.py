"""What stands open is read right however many stand there."""

from __future__ import annotations

import random

import pytest

from stream.core.facts import UNANSWERED
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, Standing
from stream.core.windows import SECOND_US
from tests.events import NOON_US

POLICY = Policy()


def _standing(opened_us: list[int]) -> Standing:
    standing = Standing()
    for i, at in enumerate(opened_us):
        standing.replace(b"t:%d" % i, None, OpenTicket(("chat",), UNANSWERED, at, True))
    return standing


@pytest.mark.parametrize(("waiting", "tolerance"), [(4_000, 0.0115), (12_000, 0.056)])
def test_quantiles_of_waits_are_as_close_as_they_are_said_to_be(waiting, tolerance):
    chance = random.Random(5)
    waits = sorted(int(chance.lognormvariate(7, 2) * SECOND_US) for _ in range(waiting))
    queue = _standing([NOON_US - wait for wait in waits]).read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert sum(queue.waits.values()) == queue.waiting == waiting
    assert queue.waited_us == sum(waits)
    for q in (0.5, 0.95):
        (value,) = POLICY.buckets.quantiles_us(queue.waits, [q])
        assert value == pytest.approx(waits[int(q * waiting) - 1], rel=tolerance)


def test_thousands_that_opened_this_instant_or_by_a_clock_ahead_have_waited_nothing():
    standing = _standing([NOON_US] * 6_000 + [NOON_US + SECOND_US] * 10)
    queue = standing.read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert queue.waits == {0: 6_010}
    assert (queue.waited_us, queue.oldest_us) == (0, 0)
    assert queue.ages["<1h"] == 6_010


def test_a_ticket_that_leaves_takes_everything_with_it():
    standing = _standing([NOON_US - 5 * SECOND_US])
    standing.replace(b"t:0", OpenTicket(("chat",), UNANSWERED, NOON_US - 5 * SECOND_US, True), None)
    queue = standing.read(NOON_US, POLICY.buckets, POLICY.longer_than)[("chat",)]
    assert (queue.waiting, queue.waited_us, queue.oldest_us, queue.waits) == (0, 0, None, {})
    assert queue.states[UNANSWERED] == 0
