"""The garbage collector passes over what chunks make, and over nothing else for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from stream.engine.ownership.unwalked import MANY_RECORDS, WALK_EVERY, Unwalked


class _Ring:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.me: _Ring | None = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Let the collector walk everything again after a test."""
    yield
    gc.unfreeze()


def _is_walked(made: object) -> bool:
    return any(each is made for each in gc.get_objects())


def test_what_a_chunk_makes_is_not_walked_but_what_comes_after_it_is() -> None:
    with Unwalked().making(MANY_RECORDS):
        made = [[1]]
        assert not gc.isenabled(), "else it would be walked as soon as there is much of it"
    after = [[2]]

    assert not _is_walked(made)
    assert _is_walked(after)
    assert gc.isenabled()


def test_the_collector_goes_on_after_a_chunk_that_failed() -> None:
    with pytest.raises(ZeroDivisionError), Unwalked().making(MANY_RECORDS):
        1 / 0  # noqa: B018 - for the error

    assert gc.isenabled()


def test_a_cycle_that_was_left_before_a_chunk_is_freed() -> None:
    ring = _Ring()
    left = weakref.ref(ring)
    gc.collect()
    del ring
    young = _Ring()
    left_lately = weakref.ref(young)
    del young

    with Unwalked().making(MANY_RECORDS):
        pass

    assert left_lately() is None
    assert left() is not None, "it is old, and waits until all are walked"


def test_a_cycle_that_came_about_after_a_chunk_is_freed_once_enough_records_came() -> None:
    unwalked = Unwalked()
    alive = _Ring()
    with unwalked.making(WALK_EVERY - MANY_RECORDS - 1):
        pass
    left = weakref.ref(alive)
    del alive
    for records, is_left in ((MANY_RECORDS, True), (MANY_RECORDS, False)):
        with unwalked.making(records):
            pass
        assert (left() is not None) == is_left


def test_the_more_there_is_the_later_everything_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.engine.ownership.unwalked.WALK_EVERY", 2 * MANY_RECORDS)
    unwalked = Unwalked()
    alive = _Ring()
    with unwalked.making(MANY_RECORDS):
        pass
    left = weakref.ref(alive)
    del alive
    assert gc.get_freeze_count() > 4 * MANY_RECORDS
    for _ in range(3):
        with unwalked.making(MANY_RECORDS):
            pass
    assert left() is not None
    with unwalked.making(gc.get_freeze_count()):
        pass
    assert left() is None


def test_a_small_chunk_leaves_everything_to_the_collector() -> None:
    with Unwalked().making(MANY_RECORDS - 1):
        made = [[1]]
        assert gc.isenabled()
    assert _is_walked(made)
