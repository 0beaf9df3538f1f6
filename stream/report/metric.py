"""What is known of a number that can be explained: its definition, its choices, and which cells it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from stream.core.labels import Labels
from stream.core.ledger import SUM, Cell
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import Row
from stream.core.windows import ALL
from stream.kpi.families import Book, Counted
from stream.report.document import SECTIONS

Choices = Mapping[str, str]
Options = dict[str, tuple[str, ...]]
# What a cell is to a number: an amount of this name; UNNAMED: it has a part in the number, but is no amount of whatever
# is listed; None: it has none.
FieldOf = Callable[[Cell], str | None]

N, ANSWERED, SECONDS = "n", "answered", "seconds"
UNNAMED = ""


class Metric(NamedTuple):
    """One number: a section of the snapshot. text defines it, page (in docs/metrics) says more.

    book: the ledger it is counted in; "" for what is as of now only. choices: what tells its rows apart, beside window
    and labels, and what each accepts (nothing named: any text, as it is data). What nobody chooses is the first value;
    or, with picks, that of the row for which this is greatest. found: what the row itself says of which one it is.
    in_row: how a row calls a choice, where not the same. counted: its family; measures: of a duration, by choices;
    fields: of what is neither. longest: the amounts by which the items are ranked, before their times. lag_us: how long
    after a ticket's last event it may still count. Made of the present or of the past as well: stands, of open
    tickets; lives, of customers for as long as they are; past, of this hour and those of the weeks before.
    """

    section: str
    book: Book | Literal[""]
    page: str
    text: str
    choices: Callable[[Policy], Options] = lambda _: {}
    picks: Callable[[Row], Any] | None = None
    found: tuple[str, ...] = ()
    in_row: Mapping[str, str] = {}
    counted: Counted | None = None
    measures: Callable[[Choices], str] | None = None
    fields: Callable[[Choices, Policy], FieldOf] | None = None
    longest: tuple[str, ...] = (SECONDS,)
    lag_us: Callable[[Policy], int] = lambda _: 0
    stands: bool = False
    lives: bool = False
    past: bool = False

    @property
    def labelled(self) -> bool:
        """False for what is counted in all only."""
        return self.counted.labelled if self.counted is not None else not (self.lives or self.past)

    @property
    def of_customers(self) -> bool:
        """Whether it is made of customers; else of tickets and their surveys."""
        return self.book == "customers" or self.lives

    def windows(self, policy: Policy) -> tuple[str, ...]:
        """Return the windows that it has rows of; none for what is as of now."""
        if not self.book:
            return ()
        if self.book == "agents":
            return tuple(window.name for window in policy.agent_windows)
        windows = policy.windows if self.book == "tickets" else policy.windows + policy.survey_windows
        over_all = self.counted is None or self.counted.over_all
        return (*(window.name for window in windows), *((ALL,) if over_all else ()))

    def field_of(self, choices: Choices, policy: Policy) -> FieldOf:
        """Return what cells are under these choices."""
        if self.fields is not None:
            return self.fields(choices, policy)
        if self.measures is not None:
            measure = self.measures(choices)
            n = ANSWERED if self.stands else N  # beside those who wait
            return lambda cell: None if cell[0] != measure else SECONDS if cell[2] == SUM else n
        return lambda cell: None if self.counted is None else _counted(self.counted, choices, cell)

    def rows(self, view: View, choices: Choices) -> Iterator[Row]:
        """Yield the rows of the section under these choices."""
        for row in SECTIONS[self.section](view):
            if all(str(row[self.in_row.get(name, name)]) == value for name, value in choices.items()):
                yield row

    def row(self, view: View, choices: Choices, labels: Mapping[str, str]) -> Row | None:
        """Return the row under these choices and labels, of the view's one window; None if there is none."""
        for row in self.rows(view, choices):
            if row["labels"] == labels and row.get("touchpoint") is None:
                return row
        return None

    def chosen(self, given: Choices, view: View) -> Choices:
        """Return the choices that are meant if these are given; fewer where the view has no such row."""
        options = self.choices(view.policy)
        if self.picks is None:
            return {name: given.get(name, values[0]) for name, values in options.items()}
        row = max(self.rows(view, given), key=self.picks, default=None)
        return given if row is None else {name: str(row[name]) for name in (*options, *self.found)}


def _counted(family: Counted, choices: Choices, cell: Cell) -> str | None:
    """Return the field of a counted family; None for one that is under other keys than those chosen."""
    parsed = family.parse(cell[0])
    if parsed is None:
        return None
    field, keys = parsed
    return (
        field if all(choices.get(key, value) == value for key, value in zip(family.keys, keys, strict=True)) else None
    )


@dataclass(frozen=True, slots=True)
class Question:
    """Which number is to be explained: a metric, what is chosen of it, a window ("" for what is as of now), and whether
    label values are asked for. limit: how many are listed, of those counted and for each reason."""

    metric: Metric
    choices: Choices
    window: str
    wanted: Callable[[Labels], bool]
    limit: int
