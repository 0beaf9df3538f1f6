"""What is told of a ledger is what it holds, at any looks, and whichever partitions come and leave."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.cells import COUNT
from stream.core.cells import Cells as Named
from stream.core.histogram import Buckets
from stream.core.sums import Sums
from stream.core.windows import ALL, SECOND_US, DayStart, parse_window
from stream.counting import ledger as module
from stream.counting.cells import COUNTED, LABEL_SHIFT, Cells
from stream.counting.ledger import Ledger
from stream.counting.named_sums import NamedSums
from tests.tries import tries

WINDOWS = tuple(parse_window(name) for name in ("5m", "1h", "today"))
NAMES = (*(window.name for window in WINDOWS), ALL)
DAY = DayStart("Europe/Berlin", 6)
START_US = 1_774_700_000 * SECOND_US
LABELS = [("a",), ("b",)]
PARTITIONS = range(3)

ADDED = st.tuples(
    st.sampled_from(PARTITIONS),
    st.integers(-2_000, 2_000),
    st.sampled_from("mn"),
    st.sampled_from(range(len(LABELS))),
    st.integers(-2, 2).filter(bool),
)
# A second of a desk: what comes, how far the clock goes, who comes or leaves, and which windows somebody looks at.
SECONDS = st.tuples(
    st.lists(ADDED, max_size=4),
    st.sampled_from([1, 1, 10, 300, 4_000, 90_000]).map(lambda seconds: seconds * SECOND_US),
    st.none() | st.sampled_from(PARTITIONS),
    st.sets(st.sampled_from(NAMES)),
    st.booleans(),
)


class _Desk:
    """A ledger, what is told of it, and the list of all that was added to it."""

    def __init__(self, windows=WINDOWS) -> None:
        self.windows = windows
        self.cells = Cells(Buckets((SECOND_US,)), LABELS)
        self.ledger = Ledger(windows, DAY)
        self.named = NamedSums(self.ledger, self.cells)
        self.present = set(PARTITIONS)
        self.now_us = START_US
        self.added: list[tuple[int, int, str, int, int]] = []
        self.ledger.advance(self.now_us)

    def add(self, partition: int, seconds: int, measure: str, label: int, amount: int) -> None:
        self.added.append((partition, START_US + seconds * SECOND_US, measure, label, amount))
        code = label << LABEL_SHIFT | self.cells.measure(measure) | COUNTED
        one = np.array([partition]), np.array([START_US + seconds * SECOND_US]), np.array([code]), np.array([amount])
        self.ledger.apply(*one)

    def turn(self, partition: int) -> None:
        """Let a partition leave, or come back with nothing."""
        if partition in self.present:
            self.present.remove(partition)
            self.named.leave(partition)
            self.ledger.leave(partition)
            self.added = [each for each in self.added if each[0] != partition]
        else:
            self.present.add(partition)

    def advance(self, step_us: int) -> None:
        self.now_us += step_us
        self.ledger.advance(self.now_us)

    def look(self) -> dict[int, dict[str, Sums]]:
        self.named.look(sorted(self.present))
        return {partition: self.named.sums(partition) for partition in self.present}

    def expected(self, name: str, partitions: set[int]) -> Named:
        """Add up from scratch what partitions hold in a window."""
        bounds = {window.name: (window.bounds(self.now_us, DAY), window.pane_us) for window in self.windows}
        (start_us, end_us), pane_us = bounds.get(name, ((-(1 << 62), 1 << 62), 1))
        total: Counter[tuple[str, tuple[str], int]] = Counter()
        for partition, at_us, measure, label, amount in self.added:
            if partition in partitions and start_us <= at_us // pane_us * pane_us < end_us:
                total[measure, LABELS[label], COUNT] += amount
        return {cell: amount for cell, amount in total.items() if amount}


@given(st.lists(SECONDS, max_size=12))
@settings(max_examples=tries(100))
def test_what_is_told_each_second_is_what_was_added(seconds):
    desk = _Desk()
    merged: dict[str, Sums] = {}
    before: set[int] = set()
    for coming, step_us, turning, looked_at, looks in seconds:
        if turning is not None:
            desk.turn(turning)
        for added in coming:
            if added[0] in desk.present:
                desk.add(*added)
        desk.advance(step_us)
        if not looks:
            continue
        told = desk.look()
        for name in looked_at:
            for partition, sums in told.items():
                assert sums[name].cells == desk.expected(name, {partition})
        if desk.present:
            known = merged if before == desk.present else {}
            before = set(desk.present)
            parts = {name: [told[partition][name] for partition in sorted(told)] for name in NAMES}
            merged = {name: Sums.merge(each, known.get(name)) for name, each in parts.items()}
            for name in looked_at:
                assert merged[name].cells == desk.expected(name, desk.present), name
                assert all(amounts for by_labels in merged[name].measures.values() for amounts in by_labels.values())
    for name, sums in merged.items():
        if desk.present == before and seconds and seconds[-1][-1]:
            assert sums == Sums(desk.expected(name, before)), name


def test_what_is_told_is_right_when_slots_are_given_up(monkeypatch):
    monkeypatch.setattr(module, "_SPARE_SLOTS", 20)
    desk = _Desk((parse_window("5m"),))
    desk.ledger = Ledger(desk.windows, DAY, over_all=False)
    desk.named = NamedSums(desk.ledger, desk.cells)
    for hour in range(30):
        for i in range(20):
            desk.add(i % 2, hour * 3_600, f"agents/{hour}-{i}", 0, 1)
        desk.advance(0 if hour == 0 else 3_600 * SECOND_US)
        told = desk.look()
        for partition in PARTITIONS:
            assert told[partition]["5m"].cells == desk.expected("5m", {partition})
            assert told[partition]["5m"].measures == Sums(desk.expected("5m", {partition})).measures
    assert desk.ledger.renumbered


def test_what_has_not_changed_is_the_same_object():
    desk = _Desk()

    def told() -> list[Sums]:
        desk.advance(SECOND_US)
        return [sums["today"] for _, sums in sorted(desk.look().items())]

    desk.add(0, 0, "m", 0, 1)
    first = Sums.merge(told())
    assert first.of("m") == {("a",): {COUNT: 1}}
    assert Sums.merge(told(), first) is first
    m = first.of("m")
    desk.add(1, 0, "n", 0, 1)
    second = Sums.merge(told(), first)
    assert second is not first
    assert second.of("m") is m
    assert first.of("n") == {}
    assert second.of("n") == {("a",): {COUNT: 1}}
