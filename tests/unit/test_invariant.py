"""The backlog, counted ticket by ticket, is what flowed in less what flowed out."""

from __future__ import annotations

import pytest

from stream.core.cells import COUNT
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.sums import Sums
from stream.core.windows import ALL, SECOND_US
from stream.partition.books import Books
from stream.partition.invariant import Invariant, invariant
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, decoded, opened, status

STORIES = [
    [],
    [status("T", 10, "resolved")],
    [status("T", 10, "resolved"), status("T", 20, "reopened")],
    [status("T", 10, "abandoned"), status("T", 20, "pending"), status("T", 30, "closed")],
    [status("T", 10, "spam")],
    [status("T", 10, "resolved"), status("T", 20, "spam"), status("T", 30, "reopened")],
    [status("T", 10, "merged"), status("T", 20, "resolved")],
    [status("T", -10, "resolved"), status("T", -5, "reopened")],
]


def _totals(*events, number: int = 0) -> Totals:
    policy = Policy()
    partition = Partition(number, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + 60 * SECOND_US)
    return partition.snapshot()


@pytest.mark.parametrize(("story", "backlog"), list(zip(STORIES, [1, 0, 1, 0, 0, 1, 0, 1], strict=True)))
def test_whatever_becomes_of_a_ticket_both_count_it_alike(story, backlog):
    assert invariant(_totals(opened("T"), *story)) == Invariant(backlog, backlog)


def test_the_backlog_of_partitions_is_the_sum_of_both():
    parts = [_totals(opened("T"), number=0), _totals(opened("U"), status("U", 5, "resolved"), opened("V"), number=1)]
    assert invariant(Totals.merge(parts)) == Invariant(2, 2)


def test_a_count_that_is_wrong_is_an_error_and_the_snapshot_says_so():
    totals = _totals(opened("T"), opened("U"))
    cell = ("flow/resolved", ("unknown",) * 3, COUNT)
    totals.tickets[ALL] = Sums({**totals.tickets[ALL].cells, cell: 1})
    assert invariant(totals).error == 1
    assert report(totals, Policy())["invariant"] == {"backlog": 2, "flow": 1, "error": 1}
