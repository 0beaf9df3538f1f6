"""The seal of a partition: what tickets added that are forgotten, and how far back forgetting reaches.

A closed ticket of which nothing was heard for the retention is evicted: its state goes, what it added to the sums
over all time stays. The seal is written to the changelog before the tombstones of the tickets that it accounts for,
and names them; so a recovery that finds the seal and the tickets, or the seal and the tombstones, counts them once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from stream.core.ledger import Cells

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

    def to_json(self) -> bytes:
        """Write the seal as the changelog holds it."""
        return orjson.dumps(
            {
                "generation": self.generation,
                "horizon_us": self.horizon_us,
                "tickets": _rows(self.tickets),
                "surveys": _rows(self.surveys),
                "categories": self.categories,
                "evicted": [key.decode() for key in self.evicted],
            }
        )

    @staticmethod
    def from_json(value: bytes) -> Seal:
        """Read a seal back."""
        fields = orjson.loads(value)
        return Seal(
            fields["generation"],
            fields["horizon_us"],
            _cells(fields["tickets"]),
            _cells(fields["surveys"]),
            fields["categories"],
            tuple(key.encode() for key in fields["evicted"]),
        )


class Eviction(NamedTuple):
    """What has to be written to the changelog, in this order: the seal under its key, then a tombstone for each key."""

    seal: Seal

    @property
    def seal_key(self) -> bytes:
        """Key of the seal in the changelog."""
        return SEAL_KEY

    @property
    def seal_value(self) -> bytes:
        """Value of the seal in the changelog."""
        return self.seal.to_json()

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Keys whose tombstones follow the seal."""
        return self.seal.evicted


def _rows(cells: Cells) -> list[tuple[str, tuple[str, ...], int, int]]:
    return [(*cell, amount) for cell, amount in cells.items()]


def _cells(rows: Iterable[tuple[str, list[str], int, int]]) -> Cells:
    return {(measure, tuple(labels), bucket): amount for measure, labels, bucket, amount in rows}
