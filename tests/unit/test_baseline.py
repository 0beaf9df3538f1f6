"""Usual and unusual hours."""

from __future__ import annotations

import pytest

from stream.numbers.baseline import Usual, usual


@pytest.mark.parametrize("weeks", [[], [None, None], [5], [None, 5, None]])
def test_of_less_than_two_weeks_nothing_is_usual(weeks):
    known = sum(week is not None for week in weeks)
    assert usual(weeks) == Usual(known, None, None, None)
    assert usual(weeks).judge(99) is None


def test_the_band_is_of_the_weeks_that_are_known():
    assert usual([4, None, 10, 6]) == Usual(3, 6, 4, 10)


def test_of_an_even_number_of_weeks_the_median_lies_between_the_middle_two():
    assert usual([1, 9, 4, 5]).median == 4.5
    assert usual([0, 1]).median == 0.5


def test_at_its_bounds_an_hour_is_still_usual():
    band = usual([4, 10])
    assert [band.judge(now) for now in (3, 4, 10, 11)] == ["low", "usual", "usual", "high"]


def test_an_hour_without_a_value_is_not_judged():
    assert usual([4, 10]).judge(None) is None


def test_weeks_that_were_all_the_same_make_everything_else_unusual():
    assert [usual([0, 0]).judge(now) for now in (0, 1)] == ["usual", "high"]
