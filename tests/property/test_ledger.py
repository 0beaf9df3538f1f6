"""A ledger holds what its contributions add up to, whatever is added, taken back and moved when."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.cells import COUNT, SUM, Contribution
from stream.core.cells import Cells as Named
from stream.core.histogram import Buckets
from stream.core.history import PANE_US, PastHour
from stream.core.windows import ALL, DAY_US, HOUR_US, SECOND_US, WHAT_LIES_AHEAD, DayStart, Window, parse_window
from stream.counting import ledger as module
from stream.counting.cells import COUNTED, LABEL_SHIFT, SUMMED, Cells, in_two
from stream.counting.ledger import Ledger
from tests.columns import held
from tests.tries import tries

START_US = 1_774_700_000 * SECOND_US  # the night of a change to summer time follows
LABELS = [("a", "x"), ("b", "x")]
PARTITIONS = range(3)

WINDOWS: dict[str, tuple[Window, ...]] = {
    "tickets": tuple(parse_window(name) for name in ("5m", "30m", "1h", "24h", "today", "7d")),
    "surveys": (*map(parse_window, ("1h", "today", "7d", "90d")), WHAT_LIES_AHEAD),
    "history": tuple(
        PastHour(f"{'since' if since else 'hour'} {week}", None, PANE_US, week, since)
        for week in range(3)
        for since in (False, True)
    ),
}
DAYS = st.sampled_from([DayStart("Europe/Berlin", 6), DayStart("Europe/Berlin", 2), DayStart("America/Havana", 0)])

# Most near now, some weeks before it, some ahead; amounts that come to nothing and such as would not fit into 64 bits.
SECONDS = st.integers(-10_000, 10_000) | st.integers(-30 * 86_400, 5 * 86_400)
AMOUNTS = st.integers(-3, 3).filter(bool) | st.sampled_from([1 << 32, (1 << 32) - 1, 10**18, 7 * 10**15])
CONTRIBUTIONS = st.builds(
    lambda seconds, measure, labels, bucket, amount: (
        START_US + seconds * SECOND_US,
        (measure, labels, bucket),
        amount if bucket < 0 else 1,
    ),
    SECONDS,
    st.sampled_from(["m", "other/measure"]),
    st.sampled_from(LABELS),
    st.sampled_from([COUNT, SUM, 0, 7]),
    AMOUNTS,
)
ADDED = st.tuples(st.sampled_from(PARTITIONS), st.lists(CONTRIBUTIONS, max_size=5))
MOVED = st.integers(0, 90_000) | st.integers(0, 100).map(lambda days: days * 86_400)
STEPS = st.lists(st.one_of(ADDED, ADDED, MOVED.map(lambda seconds: seconds * SECOND_US), st.just("undo")), max_size=25)


class _Both:
    """A ledger, and the list of all that was added to it."""

    def __init__(self, windows: tuple[Window, ...], day: DayStart) -> None:
        self.windows, self.day = windows, day
        self.cells = Cells(Buckets((SECOND_US,)), LABELS)
        self.ledger = Ledger(windows, day)
        self.now_us = -1
        self.added: list[tuple[int, Contribution, int]] = []

    def add(self, partition: int, contributions: list[Contribution], sign: int = 1) -> None:
        self.added += [(partition, contribution, sign) for contribution in contributions]
        at, code, amount = (np.array(column, np.int64) for column in self._columns(contributions))
        row, code, amount = in_two(code, amount)
        self.ledger.apply(np.full(len(row), partition), at[row], code, amount * sign)

    def _columns(self, contributions: list[Contribution]) -> list[list[int]]:
        rows = []
        for at, (measure, labels, bucket), amount in contributions:
            place = {COUNT: COUNTED, SUM: SUMMED}.get(bucket)
            if place is None:
                place = int(self.cells.buckets(np.array([Buckets((SECOND_US,)).longest_us(bucket)]))[0])
            rows.append((at, LABELS.index(labels) << LABEL_SHIFT | self.cells.measure(measure) | place, amount))
        return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []]

    def leave(self, partition: int) -> None:
        self.ledger.leave(partition)
        self.added = [each for each in self.added if each[0] != partition]

    def advance(self, now_us: int) -> None:
        self.ledger.advance(now_us)
        self.now_us = now_us

    def _panes(self, window: Window) -> tuple[int, int]:
        start_us, end_us = window.bounds(self.now_us, self.day)
        return start_us // window.pane_us * window.pane_us, end_us // window.pane_us * window.pane_us

    def compare(self) -> None:
        """Add up from scratch what lies within the panes of each window."""
        bounds = {window.name: self._panes(window) for window in self.windows}
        assert self.ledger.windows() == bounds
        expected: dict[int, dict[str, Counter[Any]]] = {
            partition: {name: Counter() for name in (*bounds, ALL)} for partition in PARTITIONS
        }
        for partition, (at, cell, amount), sign in self.added:
            expected[partition][ALL][cell] += amount * sign
            for window in self.windows:
                start_us, end_us = bounds[window.name]
                if start_us <= at < end_us:
                    expected[partition][window.name][cell] += amount * sign
        for partition, by_window in expected.items():
            named: dict[str, Named] = {
                name: {cell: n for cell, n in cells.items() if n} for name, cells in by_window.items()
            }
            assert held(self.ledger, self.cells, partition) == named


@pytest.mark.parametrize("windows", WINDOWS.values(), ids=WINDOWS)
@given(steps=STEPS, day=DAYS)
@settings(max_examples=tries(60))
def test_running_sums_equal_sums_from_scratch_after_any_steps(
    windows: tuple[Window, ...], steps: list[Any], day: DayStart
) -> None:
    both = _Both(windows, day)
    now_us = START_US
    both.advance(now_us)
    added: list[tuple[int, list[Contribution]]] = []
    for step in steps:
        if step == "undo":
            if added:
                both.add(*added.pop(0), sign=-1)
        elif isinstance(step, int):
            now_us += step
            both.advance(now_us)
        else:
            both.add(*step)
            added.append(step)
        both.compare()


def _many(n: int, seconds: int = 0) -> list[Contribution]:
    return [
        (START_US + (seconds + i % 5_000) * SECOND_US, (f"m{i % 7}", LABELS[i % 2], COUNT), 1 + i % 5) for i in range(n)
    ]


def test_many_small_additions_and_moves_between_them_come_to_the_same():
    both = _Both(WINDOWS["tickets"], DayStart("Europe/Berlin", 6))
    both.advance(START_US)
    for i in range(100):
        both.add(i % 3, _many(200, seconds=30 * i))
        both.advance(START_US + 30 * i * SECOND_US)
    both.compare()


def test_a_partition_that_leaves_takes_all_of_its_own_along_and_comes_back_with_nothing():
    both = _Both(WINDOWS["tickets"], DayStart())
    both.advance(START_US)
    for partition in PARTITIONS:
        both.add(partition, _many(50))
    both.leave(1)
    both.compare()
    both.add(1, _many(20))
    both.advance(START_US + 3 * HOUR_US)
    both.compare()


def test_slots_that_hold_nothing_any_more_are_given_up(monkeypatch):
    monkeypatch.setattr(module, "_SPARE_SLOTS", 100)
    cells, most = Cells(Buckets((SECOND_US,)), LABELS), 0
    ledger = Ledger((parse_window("1h"),), DayStart(), over_all=False)
    for hour in range(50):
        at_us = START_US + hour * HOUR_US
        names = [f"agents/{hour * 40 + i}" for i in range(60)]
        code = np.array([cells.measure(name) for name in names], np.int64)
        ledger.apply(np.zeros(60, np.int64), np.full(60, at_us), code, np.ones(60, np.int64))
        ledger.advance(at_us + 10 * SECOND_US)
        assert held(ledger, cells, 0) == {"1h": {(name, LABELS[0], COUNT): 1 for name in names}}
        most = max(most, len(ledger.codes))
    assert ledger.renumbered
    assert most < 500


def test_what_a_window_holds_is_told_after_slots_were_looked_at_of_which_all_are_still_used(monkeypatch):
    monkeypatch.setattr(module, "_SPARE_SLOTS", 100)
    cells = Cells(Buckets((SECOND_US,)), LABELS)
    ledger = Ledger((parse_window("1h"),), DayStart(), over_all=False)
    code = np.array([cells.measure(f"agents/{i}") for i in range(150)], np.int64)
    ledger.apply(np.zeros(150, np.int64), np.full(150, START_US), code, np.ones(150, np.int64))
    ledger.changes()
    ledger.advance(START_US + 10 * SECOND_US)
    assert ledger.renumbered
    assert ledger.changes()["1h"][0].sum() == 150


def test_sums_over_all_time_do_not_overflow():
    both = _Both(WINDOWS["tickets"], DayStart())
    both.advance(START_US)
    years_us = 200 * 365 * DAY_US
    for _ in range(3):
        both.add(0, [(START_US, ("m", LABELS[0], SUM), years_us)] * 1_000)
    both.compare()
    assert held(both.ledger, both.cells, 0)[ALL] == {("m", LABELS[0], SUM): 3_000 * years_us}
    assert 3_000 * years_us > 1 << 63
