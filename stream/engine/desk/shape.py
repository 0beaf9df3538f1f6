"""Whether numbers that another worker tells have the shape of ours: else they cannot be added up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set

from stream.core.facts import WAITS
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.standing import Queue, no_queue
from stream.partition.books import Books
from stream.partition.partition import Partition


class Shape:
    """The windows, counts, ages, weeks and queues that the numbers of each partition have under a policy."""

    def __init__(self, policy: Policy) -> None:
        """Take them from a partition that is empty."""
        empty = Partition(0, Books(policy, LabelBook(policy.labels, 1)))
        empty.advance(0)
        self._parts = dict(_parts(empty.snapshot()))
        nothing = no_queue((name for name, _ in policy.longer_than), policy.buckets.le_us)
        self._queue = dict(_parts_of(nothing))

    def misfit(self, totals: Totals) -> str:
        """Say what does not fit, empty if all does.

        A digest of the policy goes with each record, but anybody can write one that is not true.
        """
        for name, found in _parts(totals):
            if found != (accepted := self._parts[name]):
                return _misfit(name, found, accepted)
        for queue in totals.queues.values():
            for name, keys in _parts_of(queue):
                if keys != (accepts := self._queue[name]):
                    return _misfit(name, keys, accepts)
        return ""


def _parts(totals: Totals) -> Iterator[tuple[str, frozenset[object]]]:
    yield "windows", frozenset(totals.windows)
    yield "tickets", frozenset(totals.tickets)
    yield "surveys", frozenset(totals.surveys)
    yield "customers", frozenset(totals.customers)
    yield "counts", frozenset(totals.counts)
    yield "tenure.ages", frozenset(totals.tenure.ages)
    yield "history.weeks", frozenset(range(len(totals.history.weeks)))


def _parts_of(queue: Queue) -> Iterator[tuple[str, Set[object]]]:
    yield "queues.states", queue.states.keys()
    yield "queues.ages", queue.ages.keys()
    yield "queues.longer_than", queue.longer_than.keys()
    for kind in WAITS:
        waiting = queue.waiting(kind)
        yield f"queues.{kind}.wait_le", waiting.wait_le.keys()
        yield f"queues.{kind}.bands", waiting.bands.keys()
        yield f"queues.{kind}.sla", waiting.sla.keys()


def _misfit(name: str, found: Collection[object], accepted: Collection[object]) -> str:
    return f"{name}: got {_listed(found)}; accepts {_listed(accepted)}"


def _listed(names: Collection[object]) -> str:
    return ", ".join(sorted(map(str, names)))[:200] or "nothing"
