"""The seal of a partition: what tickets added that are forgotten, and how far back forgetting reaches.

A closed ticket of which nothing was heard for the retention is evicted: its state goes, what it added to the sums
over all time stays. The seal is written to the changelog before the tombstones of the tickets that it accounts for,
and names them; so a recovery that finds the seal and the tickets, or the seal and the tombstones, counts them once.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from schemas.fields import END_OF_TIME, instant_us
from stream.core.cells import COUNT, Cells
from stream.core.exact_json import exact_json
from stream.core.histogram import Buckets
from stream.core.history import kept_us
from stream.core.labels import UNKNOWN, Labels
from stream.core.policy import Policy
from stream.core.windows import DAY_US
from stream.model.state import State
from stream.numbers.meaning import Meanings, oldest
from stream.numbers.registry import MEANINGS, meanings
from stream.partition.keys import SEAL_KEY

# Numbers that came after seals began to say what counted them. One that does not say so holds none of these.
_LATER = frozenset({"second_response"})


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
        document = exact_json(
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

    def more_than(self, earlier: Seal) -> tuple[Cells, Cells]:
        """Return what tickets and surveys add by this seal and did not by an earlier one."""
        return _difference(self.tickets, earlier.tickets), _difference(self.surveys, earlier.surveys)

    @staticmethod
    def from_bytes(value: bytes, policy: Policy) -> Seal:
        """Read a seal back. A dimension that was no label when it was written is unknown.

        Raises ValueError for what no version wrote, before anything is counted by it.
        """
        fields = _WRITTEN.validate_json(zlib.decompress(value))
        return Seal(
            fields["generation"],
            fields["horizon_us"],
            _cells(fields["tickets"], fields["labels"], policy),
            _cells(fields["surveys"], fields["labels"], policy),
            fields["categories"],
            tuple(key.encode() for key in fields["evicted"]),
            fields.get("meanings") or {name: 1 for name in MEANINGS if name not in _LATER},
        )


_Count = Annotated[int, Field(strict=True, ge=0, lt=1 << 63)]
_Amount = Annotated[int, Field(strict=True, gt=-(1 << 90), lt=1 << 90)]
_Longest = Annotated[int, Field(strict=True, ge=COUNT, lt=1 << 63)]
_Row = tuple[str, list[str], _Longest, _Amount]


class _Written(TypedDict):
    generation: _Count
    horizon_us: Annotated[int, Field(strict=True, ge=-1, lt=instant_us(END_OF_TIME))]
    labels: list[str]
    tickets: list[_Row]
    surveys: list[_Row]
    categories: dict[str, _Count]
    evicted: list[str]
    meanings: NotRequired[dict[str, _Count]]


_WRITTEN = TypeAdapter(_Written)


class Added(NamedTuple):
    """What some tickets add over all time, what their surveys do, and how many they are of each category."""

    tickets: Cells
    surveys: Cells
    categories: dict[str, int]


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


def is_over(state: State, is_open: bool, now_us: int, policy: Policy) -> bool:
    """Say whether a ticket may be forgotten: not open, and nothing heard of it for the retention.

    Both its own times and the worker's clock when it changed last have to be past, since history that is being loaded
    must not be forgotten before it is complete.
    """
    if is_open:
        return False
    terms = policy.definitions
    keep = max(policy.retention_us, kept_us(terms.baseline_weeks) + policy.grace_us)
    if state.last_us >= now_us - keep or state.touched_us >= now_us - keep:
        return False
    if state.is_surveyed:
        longest = max((window.length_us or 0 for window in policy.survey_windows), default=0)
        keep = max(keep, longest + policy.grace_us + terms.mature_days * DAY_US)
    return state.last_us < now_us - keep and state.touched_us < now_us - keep


def next_seal(seal: Seal, leaving: Sequence[tuple[bytes, State]], added: Added, policy: Policy) -> Seal:
    """Return the seal that also accounts for these tickets and what they add under a policy."""
    tickets, surveys, categories = Counter(seal.tickets), Counter(seal.surveys), Counter(seal.categories)
    tickets.update(added.tickets)
    surveys.update(added.surveys)
    categories.update(added.categories)
    horizon_us = max([seal.horizon_us, *(state.last_us for _, state in leaving)])
    counted = (dict(tickets), dict(surveys), dict(categories))
    here = dict.fromkeys(MEANINGS, 0) | meanings(policy)
    by_version = here if seal.generation == 0 else oldest(seal.meanings, here)
    return Seal(seal.generation + 1, horizon_us, *counted, tuple(key for key, _ in leaving), by_version)


def _difference(later: Cells, earlier: Cells) -> Cells:
    cells = later.keys() | earlier.keys()
    return {cell: amount for cell in cells if (amount := later.get(cell, 0) - earlier.get(cell, 0))}


def _rows(cells: Cells, buckets: Buckets) -> list[tuple[str, Labels, int, int]]:
    return [
        (measure, labels, bucket if bucket < 0 else buckets.longest_us(bucket), amount)
        for (measure, labels, bucket), amount in cells.items()
    ]


def _cells(rows: Iterable[tuple[str, list[str], int, int]], dimensions: list[str], policy: Policy) -> Cells:
    cells: Cells = {}
    for measure, values, longest_us, amount in rows:
        if longest_us >= 0 and not -(1 << 63) <= amount < 1 << 63:
            raise ValueError(f"{measure}: got {amount} in a bucket; accepts a count")
        named = dict(zip(dimensions, values, strict=True))
        labels = tuple(named.get(name, UNKNOWN) for name in policy.labels)
        cell = (measure, labels, longest_us if longest_us < 0 else policy.buckets.index(longest_us))
        cells[cell] = cells.get(cell, 0) + amount
    return cells
