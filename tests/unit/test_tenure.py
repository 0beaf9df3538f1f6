"""Tenure is read right at any instant, no matter who comes and goes."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np

from stream.core.copies import ACQUIRED, LOST
from stream.core.customer import Change, Customer, LastAnswer
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.tenure import TENURES_US, YEAR_US, TenureTotals
from stream.core.windows import DAY_US
from stream.counting.tenure import Tenure
from stream.model.customer_records import customer_records
from stream.model.customers import Customers
from stream.model.names import Names
from tests.events import NOON_US

POLICY = Policy()
NAMES = Names(POLICY, LabelBook(POLICY.labels, POLICY.label_limit))


class _One(NamedTuple):
    """A customer: since how many years before noon (None: no longer), after so many spells of a year each."""

    years: float | None
    score: int | None = None
    spells: int = 0

    def customer(self) -> Customer:
        first_us = NOON_US - 100 * YEAR_US
        changes = [
            Change(first_us + (2 * spell + left) * YEAR_US, "e", (ACQUIRED, LOST)[left])
            for spell in range(self.spells)
            for left in (0, 1)
        ]
        if self.years is not None:
            changes.append(Change(NOON_US - int(self.years * YEAR_US), "f", ACQUIRED))
        answer = None if self.score is None else LastAnswer(first_us, "a", "s:S", self.score)
        return Customer(changes=tuple(changes), answer=answer)


class _Tenure:
    """All customers by number, which is where they stand; in partitions by that number, too."""

    def __init__(self, *ones: _One, partitions: int = 1) -> None:
        self.tenure, self.partitions = Tenure(POLICY.definitions.ltv_years), partitions
        for number, one in enumerate(ones):
            self.stand(number, one)

    def stand(self, number: int, one: _One | None) -> None:
        records = b"" if one is None else customer_records(one.customer())
        place, partition = np.array([number]), np.array([number % self.partitions])
        self.tenure.replace(place, partition, Customers([records], POLICY, NAMES))

    def read(self, now_us: int, years: int) -> TenureTotals:
        return TenureTotals.merge(self.tenure.look(now_us, years, self.partitions))


def test_a_year_has_365_days_and_a_quarter():
    assert YEAR_US == 365.25 * DAY_US


def test_an_age_begins_at_its_bound():
    tenure = _Tenure(_One(0), _One(1), _One(3), _One(5))
    assert tenure.read(NOON_US, 3).ages == {"<1y": 1, "1-3y": 1, "3-5y": 1, ">5y": 1}
    assert tenure.read(NOON_US - 1, 3).ages == {"<1y": 2, "1-3y": 1, "3-5y": 1, ">5y": 0}


def test_promoters_are_counted_among_those_of_long_tenure_who_scored():
    tenure = _Tenure(_One(4, score=9), _One(3, score=8), _One(3), _One(2, score=10))
    totals = tenure.read(NOON_US, 3)
    assert (totals.long_tenure, totals.long_tenure_scored, totals.long_tenure_promoters) == (3, 2, 1)
    assert tenure.read(NOON_US, 4).long_tenure == 1


def test_lifespans_are_those_that_ended_and_those_that_last():
    totals = _Tenure(_One(None, spells=2), _One(3, spells=1)).read(NOON_US, 3)
    assert (totals.customers, totals.tenure_us) == (1, 3 * YEAR_US)
    assert (totals.lifespans, totals.lifespan_us) == (4, 6 * YEAR_US)


def test_who_became_a_customer_by_a_clock_ahead_has_been_one_for_no_time():
    totals = _Tenure(_One(-0.1), _One(1)).read(NOON_US, 0)
    assert (totals.customers, totals.tenure_us) == (2, YEAR_US)
    assert totals.ages["<1y"] == 1
    assert totals.long_tenure == 2


def test_who_leaves_takes_everything_with_them_but_the_lifespan():
    tenure = _Tenure(_One(4, score=9))
    tenure.stand(0, _One(None, score=9, spells=1))
    nothing = TenureTotals(0, 0, dict.fromkeys(dict(TENURES_US), 0), 0, 0, 0, 0, 0, dict.fromkeys("123", 0))
    years = {"1": YEAR_US, "2": 0, "3": 0}
    assert tenure.read(NOON_US, 3) == nothing._replace(lifespans=1, lifespan_us=YEAR_US, first_years_us=years)
    tenure.stand(0, None)
    assert tenure.read(NOON_US, 3) == nothing


def test_any_coming_and_going_reads_as_if_counted_from_scratch_and_in_parts_as_in_one():
    chance = random.Random(7)
    held: dict[int, _One] = {}
    whole, parts = _Tenure(), _Tenure(partitions=2)
    for _ in range(1000):
        customer, new = chance.randrange(150), None
        held.pop(customer, None)
        if chance.random() < 0.8:
            years = None if chance.random() < 0.2 else chance.uniform(-0.01, 8)
            new = held[customer] = _One(years, chance.choice((None, 0, 8, 9, 10)), chance.randrange(3))
        whole.stand(customer, new)
        parts.stand(customer, new)
    totals = whole.read(NOON_US, 3)
    present = [(max(0, int(one.years * YEAR_US)), one) for one in held.values() if one.years is not None]
    assert totals.customers == len(present) == sum(totals.ages.values()) > 50
    assert totals.tenure_us == sum(us for us, _ in present)
    long = [one.score for us, one in present if us >= 3 * YEAR_US]
    scores = [score for score in long if score is not None]
    assert (totals.long_tenure, totals.long_tenure_scored) == (len(long), len(scores))
    assert totals.long_tenure_promoters == sum(score >= 9 for score in scores) > 0
    spells = sum(one.spells for one in held.values())
    assert (totals.lifespans, totals.lifespan_us) == (len(present) + spells, totals.tenure_us + spells * YEAR_US)
    second_us = sum(min(max(us - YEAR_US, 0), YEAR_US) for us, _ in present)
    assert (totals.first_years_us["1"] > spells * YEAR_US, totals.first_years_us["2"]) == (True, second_us)
    assert parts.read(NOON_US, 3) == totals
