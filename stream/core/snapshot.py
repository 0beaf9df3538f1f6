"""The numbers of some partitions at an instant, in a form that can be added up: integers by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stream.core.history import HistoryTotals
from stream.core.labels import Labels
from stream.core.ledger import Cells
from stream.core.standing import Queue
from stream.core.tenure import TenureTotals


@dataclass(frozen=True, slots=True)
class Totals:
    """All numbers of a set of partitions; every reader (metrics, page, replay) reads this.

    partitions: their numbers. as_of_us: the instant at which the windows end. watermark_us, final_until_us: of the
    slowest partition that has seen an event, None if none has. windows: name -> (start_us, end_us). tickets, surveys,
    customers: the cells of each window, of `all`, and (but for tickets) of what lies `ahead`. agents: what each
    agent did in each of `agent_windows`; without any window if no agent was ever named. queues: what stands open, by
    labels. tenure: for how long customers have been customers. history: this hour and those it is compared with.
    counts: held, opened, without_opening, retracted tickets.
    """

    partitions: tuple[int, ...]
    as_of_us: int
    watermark_us: int | None
    final_until_us: int | None
    windows: dict[str, tuple[int, int]]
    tickets: dict[str, Cells]
    surveys: dict[str, Cells]
    customers: dict[str, Cells]
    agents: dict[str, Cells]
    queues: dict[Labels, Queue]
    tenure: TenureTotals
    history: HistoryTotals
    counts: dict[str, int]

    @staticmethod
    def merge(totals: Sequence[Totals]) -> Totals:
        """Add up the numbers of different partitions at one instant.

        Raises ValueError for none at all, for partitions that are in more than one of them, or for differing instants:
        such sums would be wrong.
        """
        if not totals:
            raise ValueError("nothing to merge")
        partitions = [number for each in totals for number in each.partitions]
        if len(set(partitions)) < len(partitions):
            raise ValueError(f"a partition would count twice: {sorted(partitions)}")
        if len({each.as_of_us for each in totals}) > 1:
            raise ValueError("the numbers are of different instants")
        if len(totals) == 1:
            return totals[0]
        first = totals[0]
        return Totals(
            partitions=tuple(sorted(partitions)),
            as_of_us=first.as_of_us,
            watermark_us=_slowest([each.watermark_us for each in totals]),
            final_until_us=_slowest([each.final_until_us for each in totals]),
            windows=first.windows,
            tickets={name: _add([each.tickets[name] for each in totals]) for name in first.tickets},
            surveys={name: _add([each.surveys[name] for each in totals]) for name in first.surveys},
            customers={name: _add([each.customers[name] for each in totals]) for name in first.customers},
            agents=_merge_agents([each.agents for each in totals]),
            queues=_merge_queues([each.queues for each in totals]),
            tenure=TenureTotals.merge([each.tenure for each in totals]),
            history=HistoryTotals.merge([each.history for each in totals]),
            counts={name: sum(each.counts[name] for each in totals) for name in first.counts},
        )


def _slowest(instants: list[int | None]) -> int | None:
    known = [instant for instant in instants if instant is not None]
    return min(known, default=None)


def _add(parts: list[Cells]) -> Cells:
    total: Cells = dict(parts[0])
    for cells in parts[1:]:
        for cell, amount in cells.items():
            total[cell] = total.get(cell, 0) + amount
    return {cell: amount for cell, amount in total.items() if amount}


def _merge_agents(parts: list[dict[str, Cells]]) -> dict[str, Cells]:
    """Add up what agents did; a partition whose events name nobody has no windows."""
    named = [windows for windows in parts if windows]
    return {name: _add([windows[name] for windows in named]) for name in next(iter(named), {})}


def _merge_queues(parts: list[dict[Labels, Queue]]) -> dict[Labels, Queue]:
    by_labels: dict[Labels, list[Queue]] = {}
    for queues in parts:
        for labels, queue in queues.items():
            by_labels.setdefault(labels, []).append(queue)
    return {labels: Queue.merge(queues) for labels, queues in by_labels.items()}
