"""Who may speak for a partition: only the worker that surely holds it."""

from __future__ import annotations

import threading

import pytest

from stream.engine.ownership import ownership
from stream.engine.ownership.ownership import Ownership


class FakeTime:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(ownership, "time", fake)
    return fake


def test_what_is_published_is_owned_until_it_is_released(clock: FakeTime) -> None:
    owner = Ownership(session_seconds=10)
    assert owner.publish([1, 2], owner.term)
    assert owner.current == {1, 2}
    owner.release()
    assert owner.current == frozenset()


def test_what_was_begun_before_a_release_is_not_published_after_it(clock: FakeTime) -> None:
    owner = Ownership(session_seconds=10)
    term = owner.term
    owner.release()
    assert not owner.publish([1], term)
    assert owner.current == frozenset()


def test_a_worker_that_slept_for_longer_than_its_session_owns_nothing(clock: FakeTime) -> None:
    owner = Ownership(session_seconds=10)
    owner.publish([1], owner.term)
    clock.now += 10
    assert owner.current == {1}
    clock.now += 0.1
    assert owner.slept
    assert owner.current == frozenset()


def test_what_was_dropped_is_owned_again_when_it_is_published_again(clock: FakeTime) -> None:
    owner = Ownership(session_seconds=10)
    term = owner.term
    owner.publish([1, 2], term)
    owner.drop([1, 2])
    assert owner.current == frozenset()
    assert owner.publish([2], term)
    assert owner.current == {2}


def test_a_partition_can_be_dropped_alone(clock: FakeTime) -> None:
    owner = Ownership(session_seconds=10)
    owner.publish([1, 2], owner.term)
    owner.drop([1])
    assert owner.current == {2}


def test_what_belongs_to_a_release_is_done_before_anything_can_be_published_again(clock: FakeTime) -> None:
    """A rebalance sets the phase in another thread; being ready after it must not be overwritten by it."""
    owner = Ownership(session_seconds=10)
    said: list[str] = []

    def slow() -> None:
        released.set()
        publishing.wait(5)
        said.append("released")

    released, publishing = threading.Event(), threading.Event()
    releasing = threading.Thread(target=owner.release, args=(slow,))
    releasing.start()
    released.wait(5)
    ready = threading.Thread(target=lambda: owner.publish([1], owner.term, lambda: said.append("ready")))
    ready.start()
    publishing.set()
    releasing.join()
    ready.join()
    assert said == ["released", "ready"]
    assert owner.current == {1}
