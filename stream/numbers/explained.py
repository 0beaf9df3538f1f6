"""How a number is explained, where that does not follow from how it is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stream.core.cells import SUM, Cell
from stream.core.policy import Policy

Choices = Mapping[str, str]
# What a cell is to a number: an amount of this name; UNNAMED: it has a part in the number, but is no amount of whatever
# is listed; None: it has none.
FieldOf = Callable[[Cell], str | None]

N, SECONDS = "n", "seconds"
UNNAMED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is said of whatever is in a number.

    field_of: what cells are under some choices. picks: of the rows that may be meant, the one for which this is
    greatest is, where nothing was chosen; found: what that row itself says of which one it is. longest: the amounts by
    which the items are ranked, before their times. lag_us: how long after the last event something may still count.
    """

    field_of: Callable[[Choices, Policy], FieldOf] | None = None
    picks: Callable[[dict[str, Any]], Any] | None = None
    found: tuple[str, ...] = ()
    longest: tuple[str, ...] = (SECONDS,)
    lag_us: Callable[[Policy], int] = lambda _: 0


def duration_in(measure: str, n: str = N) -> FieldOf:
    """Return what a cell is to a duration: a part of its sum, or one of n."""
    return lambda cell: None if cell[0] != measure else SECONDS if cell[2] == SUM else n
