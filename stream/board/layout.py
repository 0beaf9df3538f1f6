"""Wallboards as their layout file has them: boards of pages of tiles. Nothing in them changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from stream.board.metric import Metric
from stream.numbers.tile import Kind

Theme = Literal["dark", "light", "auto"]
Bound = Literal["at_most", "at_least"]

# Of the texts of the pages; each has a message file.
LANGUAGES = ("en", "de", "es", "ro", "zh")

# Which values of which dimensions count; all of them where a dimension is not named.
Filter = tuple[tuple[str, tuple[str, ...]], ...]

MOST_COLUMNS = 8
MOST_ROWS = 6
MOST_ROWS_SENT = 12
"""Rows of a tile by a dimension; more would not be read."""


class Shown(NamedTuple):
    """A number and the tickets it is of: what a tile has in common with another that looks different."""

    metric: str
    window: str | None
    filter: Filter
    by: str | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """From where on a value is a warning, and beyond which one it is bad.

    bound: on which side of the target a value has to be. target is None if there is none, or if it comes from the
    policy file (from_policy). warn is None if nothing warns; with from_policy it follows the policy as well.
    """

    bound: Bound
    target: float | None = None
    warn: float | None = None
    from_policy: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile. row and column: where its upper left corner lies in the grid of its page, from 0."""

    id: str
    metric: Metric
    kind: Kind
    title: str | None
    window: str | None
    filter: Filter
    by: str | None
    threshold: Threshold | None
    width: int
    height: int
    row: int
    column: int
    trend: bool

    @property
    def shown(self) -> Shown:
        """Return what it shows, however it looks."""
        return Shown(self.metric.name, self.window, self.filter, self.by)


@dataclass(frozen=True, slots=True)
class Page:
    """Tiles that are seen together, in a grid of so many columns and rows."""

    title: str | None
    columns: int
    rows: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A wallboard: its name in addresses, and its pages, which take turns."""

    name: str
    title: str
    language: str | None
    theme: Theme
    sound: bool
    rotate_seconds: int
    filter: Filter
    pages: tuple[Page, ...]

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Return the tiles of all pages."""
        return tuple(tile for page in self.pages for tile in page.tiles)


Layouts = dict[str, Board]
"""All boards by name, in the order of the file."""
