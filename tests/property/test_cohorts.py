"""Cohorts of customers: whatever comes in whatever order, and wherever the windows lie."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.customer import ACQUIRED, LOST, Change, Customer
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.counting.cohorts import Cohorts
from stream.model.customer_records import customer_records
from stream.model.customers import Customers
from stream.model.names import Names
from stream.numbers.registry import NUMBERS, customer_folds
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, acquired, decoded, lost

POLICY = Policy()
NAMES = Names(POLICY, LabelBook(POLICY.labels, POLICY.label_limit))
WINBACK_US = 40
PARTS = NUMBERS["customers"].cells.fields  # type: ignore[union-attr]  # it has cells
DAY = 86_400


class _One(NamedTuple):
    """A customer: in which partition, and when they came and left, in turn."""

    partition: int
    came_first: bool
    turns: tuple[int, ...]

    def at(self, us: int) -> bool:
        """Say whether they are a customer right before an instant."""
        return (sum(at < us for at in self.turns) % 2 == 1) == self.came_first

    def parts(self, start: int, end: int) -> dict[str, bool]:
        """Say what they are of a window, from the definition."""
        within = [at for at in self.turns if start <= at < end]
        before = [at for at in self.turns if at < start]
        at_start, at_end = self.at(start), self.at(end)
        lapsed = not at_start and bool(before) and before[-1] >= start - WINBACK_US
        return {
            "start": at_start,
            "end": at_end,
            "lost": at_start and not at_end,
            "new": not at_start and at_end and not before,
            "returned": not at_start and at_end and bool(before),
            "transient": not at_start and not at_end and bool(within),
            "won_back_within": at_start and at_end and bool(within),
            "left": at_start and bool(within),
            "lapsed": lapsed,
            "regained": lapsed and at_end,
        }

    @property
    def records(self) -> bytes:
        kinds = (ACQUIRED, LOST) if self.came_first else (LOST, ACQUIRED)
        return customer_records(
            Customer(changes=tuple(Change(at, f"e{i}", kinds[i % 2]) for i, at in enumerate(self.turns)))
        )


def _any_customer(chance: random.Random, place: int) -> _One:
    turns = sorted(chance.sample(range(1, 200), chance.choice((0, 1, 1, 2, 3, 6))))
    return _One(place % 3, not turns or chance.random() < 0.8, tuple(turns))


@pytest.mark.parametrize("seed", range(30))
def test_every_window_comes_to_what_its_customers_are_wherever_it_moves(seed):
    """Customers change, leave with their partition and windows move to and fro; each step is held to the definition."""
    chance = random.Random(seed)
    cohorts = Cohorts(customer_folds(Policy()).within, WINBACK_US)
    held: dict[int, _One] = {}
    for _ in range(25):
        places = chance.sample(range(40), chance.randint(0, 15))
        ones = [_any_customer(chance, place) for place in places]
        for place in [place for place in places if chance.random() < 0.2 and place in held]:
            ones[places.index(place)] = held[place]  # nothing new of them
        held |= dict(zip(places, ones, strict=True))
        frame = Customers([one.records for one in ones], POLICY, NAMES)
        cohorts.replace(np.array(places, np.int64), np.array([one.partition for one in ones], np.int64), frame)
        if chance.random() < 0.2:
            gone = chance.randrange(3)
            cohorts.leave(gone)
            held = {place: one for place, one in held.items() if one.partition != gone}
        windows = {name: (start, start + length) for name, start, length in _windows(chance)}
        for name, counts in cohorts.look(windows).items():
            for partition, amounts in enumerate(counts.tolist()):
                its = [one.parts(*windows[name]) for one in held.values() if one.partition == partition]
                assert dict(zip(PARTS, amounts, strict=True)) == {part: sum(one[part] for one in its) for part in PARTS}


def _windows(chance: random.Random) -> list[tuple[str, int, int]]:
    return [
        ("a", chance.randrange(1, 200), 30),
        ("b", 100 + chance.randrange(5), 5),
        ("c", 1, chance.randrange(1, 250)),
    ]


_TIMES = st.sampled_from((-500, -200, -100, -89, -60, -31, -29, -8, -2, -0.5, 0)).map(lambda days: int(days * DAY))
_COMINGS = st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.booleans(), _TIMES), max_size=40)


@given(_COMINGS, st.randoms(use_true_random=False))
def test_whoever_comes_and_goes_in_any_order_twice_retention_and_churn_are_all_there_is(comings, chance):
    events = [(acquired if came else lost)(customer, at) for customer, came, at in comings]
    told = [*events, *events]
    chance.shuffle(told)
    partition = Partition(0, Books(POLICY))
    for event in told:
        partition.apply("customer", decoded(event), NOON_US)
        if chance.random() < 0.2:
            partition.advance(NOON_US)
    partition.advance(NOON_US)
    rows = report(partition.snapshot(), POLICY)["customers"]
    assert len(rows) == len(POLICY.windows + POLICY.survey_windows)
    for row in rows:
        assert row["end"] == row["start"] - row["lost"] + row["new"] + row["returned"]
        assert row["lost"] <= row["left"] <= row["start"]
        if row["start"]:
            assert row["retention"] + row["churn"] == pytest.approx(100)
            assert 0 <= row["retention"] <= 100
            assert 0 <= row["churn"] <= row["gross_churn"] <= 100
        else:
            assert row["retention"] is row["churn"] is row["gross_churn"] is None
        assert row["win_back_rate"] is None or 0 <= row["win_back_rate"] <= 100
