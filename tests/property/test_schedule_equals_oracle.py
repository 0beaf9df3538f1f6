"""Opening hours: the core, the oracle and a walk along the wall clock agree, whatever the hours and the zone."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.definitions import Definitions
from stream.policy_file import parse
from stream.verify.instant import microseconds
from stream.verify.policy import Policy
from stream.verify.schedule import Schedule
from tests.property.policies import any_policy
from tests.tries import tries

_MINUTE, _DAY = 60_000_000, 86_400_000_000
_BASE_US = microseconds("2026-03-27T00:00:00Z")
# Around the nights in which clocks change, in spring and in autumn, and any time within decades.
_INSTANTS_US = st.one_of(
    st.integers(0, 6 * 24 * 12).map(lambda steps: _BASE_US + steps * 5 * _MINUTE),
    st.integers(0, 6 * _DAY).map(lambda us: _BASE_US + 208 * _DAY + us),
    st.integers(0, 60 * 365 * _DAY),
)
_SPANS_US = st.one_of(st.integers(0, 3 * _DAY), st.integers(0, 300 * 24).map(lambda hours: hours * 60 * _MINUTE))


def _definitions(seed: int) -> tuple[Definitions, Policy]:
    definitions = parse(any_policy(random.Random(seed)), "policy.yaml")
    return definitions, Policy.of_document(definitions.document)


@settings(max_examples=tries(120))
@given(st.integers(0, 60), st.sampled_from(["q1", "unknown", "no such"]), _INSTANTS_US, _SPANS_US)
def test_the_core_and_the_oracle_measure_the_same_time(seed: int, queue: str, start_us: int, span_us: int) -> None:
    definitions, policy = _definitions(seed)
    core, oracle = definitions.schedules.of({"queue": queue}), policy.schedule(queue)
    assert oracle.elapsed_us(start_us, start_us + span_us) == core.elapsed_us(start_us, start_us + span_us)
    due_us = oracle.add_us(start_us, span_us)
    assert due_us == core.add_us(start_us, span_us)
    if due_us is not None and span_us:
        assert oracle.elapsed_us(start_us, due_us) == span_us
        assert oracle.elapsed_us(start_us, due_us - 1) == span_us - 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"])
@settings(max_examples=tries(10))
@given(st.integers(0, 6 * 288), st.integers(0, 3 * 288))
def test_a_walk_along_the_wall_clock_in_steps_of_five_minutes_counts_as_much(zone: str, start: int, steps: int) -> None:
    """Of hours that neither begin nor end where a clock jumps, every step is open as a whole or not at all."""
    spans = {"sat": [("00:30", "24:00")], "sun": [("04:30", "12:00"), ("13:15", "24:00")]}
    week = {day: spans.get(day, [("09:00", "17:30")]) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    holidays = {"country": None, "subdivision": None, "dates": ["2026-03-31"]}
    schedule = Schedule.of_document({"zone": zone, "versions": [{"from": None, "week": week}], "holidays": holidays})
    first = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(minutes=5 * start)
    open_steps = 0
    for step in range(steps):
        local = (first + timedelta(minutes=5 * step)).astimezone(ZoneInfo(zone))
        hours = [] if local.date().isoformat() == "2026-03-31" else list(week.values())[local.weekday()]
        open_steps += any(begin <= local.strftime("%H:%M") < end for begin, end in hours)
    start_us = _BASE_US + start * 5 * _MINUTE
    assert schedule.elapsed_us(start_us, start_us + steps * 5 * _MINUTE) == open_steps * 5 * _MINUTE
