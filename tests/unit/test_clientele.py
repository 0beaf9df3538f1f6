"""Customers of a partition: who is forgotten, and who never is."""

from __future__ import annotations

from typing import Any

from stream.core.policy import Policy
from stream.core.windows import DAY_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, acquired, decoded, opened, purchased, responded, status

POLICY = Policy()
STORY = (
    *(opened("T1", 0, customer_id="once"), responded("T1", 60), status("T1", 120, "resolved")),
    *(opened("T2", 0, customer_id="still"), opened("T3", 0, customer_id="known"), status("T3", 60, "resolved")),
    *(acquired("known", 0), purchased("known", 30, amount=5.0)),
)


def _partition(days: int) -> Partition:
    partition = Partition(0, Books(POLICY))
    partition.apply("topic", decoded(*STORY), NOON_US)
    partition.advance(NOON_US + days * DAY_US)
    return partition


def _numbers(partition: Partition) -> dict[str, Any]:
    return {name: rows for name, rows in report(partition.snapshot(), POLICY).items() if name != "tickets"}


def test_who_has_nothing_left_that_a_window_shows_is_forgotten_and_no_number_changes():
    partition = _partition(days=120)
    before = _numbers(partition)
    eviction = partition.evict(1000)
    assert eviction is not None
    assert set(eviction.keys) == {b"t:T1", b"t:T3", b"c:once"}  # T2 is open, and a customer stays one
    partition.evicted(eviction)
    assert _numbers(partition) == before
    assert partition.snapshot().tenure.customers == 1


def test_what_was_forgotten_is_not_in_what_is_written_next():
    partition = _partition(days=120)
    assert b"T3" in partition.dump(b"c:known")
    partition.evict(1000)
    assert b"T3" not in partition.dump(b"c:known")
    assert b"T2" in partition.dump(b"c:still")


def test_nobody_is_forgotten_while_a_window_shows_them():
    eviction = _partition(days=60).evict(1000)
    assert eviction is not None
    assert all(key.startswith(b"t:") for key in eviction.keys)


def test_a_tombstone_takes_a_customer_out_of_a_recovery():
    partition = _partition(days=120)
    partition.load(b"c:once", None, 0)
    eviction = partition.evict(1000)
    assert eviction is not None
    assert b"c:once" not in eviction.keys
