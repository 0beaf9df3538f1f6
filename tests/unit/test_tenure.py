"""Tenure is read right at any instant, no matter who comes and goes."""

from __future__ import annotations

import random

from stream.core.tenure import TENURES_US, YEAR_US, Tenure, TenureStanding, TenureTotals
from stream.core.windows import DAY_US
from tests.events import NOON_US


def _since(years: float, *, scored: bool = False, promoter: bool = False, ended: int = 0) -> TenureStanding:
    return TenureStanding(NOON_US - int(years * YEAR_US), scored, promoter, ended, ended * YEAR_US)


def _tenure(*standings: TenureStanding) -> Tenure:
    tenure = Tenure()
    for standing in standings:
        tenure.replace(None, standing)
    return tenure


def test_a_year_has_365_days_and_a_quarter():
    assert YEAR_US == 365.25 * DAY_US


def test_an_age_begins_at_its_bound():
    ages = _tenure(_since(0), _since(1), _since(3), _since(5)).read(NOON_US, 3).ages
    assert ages == {"<1y": 1, "1-3y": 1, "3-5y": 1, ">5y": 1}
    a_moment_before = _tenure(_since(0), _since(1), _since(3), _since(5)).read(NOON_US - 1, 3).ages
    assert a_moment_before == {"<1y": 2, "1-3y": 1, "3-5y": 1, ">5y": 0}


def test_promoters_are_counted_among_those_of_long_tenure_who_scored():
    tenure = _tenure(
        _since(4, scored=True, promoter=True),
        _since(3, scored=True),
        _since(3),
        _since(2, scored=True, promoter=True),
    )
    totals = tenure.read(NOON_US, 3)
    assert (totals.long_tenure, totals.long_tenure_scored, totals.long_tenure_promoters) == (3, 2, 1)
    assert tenure.read(NOON_US, 4).long_tenure == 1


def test_lifespans_are_those_that_ended_and_those_that_last():
    gone = TenureStanding(None, False, False, 1, 2 * YEAR_US)
    totals = _tenure(gone, _since(3, ended=1)).read(NOON_US, 3)
    assert (totals.customers, totals.tenure_us) == (1, 3 * YEAR_US)
    assert (totals.lifespans, totals.lifespan_us) == (3, 6 * YEAR_US)


def test_who_became_a_customer_by_a_clock_ahead_has_been_one_for_no_time():
    totals = _tenure(_since(-0.1), _since(1)).read(NOON_US, 0)
    assert (totals.customers, totals.tenure_us) == (2, YEAR_US)
    assert totals.ages["<1y"] == 1
    assert totals.long_tenure == 2


def test_who_leaves_takes_everything_with_them_but_the_lifespan():
    before = _since(4, scored=True, promoter=True)
    tenure = _tenure(before)
    tenure.replace(before, TenureStanding(None, True, True, 1, 4 * YEAR_US))
    totals = tenure.read(NOON_US, 3)
    assert totals == TenureTotals(0, 0, dict.fromkeys(dict(TENURES_US), 0), 0, 0, 0, 1, 4 * YEAR_US)


def test_any_coming_and_going_reads_as_if_counted_from_scratch_and_in_parts_as_in_one():
    chance = random.Random(7)
    held: dict[int, TenureStanding] = {}
    whole, parts = Tenure(), [Tenure(), Tenure()]
    for _ in range(3000):
        customer = chance.randrange(300)
        old = held.pop(customer, None)
        new = None
        if chance.random() < 0.8:
            new = _since(chance.uniform(-0.01, 8), scored=chance.random() < 0.5, ended=chance.randrange(3))
            new = new._replace(promoter=new.scored and chance.random() < 0.5)
            if chance.random() < 0.2:
                new = new._replace(since_us=None)
            held[customer] = new
        whole.replace(old, new)
        parts[customer % 2].replace(old, new)
    totals = whole.read(NOON_US, 3)
    present = [(max(0, NOON_US - one.since_us), one) for one in held.values() if one.since_us is not None]
    assert totals.customers == len(present) == sum(totals.ages.values()) > 100
    assert totals.tenure_us == sum(us for us, _ in present)
    assert totals.long_tenure_promoters == sum(us >= 3 * YEAR_US and one.promoter for us, one in present) > 0
    assert totals.lifespans == len(present) + sum(one.ended for one in held.values())
    assert TenureTotals.merge([part.read(NOON_US, 3) for part in parts]) == totals
