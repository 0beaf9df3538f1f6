"""What lies on the broker and is not in the numbers yet: how many records, and how long the oldest has lain there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# Records that lie unread for longer than this are old: numbers are of a second ago as long as nothing does.
OLD_SECONDS = 10.0


class Unread(NamedTuple):
    """How many records of some partitions are not read yet, and for how long the oldest of them has lain there."""

    records: int = 0
    seconds: float = 0.0

    @property
    def is_old(self) -> bool:
        """Say whether numbers without these records are behind."""
        return self.records > 0 and self.seconds > OLD_SECONDS

    @staticmethod
    def merge(parts: Iterable[Unread | None]) -> Unread | None:
        """Return what is unread of all partitions of which that is known, None if it is known of none."""
        known = [part for part in parts if part is not None]
        if not known:
            return None
        return Unread(sum(part.records for part in known), max(part.seconds for part in known))
