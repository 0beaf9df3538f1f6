"""The running sums of a ledger equal sums made from scratch, whatever is added, subtracted and moved when."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stream.core.cells import COUNT, Cell, Contribution
from stream.core.ledger import Ledger
from stream.core.windows import ALL, HOUR_US, SECOND_US, DayStart, parse_window

WINDOWS = tuple(parse_window(name) for name in ("5m", "30m", "1h", "24h", "today", "7d"))
DAY = DayStart("Europe/Berlin", 6)
START_US = 1_774_700_000 * SECOND_US  # the night of a change to summer time follows

CONTRIBUTIONS = st.builds(
    lambda seconds, name, amount: (START_US + seconds * SECOND_US, ("m", (name,), COUNT), amount),
    st.integers(-200_000, 200_000),
    st.sampled_from("ab"),
    st.integers(-3, 3).filter(bool),
)
STEPS = st.lists(
    st.one_of(st.lists(CONTRIBUTIONS, max_size=5), st.integers(0, 90_000).map(lambda seconds: seconds * SECOND_US)),
    max_size=30,
)


@given(STEPS)
def test_running_sums_equal_sums_from_scratch(steps):
    ledger = Ledger(WINDOWS, DAY)
    now = START_US
    ledger.advance(now)
    added: list[Contribution] = []
    for step in steps:
        if isinstance(step, int):
            now += step
            ledger.advance(now)
        else:
            ledger.apply([], step)
            added += step
    cells = ledger.cells()
    for window in WINDOWS:
        start, end = window.bounds(now, DAY)
        pane = window.pane_us
        expected: Counter[Cell] = Counter()
        for at_us, cell, amount in added:
            if start <= at_us // pane * pane < end:
                expected[cell] += amount
        assert cells[window.name] == {cell: n for cell, n in expected.items() if n}, window.name
    everything: Counter[Cell] = Counter()
    for _, cell, amount in added:
        everything[cell] += amount
    assert cells[ALL] == {cell: n for cell, n in everything.items() if n}


@given(st.lists(CONTRIBUTIONS, max_size=20), st.integers(0, 30 * 24))
def test_what_is_taken_back_leaves_no_trace_even_after_windows_moved(contributions, hours):
    ledger = Ledger(WINDOWS, DAY)
    ledger.advance(START_US)
    ledger.apply([], contributions)
    ledger.advance(START_US + hours * HOUR_US)
    ledger.apply(contributions, [])
    assert all(not cells for cells in ledger.cells().values())
