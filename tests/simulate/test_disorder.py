"""Disorder on purpose."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.simulate.disorder import disorder


@given(st.integers(0, 300), st.integers(0, 40), st.sampled_from((0.0, 0.1, 1.0)), st.integers(0, 5))
def test_nothing_is_lost_and_nothing_is_made_up(count: int, places: int, share: float, seed: int) -> None:
    came = Counter(disorder(range(count), places=places, duplicates=share, seed=seed))
    assert set(came) == set(range(count))
    assert set(came.values()) <= {1, 2}
    if share in (0.0, 1.0):
        assert set(came.values()) <= {1 + int(share)}


@given(st.integers(1, 300), st.integers(0, 40), st.integers(0, 5))
def test_nobody_is_overtaken_from_further_back_than_the_places_given(count: int, places: int, seed: int) -> None:
    came = list(disorder(range(count), places=places, seed=seed))
    for position, place in enumerate(came):
        assert abs(position - place) <= places


def test_the_share_of_duplicates_is_met() -> None:
    assert sum(1 for _ in disorder(range(20_000), duplicates=0.1)) == pytest.approx(22_000, rel=0.01)


def test_the_same_seed_disorders_the_same_way_and_another_differently() -> None:
    first = list(disorder(range(1000), places=50, duplicates=0.2, seed=7))
    assert first == list(disorder(range(1000), places=50, duplicates=0.2, seed=7))
    assert first != list(disorder(range(1000), places=50, duplicates=0.2, seed=8))


def test_no_disorder_is_the_identity() -> None:
    assert list(disorder(range(100))) == list(range(100))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"places": -1}, "places: got -1; accepts 0"),
        ({"duplicates": 1.5}, "duplicates: got 1.5; accepts a share from 0 to 1"),
    ],
)
def test_a_wrong_argument_names_itself_before_the_first_event(arguments: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        disorder([1], **arguments)  # type: ignore[arg-type] # wrong on purpose
