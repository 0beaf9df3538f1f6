"""Sums that are made of those before and of what has changed equal sums made from scratch, no matter who looks when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.cells import COUNT, Cells, Contribution
from stream.core.ledger import Ledger
from stream.core.sums import Sums
from stream.core.windows import ALL, SECOND_US, DayStart, parse_window

WINDOWS = tuple(parse_window(name) for name in ("5m", "1h", "today"))
DAY = DayStart("Europe/Berlin", 6)
START_US = 1_774_700_000 * SECOND_US
PARTITIONS = 3

CONTRIBUTIONS = st.builds(
    lambda seconds, measure, name, amount: (START_US + seconds * SECOND_US, (measure, (name,), COUNT), amount),
    st.integers(-2_000, 2_000),
    st.sampled_from("mn"),
    st.sampled_from("ab"),
    st.integers(-2, 2).filter(bool),
)
# A second of a desk: what comes to each partition, how far the clock goes, and which windows somebody looks at.
SECONDS = st.tuples(
    st.lists(st.tuples(st.integers(0, PARTITIONS - 1), CONTRIBUTIONS), max_size=4),
    st.sampled_from([1, 1, 10, 300, 4_000, 90_000]).map(lambda seconds: seconds * SECOND_US),
    st.sets(st.sampled_from([*(window.name for window in WINDOWS), ALL])),
)


def flat(parts: list[Cells]) -> Cells:
    total: Cells = {}
    for cells in parts:
        for cell, amount in cells.items():
            total[cell] = total.get(cell, 0) + amount
    return {cell: amount for cell, amount in total.items() if amount}


@given(st.lists(SECONDS, max_size=12), st.integers(1, PARTITIONS))
def test_sums_of_each_second_equal_sums_from_scratch(seconds, partitions):
    ledgers = [Ledger(WINDOWS, DAY) for _ in range(partitions)]
    now_us = START_US
    merged: dict[str, Sums] = {}
    for coming, step_us, looked_at in seconds:
        for number, contribution in coming:
            ledgers[number % partitions].apply([], [contribution])
        now_us += step_us
        for ledger in ledgers:
            ledger.advance(now_us)
        told = [ledger.sums() for ledger in ledgers]
        merged = {name: Sums.merge([each[name] for each in told], merged.get(name)) for name in told[0]}
        for name in looked_at:
            assert merged[name].cells == flat([ledger.cells()[name] for ledger in ledgers]), name
            assert all(amounts for by_labels in merged[name].measures.values() for amounts in by_labels.values())
    for name, sums in merged.items():
        assert sums == Sums(flat([ledger.cells()[name] for ledger in ledgers])), name


def contribution(measure: str, amount: int) -> list[Contribution]:
    return [(START_US, (measure, ("a",), COUNT), amount)]


def test_what_has_not_changed_is_the_same_object():
    ledgers = [Ledger(WINDOWS, DAY) for _ in range(2)]

    def told(now_us: int) -> list[Sums]:
        for ledger in ledgers:
            ledger.advance(now_us)
        return [ledger.sums()["today"] for ledger in ledgers]

    ledgers[0].apply([], contribution("m", 1))
    first = Sums.merge(told(START_US))
    assert Sums.merge(told(START_US + SECOND_US), first) is first
    m, _ = first.of("m"), ledgers[1].apply([], contribution("n", 1))
    second = Sums.merge(told(START_US + 2 * SECOND_US), first)
    assert second is not first
    assert second.of("m") is m
    assert first.of("n") == {}
    assert second.of("n") == {("a",): {COUNT: 1}}
