"""Whether numbers that another worker tells have the shape of ours: else they cannot be added up."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.partition.books import Books
from stream.partition.partition import Partition


class Shape:
    """The windows, counts, ages and weeks that the numbers of each partition have under a policy."""

    def __init__(self, policy: Policy) -> None:
        """Take them from a partition that is empty."""
        empty = Partition(0, Books(policy, LabelBook(policy.labels, 1)))
        empty.advance(0)
        self._parts = dict(_parts(empty.snapshot()))

    def misfit(self, totals: Totals) -> str:
        """Say what does not fit, empty if all does.

        A digest of the policy goes with each record, but anybody can write one that is not true.
        """
        for name, found in _parts(totals):
            if found != (accepted := self._parts[name]):
                return f"{name}: got {_listed(found)}; accepts {_listed(accepted)}"
        return ""


def _parts(totals: Totals) -> Iterator[tuple[str, frozenset[object]]]:
    yield "windows", frozenset(totals.windows)
    yield "tickets", frozenset(totals.tickets)
    yield "surveys", frozenset(totals.surveys)
    yield "customers", frozenset(totals.customers)
    yield "counts", frozenset(totals.counts)
    yield "tenure.ages", frozenset(totals.tenure.ages)
    yield "history.weeks", frozenset(range(len(totals.history.weeks)))


def _listed(names: Collection[object]) -> str:
    return ", ".join(sorted(map(str, names)))[:200] or "nothing"
