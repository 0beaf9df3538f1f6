"""What a tile may show: the figures that numbers declare."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import Policy
from stream.core.rows import Row
from stream.numbers.declare import Book, Number
from stream.numbers.registry import NUMBERS
from stream.numbers.tile import Direction, Figure, Kind, Promise, Tile, Unit

# The window of a tile that names none: the first of these that the settings have, else the first of all.
PREFERRED_WINDOWS: dict[Book, tuple[str, ...]] = {
    "tickets": ("1h", "today", "24h"),
    "surveys": ("30d", "7d", "24h"),
    "customers": ("30d", "90d", "7d", "24h"),
    "agents": ("1h", "30m", "5m"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a number."""

    number: Number
    figure: Tile

    @property
    def name(self) -> str:
        """What layout files call it."""
        return self.figure.name

    @property
    def unit(self) -> Unit:
        """In which unit its value is."""
        return self.figure.unit

    @property
    def kind(self) -> Kind:
        """How it is usually shown."""
        return self.figure.kind

    @property
    def promised(self) -> Promise | None:
        """Which promises of the policy file it is measured against, if it is."""
        return self.figure.promised

    @property
    def labelled(self) -> bool:
        """Whether it can be filtered and told apart by labels; else it is of the whole desk."""
        return self.number.labelled

    @property
    def book(self) -> Book | None:
        """The ledger whose windows it has, None if it is of now."""
        return self.number.book

    def direction(self, policy: Policy) -> Direction:
        """Return which way is good under a policy."""
        figure = self.figure
        return "better" if figure.follows_ease and policy.definitions.ces_ease else figure.higher_is

    def read(self, rows: list[Row], policy: Policy) -> Figure | None:
        """Return the figure of the usual choices, None if no row has them."""
        usual = self.number.usual(policy)
        for row in rows:
            if not row["labels"] and all(str(row[name]) == value for name, value in usual.items()):
                return self.figure.read(row, policy)
        return None

    def usual_window(self, policy: Policy) -> str | None:
        """Return the window of a tile that names none."""
        if self.book is None:
            return None
        windows = self.windows(policy)
        preferred = (name for name in PREFERRED_WINDOWS[self.book] if name in windows)
        return next(preferred, next(iter(windows), None))

    def windows(self, policy: Policy) -> tuple[str, ...]:
        """Return the windows that it has under these settings; none if it is of now."""
        return self.number.windows(policy)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return how it can be shown; first as it usually is."""
        own = dict.fromkeys((self.kind, "number", *(("breakdown",) if self.labelled else ())))
        return tuple(own)


METRICS = {figure.name: Metric(number, figure) for number in NUMBERS.values() for figure in number.tiles}
