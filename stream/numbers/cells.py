"""What the cells of a number are called in the ledgers, in the changelog and in live counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Keys = tuple[str, ...]


class Place(NamedTuple):
    """Where a measure belongs: its field ("" for a duration) and the values of the number's choices."""

    field: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Counts:
    """Plain counts: `section/field`, with the values of the choices behind, such as `driver/low/queue/billing`.

    choices: how many there are. choices_first: their values stand before the field, such as `nps/sent/promoter`.
    """

    section: str
    fields: tuple[str, ...]
    choices: int = 0
    choices_first: bool = False

    def measure(self, field: str, *keys: str) -> str:
        """Return what is counted of a field under these choices."""
        return "/".join((self.section, *keys, field) if self.choices_first else (self.section, field, *keys))

    def place(self, measure: str) -> Place | None:
        """Return where a measure belongs, None if it is another number's. The last key may hold a slash."""
        section, _, rest = measure.partition("/")
        if section != self.section:
            return None
        if self.choices_first:
            *keys, field = rest.rsplit("/", self.choices)
        else:
            field, *keys = rest.split("/", self.choices)
        return Place(field, tuple(keys))


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, as a histogram: `section`, with the values of the choices behind."""

    section: str
    fields: tuple[str, ...] = ()

    def measure(self, *keys: str) -> str:
        """Return what is measured under these choices."""
        return "/".join((self.section, *keys))

    def place(self, measure: str) -> Place | None:
        """Return where a measure belongs, None if it is another number's."""
        section, *keys = measure.split("/")
        return Place("", tuple(keys)) if section == self.section else None
