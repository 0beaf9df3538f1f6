"""The numbers of some partitions at an instant, in a form that can be added up: integers by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream.core.history import HistoryTotals
from stream.core.labels import Labels
from stream.core.standing import Queue
from stream.core.sums import Sums
from stream.core.tenure import TenureTotals
from stream.core.unread import Unread


@dataclass(frozen=True, slots=True)
class Totals:
    """All numbers of a set of partitions; every reader (metrics, page, replay) reads this.

    partitions: their numbers. as_of_us: the instant at which the windows end. watermark_us, final_until_us: of the
    slowest partition that has seen an event, None if none has. windows: name -> (start_us, end_us). tickets, surveys,
    customers: the sums of each window, of `all`, and (but for tickets) of what lies `ahead`. agents: what each
    agent did in each of `agent_windows`; without any window if no agent was ever named, None if a worker does not tell
    of its agents, so that nobody knows how many there are in all. queues: what stands open, by
    labels. tenure: for how long customers have been customers. history: this hour and those it is compared with.
    counts: held, opened, without_opening, retracted tickets. newest_event_us: the newest event time of any event that
    ever came, None if none did. unread: what lies on the broker and is not counted yet, None while that is not known.
    """

    partitions: tuple[int, ...]
    as_of_us: int
    watermark_us: int | None
    final_until_us: int | None
    windows: dict[str, tuple[int, int]]
    tickets: dict[str, Sums]
    surveys: dict[str, Sums]
    customers: dict[str, Sums]
    agents: dict[str, Sums] | None
    queues: Mapping[Labels, Queue]
    tenure: TenureTotals
    history: HistoryTotals
    counts: dict[str, int]
    newest_event_us: int | None = None
    unread: Unread | None = None

    @staticmethod
    def merge(totals: Sequence[Totals], before: Totals | None = None) -> Totals:
        """Add up the numbers of different partitions at one instant.

        before: what the same partitions came to a moment ago, which makes it cheaper: what has not changed is taken
        from there.

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
            tickets=_merge_sums([each.tickets for each in totals], before.tickets if before else {}),
            surveys=_merge_sums([each.surveys for each in totals], before.surveys if before else {}),
            customers=_merge_sums([each.customers for each in totals], before.customers if before else {}),
            agents=_merge_agents([each.agents for each in totals], before.agents if before else None),
            queues=_merge_queues([each.queues for each in totals]),
            tenure=TenureTotals.merge([each.tenure for each in totals]),
            history=HistoryTotals.merge([each.history for each in totals]),
            counts={name: sum(each.counts[name] for each in totals) for name in first.counts},
            newest_event_us=_newest([each.newest_event_us for each in totals]),
            unread=Unread.merge(each.unread for each in totals),
        )


def _slowest(instants: list[int | None]) -> int | None:
    known = [instant for instant in instants if instant is not None]
    return min(known, default=None)


def _newest(instants: list[int | None]) -> int | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _merge_sums(parts: list[dict[str, Sums]], before: dict[str, Sums]) -> dict[str, Sums]:
    return {name: Sums.merge([each[name] for each in parts], before.get(name)) for name in next(iter(parts), {})}


def _merge_agents(parts: list[dict[str, Sums] | None], before: dict[str, Sums] | None) -> dict[str, Sums] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None  # the rest would be too few
    # A partition whose events name no agent has no windows.
    return _merge_sums([part for part in known if part], before or {})


def _merge_queues(parts: list[Mapping[Labels, Queue]]) -> dict[Labels, Queue]:
    by_labels: dict[Labels, list[Queue]] = {}
    for queues in parts:
        for labels, queue in queues.items():
            by_labels.setdefault(labels, []).append(queue)
    return {labels: Queue.merge(queues) for labels, queues in by_labels.items()}
