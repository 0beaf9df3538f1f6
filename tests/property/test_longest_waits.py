"""However tickets lie on the workers of a desk, each worker lists the same ones, and is not too sure of it."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.labels import LabelBook, Labels
from stream.core.policy import Policy
from stream.core.waiting import LongestWaits, Waits, longest_waits, told_waits
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.live_counts import Author, live_counts_from_json, live_counts_to_json
from stream.partition.partition import Partition
from tests.events import NOON_US, decoded, opened
from tests.tries import tries

POLICY = Policy(labels=("channel",))
AUTHOR = Author("desk", "they", "by-this")
# Some are opened at once, and some by a clock that is ahead.
NOW, CHANNELS = 6, ("chat", "email", "phone")


class Ticket(NamedTuple):
    opened: int
    channel: str
    partition: int


TICKETS = st.lists(
    st.builds(Ticket, st.integers(0, NOW + 2), st.sampled_from(CHANNELS), st.integers(0, 3)), max_size=25
)
ASKED = st.frozensets(st.sampled_from(CHANNELS), min_size=1)
LIMITS = st.integers(1, 12)


def _partitions(tickets: list[Ticket]) -> list[Partition]:
    partitions = [Partition(number, Books(POLICY, LabelBook(POLICY.labels, 50))) for number in range(4)]
    for number, ticket in enumerate(tickets):
        event = opened(f"T{number}", ticket.opened, channel=ticket.channel)
        partitions[ticket.partition].apply("t", decoded(event), NOON_US)
    for partition in partitions:
        partition.advance(NOON_US + NOW * SECOND_US)
    return partitions


def _told(partition: Partition, named: int, asked: frozenset[str]) -> Waits:
    """Return what a neighbour knows of a partition that names so many tickets; 0: that names none."""
    waiting = partition.longest_waiting(lambda _: True, named) if named else None
    told = live_counts_from_json(live_counts_to_json(partition.snapshot(), POLICY, AUTHOR, waiting))
    return told_waits(told.waiting, told.totals.queues, told.totals.as_of_us, _wanted(asked))


def _wanted(asked: frozenset[str]):
    def wanted(labels: Labels) -> bool:
        return labels[0] in asked

    return wanted


def _oldest(tickets: list[Ticket], asked: frozenset[str], limit: int) -> list[str]:
    wanted = [(ticket.opened, f"T{number}") for number, ticket in enumerate(tickets) if ticket.channel in asked]
    return [name for _, name in sorted(wanted)[:limit]]


def _ids(found: LongestWaits) -> list[str]:
    return [ticket.ticket_id for ticket in found.tickets]


@given(TICKETS, LIMITS, st.integers(0, 3))
def test_the_first_are_the_oldest_of_all_as_far_as_each_partition_names_its_own(tickets, named, own):
    everything = frozenset(CHANNELS)
    partitions = _partitions(tickets)
    waits = [_told(partition, named, everything) for partition in partitions[own:]]
    waits += [Waits(part.longest_waiting(lambda _: True, named)) for part in partitions[:own]]
    found = longest_waits(waits, named)
    assert _ids(found) == _oldest(tickets, everything, named)
    assert found.complete
    assert found.certain == len(found.tickets)


@settings(max_examples=tries(100))
@given(TICKETS, LIMITS, ASKED, st.lists(st.integers(0, 8), min_size=4, max_size=4))
def test_what_is_said_to_be_certain_is_so_whatever_is_asked_and_however_many(tickets, limit, asked, named):
    partitions = _partitions(tickets)
    found = longest_waits([_told(each, n, asked) for each, n in zip(partitions, named, strict=True)], limit)
    oldest = _oldest(tickets, asked, limit)
    assert _ids(found)[: found.certain] == oldest[: found.certain]
    assert not found.complete or _ids(found) == oldest
    assert set(_ids(found)) <= set(_oldest(tickets, asked, len(tickets)))


@given(TICKETS, LIMITS, ASKED)
def test_where_each_partition_names_all_that_is_asked_for_the_list_is_complete(tickets, limit, asked):
    found = longest_waits([_told(each, len(tickets) + 1, asked) for each in _partitions(tickets)], limit)
    assert found.complete
    assert _ids(found) == _oldest(tickets, asked, limit)
