"""When an event is due, with clocks that the tests advance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stream.simulate.journal import Event
from stream.simulate.pace import AsTimePasses, AtOnce, PerSecond

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def at(seconds_after_noon: float) -> Event:
    return {"occurred_at": (NOON + timedelta(seconds=seconds_after_noon)).isoformat()}


def test_at_once_never_waits() -> None:
    assert AtOnce().due_in(at(1e6)) == 0


def test_a_rate_spreads_events_evenly_and_makes_up_for_delays() -> None:
    clock = Clock()
    pace = PerSecond(10, clock)
    assert pace.due_in(at(0)) == 0
    second, third = at(0), at(0)
    assert pace.due_in(second) == pytest.approx(0.1)
    clock.now = 0.04
    assert pace.due_in(second) == pytest.approx(0.06)
    clock.now = 0.35
    assert pace.due_in(second) < 0
    assert pace.due_in(third) == pytest.approx(-0.15)


def test_history_is_due_at_once_and_the_rest_as_time_passes() -> None:
    clock = Clock(1000)
    pace = AsTimePasses(2, NOON, monotonic=clock)
    assert pace.due_in(at(-3600)) == 0
    assert pace.due_in(at(10)) == pytest.approx(5)
    clock.now += 4
    assert pace.due_in(at(10)) == pytest.approx(1)


def test_a_fast_desk_that_caught_up_with_the_wall_clock_goes_on_in_real_time() -> None:
    clock, wall = Clock(), Clock((NOON + timedelta(seconds=60)).timestamp())
    pace = AsTimePasses(100, NOON, not_ahead=True, monotonic=clock, wall=wall)
    assert pace.due_in(at(50)) == pytest.approx(0.5)
    assert pace.due_in(at(90)) == pytest.approx(30)


@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
def test_a_pace_that_stands_still_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="rate: got"):
        PerSecond(wrong)
    with pytest.raises(ValueError, match="speed: got"):
        AsTimePasses(wrong, NOON)


def test_what_sending_the_history_took_does_not_make_the_desk_late() -> None:
    clock = Clock()
    pace = AsTimePasses(1, NOON, monotonic=clock)
    assert pace.due_in(at(-3600)) == 0
    clock.now += 4
    assert pace.due_in(at(10)) == 6
