"""Who waits longest for an answer, ticket by ticket: put together from what is known of each partition.

The k that wait longest on the desk are among the k that wait longest in each partition. Where a partition names only
some of its tickets, the list is certain up to the first place at which one that is not named could stand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple

from stream.core.due import Due
from stream.core.facts import WAITS, WaitName
from stream.core.labels import Labels
from stream.core.standing import Queue

Place = tuple[int, str]
"""Since when, and id: the order in which tickets are listed."""


class WaitingTicket(NamedTuple):
    """A ticket whose customer waits, since when and for what (a name of WAITS); due is None if nothing was promised."""

    since_us: int
    ticket_id: str
    labels: Labels
    due: Due | None
    kind: WaitName
    opened_us: int

    @property
    def place(self) -> Place:
        """Return where it stands in a list."""
        return self.since_us, self.ticket_id


class Waits(NamedTuple):
    """The tickets of one partition that wait, as far as they are known, the oldest first.

    more_after: those that are not among them come after this place; None if there are none, or none that is asked for.
    """

    tickets: Sequence[WaitingTicket]
    more_after: Place | None = None


class LongestWaits(NamedTuple):
    """The tickets that wait longest, the oldest first.

    certain: so many of them, from the first on, are the ones that wait longest. complete: all of them are, and there
    would be more only beyond what was asked for.
    """

    tickets: list[WaitingTicket]
    certain: int
    complete: bool


def told_waits(
    tickets: Sequence[WaitingTicket] | None,
    queues: Mapping[Labels, Queue],
    as_of_us: int,
    wanted: Callable[[Labels], bool],
    kinds: Collection[str] = WAITS,
) -> Waits:
    """Return who waits in a partition, under the labels and for what is wanted, by what its worker told at as_of_us.

    tickets: those of the partition that wait longest, under any labels and for anything; None if the worker names none.
    queues: how many wait there, and how long the oldest does; by that is known whether there are others.
    """
    named = [ticket for ticket in tickets or () if ticket.kind in kinds and wanted(ticket.labels)]
    waiting = [
        each for labels, queue in queues.items() if wanted(labels) for each in map(queue.waiting, kinds) if each.n
    ]
    if len(named) >= sum(each.n for each in waiting):
        return Waits(named)
    if tickets and named:
        return Waits(named, tickets[-1].place)
    # Nobody has an empty id, so this is just before the oldest, who is the first that is not named.
    return Waits(named, (as_of_us - max(each.oldest_us or 0 for each in waiting), ""))


def longest_waits(partitions: Iterable[Waits], limit: int) -> LongestWaits:
    """Return up to `limit` tickets of all these partitions."""
    known = list(partitions)
    listed = list(islice(merge(*(waits.tickets for waits in known), key=lambda ticket: ticket.place), limit))
    more_after = min((waits.more_after for waits in known if waits.more_after is not None), default=None)
    if more_after is None:
        return LongestWaits(listed, len(listed), complete=True)
    certain = sum(ticket.place <= more_after for ticket in listed)
    return LongestWaits(listed, certain, complete=certain == len(listed) == limit)
