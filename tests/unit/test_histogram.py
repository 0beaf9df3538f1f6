"""Distributions: exact at the bounds that are shown, close in between."""

from __future__ import annotations

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.histogram import Buckets, check_bounds
from stream.core.policy import DEFAULT_LE_SECONDS
from stream.core.windows import SECOND_US

BUCKETS = Buckets(tuple(seconds * SECOND_US for seconds in DEFAULT_LE_SECONDS))
SINCE_1970_US = 60 * 366 * 86_400 * SECOND_US  # the wait of a ticket whose opening was written as 0
DURATIONS = st.lists(
    st.one_of(st.integers(0, 400 * 86_400 * SECOND_US), st.integers(0, SINCE_1970_US)), min_size=1, max_size=60
)


@given(DURATIONS)
def test_the_count_at_every_shown_bound_is_exact(durations):
    counts = Counter(BUCKETS.index(duration) for duration in durations)
    assert BUCKETS.cumulative(counts) == [(le, sum(d <= le for d in durations)) for le in BUCKETS.le_us]


@given(DURATIONS, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quantile_is_within_a_bucket_of_the_nearest_rank(durations, q):
    counts = Counter(BUCKETS.index(duration) for duration in durations)
    exact = sorted(durations)[ceil(q * len(durations)) - 1]
    (value,) = BUCKETS.quantiles_us(counts, [q])
    assert value == pytest.approx(exact, rel=0.0115, abs=1_000)


@given(st.integers(0, 200 * 365 * 86_400 * SECOND_US))
def test_a_bucket_is_the_first_whose_bound_is_not_below_the_duration(duration):
    below = sum(bound < duration for bound in BUCKETS.bounds_us)
    assert BUCKETS.index(duration) == below


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_every_bound_is_found_from_both_sides(shift):
    for i, bound in enumerate(BUCKETS.bounds_us):
        assert BUCKETS.index(bound + shift) == (i + 1 if shift == 1 else i)


def test_a_duration_on_a_bound_belongs_below_it():
    ten_seconds = 10 * SECOND_US
    assert BUCKETS.index(ten_seconds) < BUCKETS.index(ten_seconds + 1)


def test_without_data_there_is_no_quantile():
    assert BUCKETS.quantiles_us({}, [0.5, 0.9]) == [None, None]


def test_a_duration_longer_than_every_bound_is_counted_in_the_last_bucket():
    century = 100 * 365 * 86_400 * SECOND_US
    assert BUCKETS.index(century) == len(BUCKETS.bounds_us)
    assert BUCKETS.quantiles_us({BUCKETS.index(century): 1}, [0.5]) == [BUCKETS.bounds_us[-1]]


@pytest.mark.parametrize("bounds", [(), (0, 1), (2, 1), (1, 1)])
def test_bounds_that_do_not_ascend_are_refused(bounds):
    with pytest.raises(ValueError, match="ascending"):
        check_bounds(bounds)
