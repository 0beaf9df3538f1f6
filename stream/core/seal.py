"""The seal of a partition: what tickets added that are forgotten, and how far back forgetting reaches.

A closed ticket of which nothing was heard for the retention is evicted: its state goes, what it added to the sums
over all time stays. The seal is written to the changelog before the tombstones of the tickets that it accounts for,
and names them; so a recovery that finds the seal and the tickets, or the seal and the tombstones, counts them once.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import orjson

from stream.core.contributions import Share
from stream.core.facts import is_open
from stream.core.histogram import Buckets
from stream.core.history import kept_us
from stream.core.labels import UNKNOWN, Labels
from stream.core.ledger import Cells
from stream.core.policy import Policy
from stream.core.ticket import Ticket
from stream.core.windows import DAY_US
from stream.numbers.meaning import Meanings, oldest
from stream.numbers.registry import MEANINGS

TICKET, SURVEY = b"t:", b"s:"  # keys of the changelog begin with what they are of
SEAL_KEY = b"m:seal"


class Seal(NamedTuple):
    """generation counts up. horizon_us: the last event of any evicted ticket; an event of an unknown ticket that is
    not after it may belong to a forgotten one and is not applied. tickets, surveys: what the evicted added, over all
    time. opened, retracted: how many they were. evicted: the keys of this generation.
    """

    generation: int = 0
    horizon_us: int = -1
    tickets: Cells = {}  # noqa: RUF012 - never mutated: a seal is replaced as a whole
    surveys: Cells = {}  # noqa: RUF012 - as above
    categories: dict[str, int] = {}  # noqa: RUF012 - as above
    evicted: tuple[bytes, ...] = ()
    meanings: Meanings = MEANINGS
    """The oldest version of each number by which any of it was counted; 0: some before there was one."""

    def to_bytes(self, policy: Policy) -> bytes:
        """Write the seal as the changelog holds it: JSON, buckets by their bounds and labels by their dimensions.

        So it can still be read when the settings that say which buckets and labels there are have changed. It is
        compressed, as a desk of years with many labels has some hundred thousand cells.
        """
        document = orjson.dumps(
            {
                "generation": self.generation,
                "horizon_us": self.horizon_us,
                "meanings": self.meanings,
                "labels": policy.labels,
                "tickets": _rows(self.tickets, policy.buckets),
                "surveys": _rows(self.surveys, policy.buckets),
                "categories": self.categories,
                "evicted": [key.decode() for key in self.evicted],
            }
        )
        return zlib.compress(document)

    @staticmethod
    def from_bytes(value: bytes, policy: Policy) -> Seal:
        """Read a seal back. A dimension that was no label when it was written is unknown."""
        fields = orjson.loads(zlib.decompress(value))
        return Seal(
            fields["generation"],
            fields["horizon_us"],
            _cells(fields["tickets"], fields["labels"], policy),
            _cells(fields["surveys"], fields["labels"], policy),
            fields["categories"],
            tuple(key.encode() for key in fields["evicted"]),
            fields.get("meanings") or dict.fromkeys(MEANINGS, 1),  # earlier versions did not write it
        )


class Eviction(NamedTuple):
    """What has to be written to the changelog, in this order: the seal under its key, then a tombstone for each key.

    customers: keys of those of whom nothing is left that any number shows; no seal has to account for them.
    """

    seal: Seal
    seal_value: bytes
    customers: tuple[bytes, ...] = ()

    @property
    def seal_key(self) -> bytes:
        """Key of the seal in the changelog."""
        return SEAL_KEY

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Keys whose tombstones follow the seal."""
        return (*self.seal.evicted, *self.customers)


def is_over(ticket: Ticket, touched_us: int, now_us: int, policy: Policy) -> bool:
    """Say whether a ticket may be forgotten: not open, and nothing heard of it for the retention.

    touched_us: when, by the worker's clock, it changed last. Both its own times and that clock have to be past, since
    history that is being loaded must not be forgotten before it is complete.
    """
    terms = policy.definitions
    keep = max(policy.retention_us, kept_us(terms.baseline_weeks) + policy.grace_us)
    if ticket.surveys:
        longest = max((window.length_us or 0 for window in policy.survey_windows), default=0)
        keep = max(keep, longest + policy.grace_us + terms.mature_days * DAY_US)
    oldest = now_us - keep
    return ticket.last_us < oldest and touched_us < oldest and not is_open(ticket)


def next_seal(seal: Seal, leaving: Iterable[tuple[bytes, Ticket, Share]]) -> Seal:
    """Return the seal that also accounts for these tickets and what they add."""
    tickets, surveys, categories = Counter(seal.tickets), Counter(seal.surveys), Counter(seal.categories)
    horizon_us = seal.horizon_us
    evicted = []
    for key, ticket, added in leaving:
        for cells, contributions in ((tickets, added.tickets), (surveys, added.surveys)):
            for _, cell, amount in chain.from_iterable(contributions):
                cells[cell] += amount
        if key.startswith(TICKET):
            categories[added.category] += 1
        horizon_us = max(horizon_us, ticket.last_us)
        evicted.append(key)
    counted = (dict(tickets), dict(surveys), dict(categories))
    meanings = MEANINGS if seal.generation == 0 else oldest(seal.meanings, MEANINGS)
    return Seal(seal.generation + 1, horizon_us, *counted, tuple(evicted), meanings)


def _rows(cells: Cells, buckets: Buckets) -> list[tuple[str, Labels, int, int]]:
    return [
        (measure, labels, bucket if bucket < 0 else buckets.longest_us(bucket), amount)
        for (measure, labels, bucket), amount in cells.items()
    ]


def _cells(rows: Iterable[tuple[str, list[str], int, int]], dimensions: list[str], policy: Policy) -> Cells:
    cells: Cells = {}
    for measure, values, longest_us, amount in rows:
        named = dict(zip(dimensions, values, strict=True))
        labels = tuple(named.get(name, UNKNOWN) for name in policy.labels)
        cell = (measure, labels, longest_us if longest_us < 0 else policy.buckets.index(longest_us))
        cells[cell] = cells.get(cell, 0) + amount
    return cells
