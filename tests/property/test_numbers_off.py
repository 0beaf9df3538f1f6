"""Numbers that are switched off and on again while a worker runs are as if they had never been off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.policy import Policy
from stream.core.windows import HOUR_US
from stream.numbers.registry import NUMBERS
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.columns import crowds, policies
from tests.events import decoded, desk_events
from tests.property.crowd import BASE_US
from tests.tries import tries

CAN_BE_OFF = sorted(number.name for number in NUMBERS.values() if not number.kept_for)


def _closed(names: set[str]) -> frozenset[str]:
    """Return numbers with all that are computed from them."""
    return frozenset(names | {user.name for user in NUMBERS.values() if not names.isdisjoint(user.needs)})


def _take(partition: Partition, events: list[dict[str, Any]], now_us: int) -> None:
    partition.apply("t", decoded(*events), now_us)
    partition.advance(now_us)


def _adopt(partition: Partition, policy: Policy) -> None:
    adoption = partition.books.adoption(policy)
    list(adoption.steps())
    assert adoption.adopt()


@given(crowds(8) | desk_events(), policies(), st.sets(st.sampled_from(CAN_BE_OFF), min_size=1), st.integers(0, 60))
@settings(max_examples=tries(25))
def test_off_and_on_again_is_as_if_never_off_and_off_as_if_always_off(events, policy, names, at):
    policy = replace(policy, label_limit=50)  # else who came first has a name
    off = replace(policy, definitions=replace(policy.definitions, numbers_off=_closed(names)))
    switched, never, always = (Partition(0, Books(each)) for each in (policy, policy, off))
    now_us = BASE_US + 30 * HOUR_US
    thirds = events[:at], events[at : 2 * at], events[2 * at :]
    for part, wanted in zip(thirds, (policy, off, policy), strict=True):
        if wanted is not switched.policy:
            _adopt(switched, wanted)
        for each in (switched, never, always):
            _take(each, part, now_us)
        expected = always if wanted is off else never
        assert report(switched.snapshot(), wanted) == report(expected.snapshot(), wanted)
        now_us += HOUR_US
